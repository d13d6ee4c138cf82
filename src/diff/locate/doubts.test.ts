/** Who is wrong where writing and reading disagree. */
import { describe, expect, it } from 'vitest';
import { decodeModule, type InstructionReader } from '../../decoder/index.ts';
import type { Mnemonic } from '../../syntax/index.ts';
import { parseModule } from '../../text/index.ts';
import { glassboxEngine, hostEngine, isMissing } from '../engines/index.ts';
import { findDoubts } from './doubts.ts';
import { faultyEngine } from './faulty-engine.ts';

const limits = { timeoutMs: 10_000, maxMemoryBytes: 2 ** 27 };

const heap = `(module (type (struct (field (mut i8)) (field (mut i64)) (field v128) (field anyref)))
  (type (array (mut i16))) (type (array (ref null 0))))`;
const tables = '(module (table 1 funcref) (table i64 1 funcref) (table 1 anyref))';

const moduleOf = (text: string) => decodeModule(parseModule(text).bytes);

const cases: readonly {
  readonly name: string;
  readonly text: string;
  readonly from: Mnemonic;
  readonly to: Mnemonic | ((reader: InstructionReader) => void);
  readonly doubts: readonly string[];
}[] = [
  { name: 'a reader of fields', text: heap, from: 'struct.get_u', to: 'struct.get_s', doubts: ['struct.get i8'] },
  { name: 'a reader of items', text: heap, from: 'array.get_u', to: 'array.get_s', doubts: ['array.get i16'] },
  {
    name: 'a writer of fields',
    text: heap,
    from: 'struct.set',
    to: (reader) => {
      reader.index2 = 0;
    },
    doubts: [],
  },
  { name: 'a reader of references', text: heap, from: 'ref.test', to: 'ref.test null', doubts: [] },
  {
    name: 'a reader of tables',
    text: tables,
    from: 'table.get',
    to: (reader) => {
      // Those of 32 bits are read as the first.
      if (reader.index < 7) reader.index = 0;
    },
    doubts: ['table.get funcref'],
  },
  {
    name: 'calls by the first table',
    text: tables,
    from: 'call_indirect',
    to: (reader) => {
      reader.index2 = 0;
    },
    doubts: ['call_indirect', 'ref.func'],
  },
  {
    name: 'calls of what has only a supertype',
    text: tables,
    from: 'call_indirect',
    to: (reader) => {
      // The subtype of the control module's types as the one before it.
      if (reader.index === 4) reader.index = 3;
    },
    doubts: ['call_indirect'],
  },
];

describe('findDoubts', () => {
  const sound = glassboxEngine('fast', 'sound');

  it.each(cases)('tells $name', async ({ text, from, to, doubts }) => {
    const module = moduleOf(text);
    expect([...(await findDoubts(module, faultyEngine(from, to), sound, limits))]).toEqual(doubts);
  });

  it('doubts nobody between two that agree, whatever a module has', async () => {
    for (const text of [heap, tables, '(module (global i32 (i32.const 1)) (global (mut f64) (f64.const 2)))']) {
      expect([...(await findDoubts(moduleOf(text), sound, sound, limits))]).toEqual([]);
    }
  });

  it('asks an engine without objects for the rest', async () => {
    const host = hostEngine();
    if (isMissing(host)) throw new Error(host.missing);
    const module = moduleOf('(module (table 1 funcref) (global v128 (v128.const i64x2 1 2)))');
    const faulty = faultyEngine('table.get', (reader) => {
      reader.index = 0;
    });
    expect([...(await findDoubts(module, faulty, host, limits))]).toEqual(['table.get funcref']);
  });
});
