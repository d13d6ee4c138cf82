/** Places against what the module's text says, and against the validator on random modules. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateModule } from '../../../spec-tests/generate/random-module.ts';
import { codeOf, makeGuest, offsetOf } from '../../../spec-tests/generate/stopped-guest.ts';
import { Random, Tape } from '../../../spec-tests/generate/tape.ts';
import { compile } from '../../api/index.ts';
import { frameLayout } from '../../interpreter/index.ts';
import { describePlace, instructionOffsets } from './place.ts';

/** Producers of the topmost operand before `drop` number `nth`, by name and number of the instruction. */
function producersAtDrop(wat: string, nth = 0): string[] {
  const code = codeOf(makeGuest(wat));
  const seen = new Map<string, number>();
  const nameByOffset = new Map<number, string>();
  for (const pc of instructionOffsets(code)) {
    const { instruction } = describePlace(code, pc, false);
    const count = seen.get(instruction) ?? 0;
    seen.set(instruction, count + 1);
    nameByOffset.set(pc, count === 0 ? instruction : `${instruction} #${count}`);
  }
  const { operands } = describePlace(code, offsetOf(code, 'drop', nth), false);
  return operands[operands.length - 1]!.producers.map((pc) => nameByOffset.get(pc)!);
}

describe('producers', () => {
  const cases: [name: string, wat: string, producers: readonly string[], nth?: number][] = [
    ['of a constant', '(func i32.const 1 drop)', ['i32.const 1']],
    ['of a result', '(func i32.const 1 i32.const 2 i32.add drop)', ['i32.add']],
    ['of local.tee', '(func (local i32) i32.const 1 local.tee 0 drop)', ['local.tee 0']],
    ['through a block without branches', '(func block (result i32) i32.const 1 end drop)', ['i32.const 1']],
    [
      'of an if',
      '(func (param i32) local.get 0 if (result i32) i32.const 1 else i32.const 2 end drop)',
      ['i32.const 1', 'i32.const 2'],
    ],
    [
      'of an if without else, whose parameter passes',
      '(func (param i32) i32.const 7 local.get 0 if (param i32) (result i32) drop i32.const 1 end drop)',
      ['i32.const 7'],
    ],
    [
      'of an if without else, behind it',
      '(func (param i32) i32.const 7 local.get 0 if (param i32) (result i32) i32.eqz end drop)',
      ['i32.const 7', 'i32.eqz'],
    ],
    [
      'of an if whose parameter passes through both parts',
      `(func (param i32) i32.const 7 local.get 0
        if (param i32) (result i32) i32.eqz else nop end drop)`,
      ['i32.const 7', 'i32.eqz'],
    ],
    [
      'of a parameter in an else',
      '(func (param i32) i32.const 7 local.get 0 if (param i32) drop nop else drop end)',
      ['i32.const 7'],
      1,
    ],
    [
      'of a block that br_if leaves',
      '(func (param i32) block (result i32) i32.const 1 local.get 0 br_if 0 i32.eqz end drop)',
      ['i32.const 1', 'i32.eqz'],
    ],
    [
      'of a value that br_if lets pass',
      '(func (param i32) block (result i32) i32.const 1 local.get 0 br_if 0 end drop)',
      ['i32.const 1'],
    ],
    [
      'of a br over two blocks',
      '(func (param i32) block (result i32) block local.get 0 br_if 0 i32.const 1 br 1 end i32.const 2 end drop)',
      ['i32.const 1', 'i32.const 2'],
    ],
    [
      'without code that cannot be reached',
      '(func block (result i32) i32.const 1 br 0 i32.const 2 end drop)',
      ['i32.const 1'],
    ],
    [
      'without branches that cannot be reached',
      '(func block (result i32) i32.const 1 return i32.const 2 br 0 end drop)',
      [],
    ],
    [
      'of a loop parameter, from both sides',
      '(func (param i32) i32.const 3 loop (param i32) drop i32.const 4 local.get 0 br_if 0 drop end)',
      ['i32.const 3', 'i32.const 4'],
    ],
    [
      'of a loop parameter that goes round untouched',
      '(func (param i32) i32.const 3 i32.const 4 loop (param i32 i32) local.get 0 br_if 0 drop drop end)',
      ['i32.const 4'],
    ],
    [
      'of loop parameters that change places',
      `(func (param i32) (local i32 i32) i32.const 3 i32.const 4
        loop (param i32 i32) local.set 1 local.set 2 local.get 1 local.get 2 local.get 0 br_if 0 drop drop end)`,
      ['local.get 2'],
    ],
    [
      'of nested loops',
      `(func (param i32) i32.const 3
        loop (param i32) (result i32) loop (param i32) (result i32) local.get 0 br_if 0 i32.eqz local.get 0 br_if 1 end end drop)`,
      ['i32.eqz'],
    ],
    [
      'of br_table',
      `(func (param i32) block (result i32) block (result i32) i32.const 1 local.get 0 br_table 0 1 0 end
        i32.eqz end drop)`,
      ['i32.const 1', 'i32.eqz'],
    ],
    [
      'of br_on_null, which takes the reference',
      `(func (param externref) block (result i32) i32.const 1 local.get 0 br_on_null 0 drop i32.eqz end drop)`,
      ['local.get 0'],
    ],
    [
      'of br_on_non_null',
      '(func (param externref) block (result (ref extern)) local.get 0 br_on_non_null 0 return end drop)',
      ['local.get 0'],
    ],
    [
      'of br_on_cast',
      '(func (param anyref) block (result i31ref) local.get 0 br_on_cast 0 anyref i31ref drop ref.null i31 end drop)',
      ['local.get 0'],
    ],
    [
      'of a try_table catch',
      `(tag $t (param i32)) (func block (result i32) try_table (catch $t 0) i32.const 1 throw $t end i32.const 2 end drop)`,
      ['try_table (catch $t 0)'],
    ],
    [
      'of a try_table catch, or what follows it',
      `(tag $t (param i32)) (func
        block (result i32) try_table (catch $t 0) end i32.const 2 end drop)`,
      ['try_table (catch $t 0)', 'i32.const 2'],
    ],
    [
      'of a legacy catch',
      `(tag $t (param i32)) (func try (result i32) i32.const 1 catch $t end drop)`,
      ['i32.const 1', 'catch $t'],
    ],
    [
      'of a legacy catch_all',
      `(func try (result i32) i32.const 1 catch_all i32.const 2 end drop)`,
      ['i32.const 1', 'i32.const 2'],
    ],
    ['of delegate', `(func try (result i32) i32.const 1 delegate 0 drop)`, ['i32.const 1']],
  ];
  test.each(cases)('%s', (_name, wat, producers, nth) => {
    expect([...producersAtDrop(wat, nth)].sort()).toEqual([...producers].sort());
  });

  test('of each of several results are the call', () => {
    const guest = makeGuest('(func $f (result i32 i64) i32.const 1 i64.const 2) (func call $f drop drop)');
    const code = codeOf(guest, 1);
    const call = offsetOf(code, 'call');
    const { operands } = describePlace(code, offsetOf(code, 'drop'), false);
    expect(operands.map(({ type, producers }) => [type, producers])).toEqual([
      ['i32', [call]],
      ['i64', [call]],
    ]);
  });
});

describe('a place', () => {
  const wat = `(module
    (type $point (struct (field $x i32)))
    (import "env" "log" (func $log (param i32)))
    (func $main (param $count i32) (param i64) (result i32) (local $p (ref null $point)) (local v128 f32)
      block $out
        loop $again (result i32)
          local.get $count
          if $then
            i32.const 5
            call $log
          else
            nop
            br $out
          end
          local.get $count
        end
        return
      end
      i32.const 1))`;
  const code = codeOf(makeGuest(wat, { env: { log: () => {} } }));

  test('names its locals, with types and word offsets', () => {
    const { locals, name, funcidx } = describePlace(code, offsetOf(code, 'nop'), false);
    expect([name, funcidx]).toEqual(['main', 1]);
    expect(locals.map((l) => [l.index, l.name, l.isParam, l.type, l.at])).toEqual([
      [0, 'count', true, 'i32', 0],
      [1, undefined, true, 'i64', 2],
      [2, 'p', false, '(ref null $point)', 4],
      [3, undefined, false, 'v128', 6],
      [4, undefined, false, 'f32', 10],
    ]);
  });

  test('shows the open labels, innermost first', () => {
    const place = describePlace(code, offsetOf(code, 'nop'), false);
    expect(place.labels.map(({ kind, name, operandHeight, types }) => [kind, name, operandHeight, types])).toEqual([
      ['else', 'then', 0, []],
      ['loop', 'again', 0, []],
      ['block', 'out', 0, []],
      ['func', undefined, 0, ['i32']],
    ]);
    const [then, again, out, own] = place.labels;
    expect(then!.byteOffset).toBe(offsetOf(code, 'if'));
    expect(then!.targetByteOffset).toBe(offsetOf(code, 'local.get', 1));
    expect(again!.targetByteOffset).toBe(offsetOf(code, 'local.get'));
    expect(out!.targetByteOffset).toBe(offsetOf(code, 'i32.const', 1));
    expect(own!.byteOffset).toBe(code.func.body.byteOffset);
    expect(own!.targetByteOffset).toBe(offsetOf(code, 'end', 3));
  });

  test('tells then from else', () => {
    const { labels } = describePlace(code, offsetOf(code, 'call'), false);
    expect(labels[0]!.kind).toBe('if');
  });

  test.each([
    ['br', 'br $out'],
    ['call', 'call $log'],
    ['local.get', 'local.get $count'],
    ['i32.const', 'i32.const 5'],
  ])('writes %s as text', (mnemonic, text) => {
    const place = describePlace(code, offsetOf(code, mnemonic), false);
    expect(place.instruction).toBe(text);
    expect(place.mnemonic).toBe(mnemonic);
  });

  test('has no operands that a waiting call has taken', () => {
    const pc = offsetOf(code, 'call');
    expect(describePlace(code, pc, false).operands).toHaveLength(1);
    expect(describePlace(code, pc, true).operands).toHaveLength(0);
  });

  test('knows code that no path leads to', () => {
    const dead = codeOf(makeGuest('(func unreachable i32.add drop)'));
    const place = describePlace(dead, offsetOf(dead, 'drop'), false);
    expect(place.isReachable).toBe(false);
    expect(place.operands.map(({ type, producers }) => [type, producers])).toEqual([
      ['i32', [offsetOf(dead, 'i32.add')]],
    ]);
  });

  test('is made once', () => {
    const pc = offsetOf(code, 'nop');
    expect(describePlace(code, pc, false)).toBe(describePlace(code, pc, false));
  });
});

describe('a waiting call', () => {
  test.each([
    ['call', '(i32.const 1) (i32.const 2) (call $f) drop', ['i32']],
    ['call_indirect', '(i32.const 1) (i32.const 2) (i32.const 0) (call_indirect (type $t)) drop', ['i32']],
    ['call_ref', '(i32.const 1) (i32.const 2) (ref.func $f) (call_ref $t) drop', ['i32']],
  ])('%s leaves what lies below its arguments', (mnemonic, body, left) => {
    const wat = `(type $t (func (param i32) (result i32))) (table 1 funcref)
      (func $f (export "f") (type $t) (local.get 0)) (func (local i64) ${body} drop)`;
    const code = codeOf(makeGuest(wat), 1);
    const place = describePlace(code, offsetOf(code, mnemonic), true);
    expect(place.operands.map(({ type }) => type)).toEqual(left);
    expect(place.locals).toHaveLength(1);
  });

  test('return_call leaves nothing', () => {
    const code = codeOf(
      makeGuest('(func $f (param i32)) (func (local i64) i64.const 1 i32.const 1 return_call $f)'),
      1,
    );
    const place = describePlace(code, offsetOf(code, 'return_call'), true);
    expect([place.operands, place.locals]).toEqual([[], []]);
  });
});

describe('on random modules', () => {
  test('types and slots are those of the frame layout, at every instruction', () => {
    let places = 0;
    const check = (seed: number): void => {
      const { code } = compile(generateModule(new Tape(new Random(seed).bytes(600)), 'all'));
      for (const own of code.codes) {
        // Forth and back: places are described from where the last one was, or anew.
        const offsets = instructionOffsets(own);
        for (const pc of [...offsets, ...offsets.slice(-3).reverse()]) {
          const layout = frameLayout(own, pc, false);
          const place = describePlace(own, pc, false);
          expect(place.operands.map(({ valType }) => valType)).toEqual(layout.operands);
          expect(place.operands.map(({ at }) => at)).toEqual(layout.operandAt);
          expect(place.locals.map(({ valType }) => valType)).toEqual(layout.locals);
          expect(place.locals.map(({ at }) => at)).toEqual(layout.localAt);
          for (const { producers } of place.operands) for (const pc of producers) expect(offsets).toContain(pc);
          places++;
        }
      }
    };
    fc.assert(fc.property(fc.integer(), check), { numRuns: 60, seed: 5 });
    expect(places).toBeGreaterThan(1000);
  });
});
