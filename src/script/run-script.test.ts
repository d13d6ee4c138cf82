/** The runner must fail what the suites never let fail: wrong results, wrong errors, wrong words. */
import { describe, expect, it } from 'vitest';
import { runScript, type ScriptOptions } from './run-script.ts';

/** `line kind status`, and the message of what did not pass. */
function report(source: string, options?: ScriptOptions): string[] {
  return runScript(source, options).outcomes.map(({ line, kind, status, message }) => {
    return `${line} ${kind} ${status}${message === undefined ? '' : `: ${message}`}`;
  });
}

const module = `(module
  (global (export "g") i64 (i64.const -2))
  (memory 1)
  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "f64") (param f64) (result f64) (local.get 0))
  (func (export "ref") (param externref) (result externref) (local.get 0))
  (func $self (export "self") (result funcref) (ref.func $self))
  (func (export "two") (result i32 i64) (i32.const 1) (i64.const 2))
  (func (export "none"))
  (func (export "div") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func $endless (export "endless") (call $endless))
  (tag $t)
  (func (export "throw") (throw $t)))`.replaceAll('\n', ' ');

describe('results', () => {
  it.each([
    { command: '(assert_return (invoke "i32" (i32.const 7)) (i32.const 7))' },
    {
      command: '(assert_return (invoke "i32" (i32.const 7)) (i32.const 8))',
      failure: 'expected (i32.const 8), got (i32.const 7)',
    },
    { command: '(assert_return (invoke "i32" (i32.const 7)) (i64.const 7))', failure: /^expected \(i64/ },
    { command: '(assert_return (invoke "i32" (i32.const 7)))', failure: 'expected nothing, got (i32.const 7)' },
    { command: '(assert_return (invoke "none") (i32.const 7))', failure: 'expected (i32.const 7), got nothing' },
    { command: '(assert_return (invoke "none"))' },
    { command: '(assert_return (invoke "two") (i32.const 1) (i64.const 2))' },
    { command: '(assert_return (invoke "two") (i32.const 1) (i64.const 3))', failure: /^expected/ },
    { command: '(assert_return (invoke "i64" (i64.const 0x100000000)) (i64.const 0))', failure: /^expected/ },
    { command: '(assert_return (get "g") (i64.const -2))' },
    { command: '(assert_return (get "g") (i64.const 2))', failure: /^expected/ },
    { command: '(assert_return (invoke "f32" (f32.const -0)) (f32.const 0))', failure: /^expected/ },
    { command: '(assert_return (invoke "f64" (f64.const -0)) (f64.const 0))', failure: /^expected/ },
    { command: '(assert_return (invoke "f32" (f32.const nan)) (f32.const nan:canonical))' },
    { command: '(assert_return (invoke "f32" (f32.const -nan)) (f32.const nan:canonical))' },
    {
      command: '(assert_return (invoke "f32" (f32.const nan:0x400001)) (f32.const nan:canonical))',
      failure: /^expected/,
    },
    { command: '(assert_return (invoke "f32" (f32.const nan:0x400001)) (f32.const nan:arithmetic))' },
    {
      command: '(assert_return (invoke "f32" (f32.const nan:0x200000)) (f32.const nan:arithmetic))',
      failure: /^expected/,
    },
    { command: '(assert_return (invoke "f32" (f32.const inf)) (f32.const nan:arithmetic))', failure: /^expected/ },
    { command: '(assert_return (invoke "f64" (f64.const nan)) (f64.const nan:canonical))' },
    {
      command: '(assert_return (invoke "f64" (f64.const nan:0x8000000000001)) (f64.const nan:canonical))',
      failure: /^expected/,
    },
    { command: '(assert_return (invoke "f64" (f64.const nan:0x8000000000001)) (f64.const nan:arithmetic))' },
    {
      command: '(assert_return (invoke "f64" (f64.const nan:0x4000000000000)) (f64.const nan:arithmetic))',
      failure: /^expected/,
    },
    { command: '(assert_return (invoke "i32" (i32.const 7)) (either (i32.const 6) (i32.const 7)))' },
    {
      command: '(assert_return (invoke "i32" (i32.const 7)) (either (i32.const 5) (i32.const 6)))',
      failure: /^expected/,
    },
    { command: '(assert_return (invoke "ref" (ref.extern 1)) (ref.extern 1))' },
    { command: '(assert_return (invoke "ref" (ref.extern 1)) (ref.extern 2))', failure: /^expected/ },
    { command: '(assert_return (invoke "ref" (ref.extern 1)) (ref.extern))' },
    { command: '(assert_return (invoke "ref" (ref.extern 1)) (ref.func))', failure: /^expected/ },
    { command: '(assert_return (invoke "ref" (ref.extern 1)) (ref.null))', failure: /^expected/ },
    { command: '(assert_return (invoke "ref" (ref.null extern)) (ref.null extern))' },
    { command: '(assert_return (invoke "ref" (ref.null extern)) (ref.extern))', failure: /^expected/ },
    { command: '(assert_return (invoke "self") (ref.func 5))' },
    { command: '(assert_return (invoke "self") (ref.func))' },
    { command: '(assert_return (invoke "self") (ref.func 4))', failure: /^expected/ },
    { command: '(assert_return (invoke "self") (ref.extern))', failure: /^expected/ },
    { command: '(assert_return (invoke "nothing"))', failure: "there is no function 'nothing'" },
    { command: '(assert_return (get "i32"))', failure: "there is no global 'i32'" },
    { command: '(assert_return (invoke "i32") (i32.const 0))', failure: "'i32' takes 1 arguments, 0 given" },
    { command: '(assert_return (invoke "i32" (i64.const 1)) (i32.const 1))', failure: 'a i64 is given for a i32' },
    { command: '(assert_return (invoke "div" (i32.const 0)) (i32.const 1))', failure: /^Trap: integer divide by zero/ },
    { command: '(invoke "div" (i32.const 0))', failure: /^Trap: integer divide by zero/ },
    { command: '(invoke "div" (i32.const 1))' },
  ])('$command', ({ command, failure }) => {
    const { outcomes } = runScript(`${module}\n${command}`);
    expect(outcomes.map(({ line, status }) => ({ line, status }))).toEqual([
      { line: 1, status: 'passed' },
      { line: 2, status: failure === undefined ? 'passed' : 'failed' },
    ]);
    if (failure !== undefined) expect(outcomes[1]!.message).toMatch(failure);
  });
});

describe('errors', () => {
  it.each([
    { command: '(assert_trap (invoke "div" (i32.const 0)) "integer divide by zero")' },
    {
      command: '(assert_trap (invoke "div" (i32.const 0)) "integer overflow")',
      failure: /^expected 'integer overflow'/,
    },
    {
      command: '(assert_trap (invoke "div" (i32.const 1)) "integer divide by zero")',
      failure: 'expected an error, got (i32.const 1)',
    },
    { command: '(assert_trap (invoke "endless") "call stack exhausted")', failure: /^Exhaustion/ },
    { command: '(assert_exhaustion (invoke "endless") "call stack exhausted")' },
    { command: '(assert_exhaustion (invoke "div" (i32.const 0)) "integer divide by zero")', failure: /^Trap/ },
    { command: '(assert_exception (invoke "throw"))' },
    { command: '(assert_exception (invoke "none"))', failure: 'expected an error, got a return' },
    { command: '(assert_exception (invoke "div" (i32.const 0)))', failure: /^Trap/ },
    { command: '(assert_trap (invoke "throw") "unreachable")', failure: /^UncaughtException/ },
    { command: '(assert_trap (module (func $f unreachable) (start $f)) "unreachable")' },
    {
      command: '(assert_trap (module (func $f) (start $f)) "unreachable")',
      failure: 'expected an error, got an instance',
    },
    { command: '(assert_invalid (module (func (result i32))) "type mismatch")' },
    { command: '(assert_invalid (module (func)) "type mismatch")', failure: 'expected an error, got a valid module' },
    { command: '(assert_invalid (module quote "(func") "type mismatch")', failure: /^ParseError/ },
    { command: '(assert_malformed (module quote "(func") "unexpected token")' },
    { command: '(assert_malformed (module binary "\\00asm") "unexpected end")' },
    { command: '(assert_malformed (module (func (result i32))) "type mismatch")', failure: /^ValidationError/ },
    { command: '(assert_unlinkable (module (import "spectest" "nothing" (func))) "unknown import")' },
    { command: '(assert_unlinkable (module (import "spectest" "print_i32" (func))) "incompatible import type")' },
    {
      command: '(assert_unlinkable (module (import "spectest" "print_i32" (func))) "unknown import")',
      failure: /^expected/,
    },
    { command: '(assert_unlinkable (module) "unknown import")', failure: 'expected an error, got an instance' },
    { command: '(module (func (result i32)))', failure: /^ValidationError/ },
    { command: '(module (import "nobody" "nothing" (func)))', failure: /^LinkError/ },
    { command: '(register "x" $nobody)', failure: 'there is no instance nobody' },
    { command: '(module instance $i $nobody)', failure: 'there is no module nobody' },
  ])('$command', ({ command, failure }) => {
    const outcome = runScript(`${module}\n${command}`).outcomes[1]!;
    expect(outcome.status).toBe(failure === undefined ? 'passed' : 'failed');
    if (failure !== undefined) expect(outcome.message).toMatch(failure);
  });

  it('compares the words for invalid modules only when asked to', () => {
    const source = '(assert_invalid (module (func (result i32))) "other words")';
    expect(report(source)).toEqual(['1 assert_invalid passed']);
    expect(report(source, { strictMessages: true })[0]).toMatch(
      /^1 assert_invalid failed: expected 'other words', got 'type/,
    );
  });
});

describe('modules', () => {
  it('links registered instances, definitions and names', () => {
    const source = `(module definition $counter
        (global $n (mut i32) (i32.const 0))
        (func (export "next") (result i32)
          (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
      (module instance $a $counter)
      (module instance $b $counter)
      (register "b" $b)
      (module $user (import "b" "next" (func $next (result i32))) (func (export "again") (result i32) (call $next)))
      (assert_return (invoke $a "next") (i32.const 1))
      (assert_return (invoke "again") (i32.const 1))
      (assert_return (invoke $b "next") (i32.const 2))
      (assert_return (invoke $user "again") (i32.const 3))`;
    const outcomes = runScript(source).outcomes;
    expect(outcomes).toHaveLength(9);
    expect(outcomes.filter(({ status }) => status !== 'passed')).toEqual([]);
  });

  it('offers spectest', () => {
    const source = `(module
      (import "spectest" "print_f64_f64" (func (param f64 f64)))
      (import "spectest" "global_i32" (global $i i32))
      (import "spectest" "global_f32" (global $f f32))
      (import "spectest" "table" (table 10 20 funcref))
      (import "spectest" "memory" (memory 1 2))
      (func (export "i") (result i32) (global.get $i))
      (func (export "f") (result f32) (global.get $f)))
    (assert_return (invoke "i") (i32.const 666))
    (assert_return (invoke "f") (f32.const 666.6))`;
    expect(runScript(source).outcomes.map(({ status }) => status)).toEqual(['passed', 'passed', 'passed']);
  });

  it('goes on after a module that failed, without the one before it', () => {
    const source = '(module (func (export "f")))\n(module (func (result i32)))\n(invoke "f")\n(module)';
    expect(report(source).map((line) => line.slice(0, 16))).toEqual([
      '1 module passed',
      '2 module failed:',
      '3 invoke failed:',
      '4 module passed',
    ]);
  });
});

describe("wasmtime's dialect", () => {
  it.each([
    ['imports modules by their identifiers', '(module $m (func (export "f"))) (module (import "m" "f" (func)))'],
    ['has a host module', '(module (import "wasmtime" "gc" (func)))'],
    [
      'takes an exhausted stack for a trap',
      '(module (func $f (export "f") call $f)) (assert_trap (invoke "f") "call stack exhausted")',
    ],
    [
      'has its own words for imports that do not fit',
      '(assert_unlinkable (module (import "spectest" "print" (func (param i32)))) "expected type x")',
    ],
  ])('%s, and the specification does not', (_name, source) => {
    const failures = (dialect: 'spec' | 'wasmtime') =>
      runScript(source, { dialect }).outcomes.filter(({ status }) => status !== 'passed').length;
    expect([failures('wasmtime'), failures('spec')]).toEqual([0, 1]);
  });

  it('still compares the words of traps', () => {
    const source = '(module (func (export "f") unreachable)) (assert_trap (invoke "f") "call stack exhausted")';
    expect(runScript(source, { dialect: 'wasmtime' }).outcomes[1]!.status).toBe('failed');
  });
});

describe('custom sections', () => {
  const hint = '@metadata.code.branch_hint annotation: invalid target';
  it.each([
    ['(assert_malformed_custom (module quote "(@custom)") "@custom annotation: missing section name")', undefined],
    ['(assert_malformed_custom (module (@custom "name" "\\01")) "unexpected end")', undefined],
    [`(assert_invalid_custom (module (func (@metadata.code.branch_hint "\\01") nop)) "${hint}")`, undefined],
    [`(assert_invalid_custom (module (@custom "metadata.code.branch_hint" "\\01\\00\\00")) "${hint}")`, undefined],
    ['(assert_malformed_custom (module quote "") "x")', "expected 'x', got 'a valid module'"],
    [
      '(assert_malformed_custom (module quote "(@custom)") "misplaced")',
      /^expected 'misplaced', got '@custom annotation/,
    ],
    ['(assert_invalid_custom (module (@custom "name" "\\01")) "unexpected end")', /got 'a valid module'$/],
    ['(assert_invalid_custom (module (func (result i32))) "type mismatch")', /^ValidationError/],
  ])('%s', (command, failure) => {
    const outcome = runScript(command).outcomes[0]!;
    expect(outcome.status).toBe(failure === undefined ? 'passed' : 'failed');
    if (failure !== undefined) expect(outcome.message).toMatch(failure);
  });
});

describe('what is not run', () => {
  it('says so, and why', () => {
    expect(report('(component)')).toEqual(['1 component skipped: components are not run']);
  });

  it('fails a script that cannot be read, at its line', () => {
    expect(report('(module)\n(assert_return')[0]).toMatch(/^2 script failed: ParseError/);
  });

  it('keeps to the limits it is given', () => {
    const source = '(module (func (export "f") (loop (br 0))))\n(invoke "f")';
    expect(report(source, { store: { fuel: 1000 } })[1]).toBe('2 invoke failed: Exhaustion: all fuel consumed');
  });
});
