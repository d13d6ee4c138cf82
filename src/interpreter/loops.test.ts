/** The dispatch loops beside each other: the same results, and turns on one store's guests. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, hostFunction, instantiate, Store } from '../api/index.ts';
import { loopNames } from './loops.ts';

const I64_OPS = ['add', 'sub', 'mul', 'and', 'or', 'xor', 'shl', 'shr_s', 'shr_u', 'rotl', 'rotr', 'div_u', 'lt_u'];
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const edges = fc.constantFrom(
  0n,
  1n,
  -1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  -(2n ** 63n),
  2n ** 63n - 1n,
  0xffff_ffffn,
);

function outcome(act: () => unknown): string {
  try {
    return String(act());
  } catch (error) {
    return String(error);
  }
}

describe('64-bit integers', () => {
  test.each(I64_OPS)('i64.%s of registers and immediates is the same in all loops', (op) => {
    const type = op === 'lt_u' ? 'i32' : 'i64';
    const registers = compile(`(module (func (export "f") (param i64 i64) (result ${type})
      (i64.${op} (local.get 0) (local.get 1))))`);
    const run = (loop: (typeof loopNames)[number], module: typeof registers, ...args: bigint[]) => {
      const { exports } = instantiate(module, {}, { store: new Store({ loop }) });
      return outcome(() => (exports.f as (...args: bigint[]) => unknown)(...args));
    };
    fc.assert(
      fc.property(fc.oneof(int64, edges), fc.oneof(int64, edges), (a, b) => {
        const immediate = compile(`(module (func (export "f") (param i64) (result ${type})
          (i64.${op} (local.get 0) (i64.const ${b}))))`);
        const results = loopNames.flatMap((loop) => [run(loop, registers, a, b), run(loop, immediate, a)]);
        expect(new Set(results).size, results.join()).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  test.each(['add', 'sub'])('i64x2.%s is the same in all loops', (op) => {
    const vector = (low: bigint, high: bigint) => `(v128.const i64x2 ${low} ${high})`;
    fc.assert(
      fc.property(fc.tuple(int64, edges, edges, int64), ([a, b, c, d]) => {
        const module = compile(`(module (func (export "f") (result i64 i64) (local v128)
          (local.set 0 (i64x2.${op} ${vector(a, b)} ${vector(c, d)}))
          (i64x2.extract_lane 0 (local.get 0)) (i64x2.extract_lane 1 (local.get 0))))`);
        const results = loopNames.map((loop) => {
          return String(instantiate(module, {}, { store: new Store({ loop }) }).call('f'));
        });
        const sign = op === 'add' ? 1n : -1n;
        expect(results).toEqual(
          results.map(() => [a + sign * c, b + sign * d].map((x) => BigInt.asIntN(64, x)).join()),
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe('calls between loops', () => {
  const inner = compile(`(module (memory 1)
    (func (export "sum") (param i32) (result i32) (local i32 i32)
      (loop $l
        (local.set 1 (i32.add (local.get 1) (local.get 2)))
        (br_if $l (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
      (if (i32.eqz (local.get 0)) (then (drop (i32.load (i32.const -1)))))
      (local.get 1)))`);
  const outer = compile(`(module (import "host" "f" (func $f (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (local i32 i32)
      (loop $l
        (local.set 1 (i32.add (local.get 1) (call $f (local.get 2))))
        (br_if $l (i32.le_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
      (local.get 1)))`);

  test.each(loopNames.flatMap((a) => loopNames.map((b) => [a, b] as const)))(
    'a guest of %s calls one of %s through the host, which may trap',
    (outerLoop, innerLoop) => {
      const { exports } = instantiate(inner, {}, { store: new Store({ loop: innerLoop }) });
      const sum = exports.sum as (n: number) => number;
      const traps: string[] = [];
      const f = hostFunction(
        (_caller, n: number) => {
          try {
            return sum(n);
          } catch (error) {
            traps.push(String(error));
            return 1000;
          }
        },
        { params: ['i32'], results: ['i32'] },
      );
      const instance = instantiate(outer, { host: { f } }, { store: new Store({ loop: outerLoop }) });
      // Sums of 0 … n-1 for n to 5; the one for 0 traps.
      expect(instance.call('run', 5)).toBe(1000 + 0 + 1 + 3 + 6 + 10);
      expect(traps).toEqual([expect.stringContaining('out of bounds memory access')]);
    },
  );
});

test('a loop that there is not is refused', () => {
  expect(() => new Store({ loop: 'fastest' as 'switch' })).toThrow('loop must be one of switch, halves, handlers');
});
