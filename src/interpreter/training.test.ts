/** The training run: it executes every operation of the loop, and changes nothing of the guest that it interrupts. */
import { describe, expect, test } from 'vitest';
import { compile, instantiate, Store } from '../api/index.ts';
import type { Instr } from '../runtime/index.ts';
import { hotOpNames } from './hot-names.gen.ts';
import { loweredEntry } from './lower/index.ts';
import { slotOpNames } from './slot-numbers.ts';
import { train, trainingInstance } from './training.ts';

/** Operations of the code that can be reached from an instruction. */
function opsFrom(entry: Instr): Set<number> {
  const seen = new Set<Instr>();
  const waiting: (Instr | null)[] = [entry];
  while (waiting.length > 0) {
    const instr = waiting.pop();
    if (instr === null || instr === undefined || seen.has(instr)) continue;
    seen.add(instr);
    waiting.push(instr.next, instr.t);
    if (Array.isArray(instr.k)) waiting.push(...instr.k.map((branch) => (branch as Instr).t ?? null));
  }
  return new Set([...seen].map(({ op }) => op));
}

describe('the training run', () => {
  test('holds every operation of the loop but the end of a guest and the checks of clear code', () => {
    const { codes } = trainingInstance().code;
    const trained = new Set(codes.flatMap((code) => [...opsFrom(loweredEntry(code))]).map((op) => slotOpNames[op]));
    const missing = hotOpNames.filter((name) => !trained.has(name));
    expect(missing.sort()).toEqual(['check', 'unreachable']);
  });

  test.each(['switch', 'halves', 'handlers', undefined] as const)('runs to its end in the loop %s', (loop) => {
    expect(() => train(loop)).not.toThrow();
  });

  test('leaves the count, the fuel and the result of a long guest as they are', () => {
    const store = new Store({ fuel: 10_000_000 });
    const { exports } = instantiate(
      compile(`(module (func (export "f") (param i32) (result i32) (local i32)
        (loop $l (local.set 1 (i32.add (local.get 1) (local.get 0)))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))`),
      {},
      { store },
    );
    expect((exports.f as (n: number) => number)(600_000)).toBe(((600_000 * 600_001) / 2) | 0);
    expect([store.instructionCount, store.fuel]).toEqual([600_000 * 9 + 2, 10_000_000 - (600_000 * 9 + 2)]);
  });
});
