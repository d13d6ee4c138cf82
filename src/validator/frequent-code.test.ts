/** The short way through code accepts what the rules accept, and leaves every complaint to them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { generateModule, TapeChoices } from '../diff/generate/index.ts';
import type { Module } from '../syntax/index.ts';
import { BodyChecker, createContext } from './index.ts';

/** What checking every body says: the message of the first that is not valid. */
function verdict(module: Module, check: (checker: BodyChecker) => void): string {
  const context = createContext(module);
  try {
    const checker = new BodyChecker(context);
    for (let i = 0; i < module.funcs.length; i++) {
      checker.start(context.importedFuncCount + i);
      check(checker);
    }
    return 'valid';
  } catch (error) {
    return String(error);
  }
}

test('the short way and the rules alone say the same of modules and of damaged ones', () => {
  const verdicts = new Set<string>();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 600 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
      (tape, changes) => {
        const bytes = generateModule(new TapeChoices(tape), 'all').slice();
        const module = decodeModule(bytes);
        for (const [at, byte] of changes) {
          const { body } = module.funcs[at % Math.max(module.funcs.length, 1)] ?? {};
          // The last byte is the body's `end`, which decoding has looked at.
          if (body !== undefined && body.byteLength > 1) bytes[body.byteOffset + (at % (body.byteLength - 1))] = byte;
        }
        const byRules = verdict(module, (checker) => {
          while (checker.next()) checker.check();
        });
        verdicts.add(byRules);
        expect(verdict(module, (checker) => checker.run())).toBe(byRules);
      },
    ),
    { numRuns: 1500 },
  );
  expect(verdicts.size).toBeGreaterThan(20);
});
