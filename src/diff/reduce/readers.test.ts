/** Differences in memory and state come to show in what a call gives. */
import { describe, expect, it } from 'vitest';
import { parseModule } from '../../text/index.ts';
import type { Case, Difference } from '../case.ts';
import { compareOutcomes } from '../compare.ts';
import { glassboxEngine } from '../engines/index.ts';
import { faultyEngine } from '../locate/faulty-engine.ts';
import { prepareCase } from '../prepare/index.ts';
import { type RunBoth, withReader } from './index.ts';

const limits = { timeoutMs: 1000, maxMemoryBytes: 2 ** 26 };
const sound = glassboxEngine('fast', 'sound');

const cases = [
  {
    name: 'a byte of memory',
    text: '(module (memory 2) (func (i32.store8 (i32.const 70000) (i32.const 255)) (i32.store (i32.const 9) (i32.const 258))))',
    fault: ['i32.store', 'i32.store8'],
    kind: 'memory',
  },
  {
    name: 'a byte of a memory with 64-bit addresses, not the first',
    text: '(module (memory 1) (memory $m i64 1) (func (i64.store $m (i64.const 4099) (i64.const -1))))',
    fault: ['i64.store', 'i64.store32'],
    kind: 'memory',
  },
  {
    name: 'the size of a memory',
    text: '(module (memory 1 3) (func (drop (memory.grow (i32.clz (i32.const 0x40000000))))))',
    fault: ['i32.clz', 'i32.ctz'],
    kind: 'memory',
  },
  {
    name: 'a global',
    text: '(module (global i64 (i64.const 1)) (global $g (mut i64) (i64.const 1)) (func (global.set $g (i64.sub (i64.const 1) (i64.const 2)))))',
    fault: ['i64.sub', 'i64.add'],
    kind: 'state',
  },
  {
    name: 'an element of a table',
    text: `(module (table 4 funcref) (elem declare func 0)
      (func (table.set 0 (i32.shr_s (i32.const 7) (i32.const 1)) (ref.func 0))))`,
    fault: ['i32.shr_s', 'i32.rem_s'],
    kind: 'state',
  },
] as const;

describe('a reader', () => {
  it.each(cases)('shows $name', async ({ text, fault, kind }) => {
    const faulty = faultyEngine(fault[0], fault[1]);
    const run: RunBoth = async (each) => {
      const prepared = prepareCase(each);
      const [ours] = await faulty.run([prepared], limits);
      const [theirs] = await sound.run([prepared], limits);
      return [ours!, theirs!];
    };
    const bytes = parseModule(text).bytes;
    const testCase: Case = {
      ...{ name: 'test', seed: 2, bytes, calls: [{ funcidx: 0, args: [] }], importSeed: 0, nans: 'after', fuel: 0 },
    };
    const side = (outcome: Awaited<ReturnType<RunBoth>>[0], engine: string) => ({ engine, outcome });
    const [ours, theirs] = await run(testCase);
    const verdict = compareOutcomes(prepareCase(testCase), side(ours, 'a'), side(theirs, 'b'), true);
    expect(verdict.kind === 'different' && verdict.difference.kind).toBe(kind);
    const shown = await withReader(testCase, (verdict as { difference: Difference }).difference, run);
    expect(shown.calls).toHaveLength(2);
    const endings = (await run(shown)).map((outcome) => outcome.kind === 'ran' && outcome.observations[2]?.ending);
    expect(endings[0]).not.toEqual(endings[1]);
  });
});
