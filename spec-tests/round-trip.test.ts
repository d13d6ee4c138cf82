/** Decoder, encoder, printer and parser against each other, on the official suites' modules and on generated ones. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeModule } from '../src/decoder/index.ts';
import { encodeDecoded } from '../src/encoder/index.ts';
import type { Module } from '../src/syntax/index.ts';
import { parseModule, printModule } from '../src/text/index.ts';
import { validateModule } from '../src/validator/index.ts';
import { fuzzDecoder } from './generate/fuzz-decoder.ts';
import { host } from './generate/host.ts';
import { generateModule, type Profile } from './generate/random-module.ts';
import { Tape } from './generate/tape.ts';
import { type SuiteModule, suiteModules } from './suite-modules.ts';
import { findSuites } from './suites.ts';

const root = findSuites();
const TIMEOUT_MS = 120_000;

/** How many modules in text form the suites have: so that a loss of some is noticed. */
const MIN_TEXT_MODULES = 5000;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe.runIf(root !== undefined)('modules of the official suites', () => {
  let modules: readonly SuiteModule[] = [];
  beforeAll(() => {
    modules = suiteModules(root as string);
  }, TIMEOUT_MS);

  it('in text come back byte for byte: text → bytes → text → bytes', { timeout: TIMEOUT_MS }, () => {
    const texts = modules.filter(({ form }) => form === 'text');
    expect(texts.length).toBeGreaterThan(MIN_TEXT_MODULES);
    const changed = texts.flatMap(({ name, bytes }) => {
      const module = decodeModule(bytes);
      return [false, true].flatMap((fold) => {
        const again = parseModule(printModule(module, { fold })).bytes;
        return Buffer.compare(again, bytes) === 0 ? [] : [`${name}${fold ? ' folded' : ''}`];
      });
    });
    expect(changed).toEqual([]);
  });

  it('in binary keep their meaning: bytes → text → bytes → text', { timeout: TIMEOUT_MS }, () => {
    const binaries = modules.filter(({ form }) => form === 'binary');
    expect(binaries.length).toBeGreaterThan(0);
    const changed = binaries.flatMap(({ name, bytes }) => {
      const text = textOf(bytes);
      if (text === undefined) return [];
      return textOf(parseModule(text).bytes) === text ? [] : [name];
    });
    expect(changed).toEqual([]);
  });
});

/** The text without custom sections, whose place gets lost with empty sections; nothing for invalid modules. */
function textOf(bytes: Uint8Array): string | undefined {
  let module: Module;
  try {
    module = decodeModule(bytes);
    validateModule(module);
  } catch {
    return undefined;
  }
  return printModule({ ...module, customs: [] });
}

describe('generated modules', () => {
  const tapes = fc.uint8Array({ maxLength: 400, size: 'max' });

  it.each<Profile>(['host', 'all'])('of profile %s are valid and survive every form', (profile) => {
    fc.assert(
      fc.property(tapes, (tape) => {
        const bytes = generateModule(new Tape(tape), profile);
        const module = decodeModule(bytes);
        validateModule(module);
        expect(hex(encodeDecoded(module))).toBe(hex(bytes));
        const text = printModule(module);
        expect(printModule(decodeModule(parseModule(text).bytes))).toBe(text);
        if (profile === 'host') expect(host.validate(bytes)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('are decided by their tape', () => {
    const tape = Uint8Array.from({ length: 300 }, (_, i) => (i * 77) & 0xff);
    expect(hex(generateModule(new Tape(tape), 'all'))).toBe(hex(generateModule(new Tape(tape), 'all')));
  });

  it('and damaged ones give a module or a typed error, and the host agrees', { timeout: TIMEOUT_MS }, () => {
    const cases = 1500;
    const { valid, compared, errors } = fuzzDecoder({ cases, seed: 42 });
    // Enough of each kind for the run to mean something.
    expect(valid).toBeGreaterThan(cases / 4);
    expect(compared).toBeGreaterThan(cases / 2);
    expect([...errors.keys()].sort()).toEqual(['DecodeError', 'ValidationError']);
  });
});
