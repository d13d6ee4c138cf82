/** Frames of stopped guests: what is shown, what can be changed, and what is refused. */
import { describe, expect, test } from 'vitest';
import { codeOf, makeGuest, offsetOf, StoppedGuest } from '../../../spec-tests/generate/stopped-guest.ts';
import type { Fiber } from '../../interpreter/index.ts';
import { UsageError } from '../../syntax/index.ts';
import { type Frame, frameCount, framesOf, WasmFrame } from './frames.ts';

function wasm(frame: Frame | undefined): WasmFrame {
  if (!(frame instanceof WasmFrame)) throw new Error('no wasm frame');
  return frame;
}

/** Frames as `kind name@instruction`, innermost first. */
function summary(fiber: Fiber): string[] {
  return framesOf(fiber).map(({ kind, name, instruction }) => `${kind} ${name ?? ''} ${instruction}`.trim());
}

/** A guest before the `drop` of its only function; its body is `body`. */
function atDrop(fields: string, words: readonly number[] = []): WasmFrame {
  const guest = makeGuest(fields);
  const own = guest.entry.code.codes.length - 1;
  const code = codeOf(guest, guest.entry.code.importedFuncs + own);
  const stopped = StoppedGuest.in(guest, 'run', words).goTo(offsetOf(code, 'drop'));
  return wasm(framesOf(stopped.fiber)[0]);
}

const nested = `
  (func $inner (param $n i32) (result i32) local.get $n i32.const 1 i32.add)
  (func $outer (export "run") (param $a i32) (result i32) (local $b i64)
    i64.const -7 local.set $b
    i32.const 11 i32.const 22 i32.const 5 call $inner i32.add i32.add)`;

describe('frames', () => {
  test('of a call within a module: the caller waits, without what the call has taken', () => {
    const guest = makeGuest(nested);
    const { fiber } = StoppedGuest.in(guest, 'run', [3]).goTo(offsetOf(codeOf(guest, 0), 'i32.add'));
    const [inner, outer] = framesOf(fiber).map(wasm);
    expect(frameCount(fiber)).toBe(2);
    expect(inner).toMatchObject({ level: 0, funcidx: 0, name: 'inner', isWaiting: false, instruction: 'i32.add' });
    expect(inner!.locals.map(({ name, type, text }) => [name, type, text])).toEqual([['n', 'i32', '5']]);
    expect(inner!.operands.map(({ text }) => text)).toEqual(['5', '1']);
    expect(outer).toMatchObject({ level: 1, name: 'outer', isWaiting: true, instruction: 'call $inner' });
    expect(outer!.locals.map(({ value }) => value)).toEqual([3, BigInt(-7)]);
    expect(outer!.operands.map(({ value }) => value)).toEqual([11, 22]);
    expect(outer!.operands[1]!.producers).toEqual([offsetOf(codeOf(guest, 1), 'i32.const', 1)]);
  });

  test('before a function is entered: parameters, and locals at their defaults', () => {
    const guest = makeGuest(nested);
    const { fiber } = StoppedGuest.in(guest, 'run', [3]);
    const [frame] = framesOf(fiber).map(wasm);
    expect(frame!.locals.map(({ text }) => text)).toEqual(['3', '0']);
    expect(frame!.byteOffset).toBe(codeOf(guest, 1).func.body.byteOffset);
    frame!.locals[0]!.set(4);
    expect(frame!.locals[0]!.value).toBe(4);
    expect(() => frame!.locals[1]!.set(1)).toThrow('is set when the function is entered');
  });

  test('across instances', () => {
    const lib = makeGuest('(func $lib (export "f") (param i32) (result i32) local.get 0 i32.eqz)');
    const app = makeGuest(
      `(import "lib" "f" (func $f (param i32) (result i32)))
       (func $run (export "run") (result i32) i32.const 9 call $f)`,
      { lib: { f: lib.exports.f } },
    );
    const { fiber } = StoppedGuest.in(app, 'run').goTo(offsetOf(codeOf(lib), 'i32.eqz'));
    const [inner, outer] = framesOf(fiber).map(wasm);
    expect([inner!.instance, outer!.instance]).toEqual([lib.entry, app.entry]);
    expect(summary(fiber)).toEqual(['wasm lib i32.eqz', 'wasm run call $f']);
    expect(frameCount(fiber)).toBe(2);
  });

  test('inside of host functions, which call back', () => {
    const seen: string[][] = [];
    const counts: number[] = [];
    const guest = makeGuest(
      `(import "env" "hook" (func $hook (param i32 i64)))
       (func $again (export "again") (param i32) local.get 0 i64.const 2 call $hook)
       (func $run (export "run") (local i32) i32.const 77 i32.const 1 i64.const 5 call $hook drop)`,
      {
        env: {
          hook: (level: number) => {
            const fiber = guest.store.meter.running!;
            seen.push(summary(fiber));
            counts.push(frameCount(fiber));
            const frames = framesOf(fiber);
            // The outermost guest frame, seen from any depth.
            const outermost = wasm(frames[frames.length - 1]);
            expect(outermost.operands.map(({ text }) => text)).toEqual(['77']);
            expect(frames[0]!.locals.map(({ text }) => text)).toEqual([String(level), level === 1 ? '5' : '2']);
            if (level < 3) guest.call('again', level + 1);
          },
        },
      },
    );
    guest.call('run');
    const run = ['host env.hook', 'wasm run call $hook'];
    const again = ['host env.hook', 'wasm again call $hook'];
    expect(seen).toEqual([run, [...again, ...run], [...again, ...again, ...run]]);
    expect(counts).toEqual([2, 4, 6]);
  });

  test('while the guest waits for a promise', async () => {
    let settle = () => {};
    const promise = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const guest = makeGuest(
      `(import "env" "wait" (func $wait))
       (func $run (export "run") (result i32) i32.const 5 call $wait)`,
      { env: { wait: () => promise } },
    );
    const stopped = StoppedGuest.in(guest, 'run');
    expect(stopped.step(10)).toBe('waiting');
    expect(summary(stopped.fiber)).toEqual(['host env.wait', 'wasm run call $wait']);
    const frame = wasm(framesOf(stopped.fiber)[1]);
    expect([frame.isWaiting, frame.operands[0]!.text]).toEqual([true, '5']);
    settle();
    await promise;
  });

  test('of a fiber that runs nothing are none', () => {
    const guest = makeGuest(nested);
    const stopped = StoppedGuest.in(guest, 'run', [3]);
    expect(stopped.step(100)).toBe('exited');
    expect([framesOf(stopped.fiber), frameCount(stopped.fiber)]).toEqual([[], 0]);
  });

  test('of deep recursion are made as far as asked for', () => {
    const guest = makeGuest(
      `(func $down (export "run") (param i32) (result i32)
         local.get 0 i32.eqz if (result i32) i32.const 0 nop else local.get 0 i32.const 1 i32.sub call $down end)`,
    );
    const depth = 100_000;
    const stopped = StoppedGuest.in(guest, 'run', [depth]);
    stopped.step(depth * 7 + 4);
    const { fiber } = stopped;
    expect(frameCount(fiber)).toBe(depth + 1);
    const frames = framesOf(fiber, { limit: 3 }).map(wasm);
    expect(frames.map(({ locals }) => locals[0]!.value)).toEqual([0, 1, 2]);
    const further = framesOf(fiber, { from: 2, limit: 2 }).map(wasm);
    expect(further.map(({ level, locals }) => [level, locals[0]!.value])).toEqual([
      [2, 2],
      [3, 3],
    ]);
    const all = framesOf(fiber);
    expect(all).toHaveLength(depth + 1);
    expect(wasm(all[depth]).locals[0]!.value).toBe(depth);
  });
});

describe('values of a frame', () => {
  const all = `(func (export "run") (param $v v128) (local externref)
    i32.const -2 i64.const -3 f32.const nan:0x200001 f64.const -0 local.get 0 ref.null extern drop unreachable)`;

  test('have their exact bits', () => {
    const frame = atDrop(all, [1, -1, 0x7fffffff, -0x80000000]);
    expect(frame.operands.map(({ type, text }) => `${type} ${text}`)).toEqual([
      'i32 -2',
      'i64 -3',
      'f32 nan:0x200001',
      'f64 -0',
      'v128 i32x4 0x00000001 0xffffffff 0x7fffffff 0x80000000',
      'externref null',
    ]);
    const values = frame.operands.map(({ value }) => value);
    expect(values.slice(0, 2)).toEqual([-2, BigInt(-3)]);
    expect(values[4]).toEqual(new Uint8Array(Int32Array.of(1, -1, 0x7fffffff, -0x80000000).buffer));
    expect(values[5]).toBe(null);
  });

  test('can be changed', () => {
    const frame = atDrop(all);
    const texts = ['7', '0x8000000000000000', 'nan:0x1', '1e308', 'i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16'];
    texts.forEach((text, i) => {
      frame.operands[i]!.setText(text);
    });
    const object = {};
    frame.operands[5]!.set(object);
    expect(frame.operands.map(({ text }) => text)).toEqual([
      '7',
      '-9223372036854775808',
      'nan:0x1',
      '1e+308',
      'i32x4 0x04030201 0x08070605 0x0c0b0a09 0x100f0e0d',
      'extern Object',
    ]);
    expect(frame.operands[5]!.value).toBe(object);
    frame.locals[0]!.set(new Uint8Array(16).fill(255));
    expect(frame.locals[0]!.text).toBe('i32x4 0xffffffff 0xffffffff 0xffffffff 0xffffffff');
    frame.operands[1]!.set(BigInt(12));
    frame.operands[2]!.set(1.5);
    frame.operands[0]!.set(0xffff_ffff);
    expect(frame.operands.slice(0, 3).map(({ text }) => text)).toEqual(['-1', '12', '1.5']);
  });

  test('that were changed are what the guest goes on with, in waiting frames too', () => {
    const guest = makeGuest(nested);
    const stopped = StoppedGuest.in(guest, 'run', [3]).goTo(offsetOf(codeOf(guest, 0), 'i32.add'));
    const [inner, outer] = framesOf(stopped.fiber).map(wasm);
    inner!.operands[0]!.set(100);
    outer!.operands[0]!.set(1000);
    stopped.step(2);
    expect(wasm(framesOf(stopped.fiber)[0]).operands.map(({ value }) => value)).toEqual([1000, 123]);
  });

  test.each([
    [0, {}, 'takes a number, not an object'],
    [0, 1.5, 'takes an integer of 32 bits, not 1.5'],
    [0, 2 ** 32, 'takes an integer of 32 bits'],
    [0, BigInt(1), 'takes a number, not bigint 1'],
    [0, 'five', 'takes an integer of 32 bits, such as'],
    [1, 1.5, 'takes a bigint'],
    [1, BigInt(2) ** BigInt(64), 'takes an integer of 64 bits'],
    [2, '0x', 'takes a float, such as'],
    [4, new Uint8Array(15), 'takes a v128'],
    [4, 'i32x4 1 2 3', 'takes 16 bytes as lanes'],
    [4, 'toString 1 2 3', 'takes 16 bytes as lanes'],
  ])('refuse what does not fit: operand %i, %s', (index, value, message) => {
    const frame = atDrop(all);
    const set = () => frame.operands[index]!.set(value);
    expect(set).toThrow(UsageError);
    expect(set).toThrow(message);
    expect(set).toThrow(`operand ${index} of function 0`);
  });
});

describe('references in a frame', () => {
  const fields = `
    (type $point (struct (field $x (mut i32)))) (type $sub (sub (struct))) (type $other (struct (field i64)))
    (type $f (func))
    (func $callee (export "callee") (type $f))
    (func (export "run") (local (ref null $point) i31ref funcref (ref null $f) exnref anyref)
      i32.const 1 struct.new $point local.set 0
      i64.const 1 struct.new $other
      i32.const 5 ref.i31 local.set 1
      i32.const 5 struct.new $point
      ref.func $callee drop unreachable)`;

  test('are shown with names', () => {
    const frame = atDrop(fields);
    expect(frame.locals.map(({ text, type }) => `${type}: ${text}`)).toEqual([
      '(ref null $point): struct $point {x: 1}',
      'i31ref: i31 5',
      'funcref: null',
      '(ref null $f): null',
      'exnref: null',
      'anyref: null',
    ]);
    expect(frame.operands.map(({ text, type }) => `${type}: ${text}`)).toEqual([
      '(ref $other): struct $other {0: 1}',
      '(ref $point): struct $point {x: 5}',
      '(ref $f): func 0 $callee',
    ]);
  });

  test('take references of their type, and null where it is allowed', () => {
    const { locals, operands } = atDrop(fields);
    const point = operands[1]!.bits.ref;
    const callee = operands[2]!.bits.ref;
    locals[0]!.set(point);
    expect(locals[0]!.text).toBe('struct $point {x: 5}');
    locals[3]!.set(callee);
    locals[2]!.set(callee);
    locals[5]!.set(point);
    locals[1]!.setText('i31 -3');
    expect(locals.map(({ text }) => text)).toEqual([
      'struct $point {x: 5}',
      'i31 -3',
      'func 0 $callee',
      'func 0 $callee',
      'null',
      'struct $point {x: 5}',
    ]);
    locals[0]!.set(null);
    expect(locals[0]!.value).toBe(null);
  });

  test('refuse others', () => {
    const { locals, operands } = atDrop(fields);
    const [other, point, callee] = operands.map(({ bits }) => bits.ref);
    expect(() => locals[0]!.set(other)).toThrow('local 0 of function 1 $run does not take');
    expect(() => locals[0]!.set(callee)).toThrow(UsageError);
    expect(() => locals[2]!.set(point)).toThrow(UsageError);
    expect(() => locals[1]!.set(2 ** 31)).toThrow(UsageError);
    expect(() => locals[4]!.set({})).toThrow(UsageError);
    expect(() => operands[1]!.set(null)).toThrow('is of a type without null');
    expect(() => locals[0]!.setText('i31 5')).toThrow(UsageError);
  });

  test('go through the bridge', () => {
    const guest = makeGuest('(func $f (export "f")) (func (export "run") ref.func $f drop)');
    const { fiber } = StoppedGuest.in(guest, 'run').goTo(offsetOf(codeOf(guest, 1), 'drop'));
    const bridge = {
      fromRef: () => 'shown',
      toRef: (value: unknown) => (value === 'f' ? guest.entry.funcs[0] : value),
    };
    const operand = framesOf(fiber, { bridge })[0]!.operands[0]!;
    expect(operand.value).toBe('shown');
    operand.set('f');
    expect(operand.text).toBe('func 0 $f');
    expect(() => operand.set('g')).toThrow(UsageError);
  });
});

describe('a frame that cannot be looked into', () => {
  test('has gone on since', () => {
    const guest = makeGuest(nested);
    const stopped = StoppedGuest.in(guest, 'run', [3]).goTo(offsetOf(codeOf(guest, 0), 'i32.const'));
    const [inner, outer] = framesOf(stopped.fiber).map(wasm);
    stopped.step();
    expect(() => inner!.operands[0]!.value).toThrow('the guest has moved on since');
    expect(() => inner!.locals[0]!.set(1)).toThrow(UsageError);
    expect(outer!.problem).toBe(undefined);
  });

  test('runs fast code', () => {
    const guest = makeGuest('(memory 1) (func (export "run") i32.const -1 i32.load drop)', {}, 'fast');
    const stopped = StoppedGuest.in(guest, 'run');
    expect(() => stopped.step(2 ** 22)).toThrow('out of bounds');
    const frame = wasm(framesOf(stopped.fiber)[0]);
    expect(frame.instruction).toBe('i32.load');
    expect(() => frame.operands[0]!.value).toThrow('operand 0 of function 0 $run cannot be reached: it runs fast code');
  });

  test('is told by the caller', () => {
    const guest = makeGuest(nested);
    const { fiber } = StoppedGuest.in(guest, 'run', [3]).goTo(offsetOf(codeOf(guest, 0), 'i32.add'));
    const [frame] = framesOf(fiber, { refusal: () => 'not now' });
    expect(() => frame!.locals[0]!.set(1)).toThrow('local 0 ($n) of function 0 $inner cannot be reached: not now');
  });

  test('trapped in clear code, and shows what it trapped on', () => {
    const guest = makeGuest('(func (export "run") i32.const 7 i32.const 0 i32.div_s drop)');
    const stopped = StoppedGuest.in(guest, 'run');
    expect(() => stopped.step(100)).toThrow('integer divide by zero');
    expect(wasm(framesOf(stopped.fiber)[0]).operands.map(({ text }) => text)).toEqual(['7', '0']);
  });
});
