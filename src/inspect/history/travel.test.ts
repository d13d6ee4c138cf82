/** Every moment of a recorded call comes back as it was, whatever the host does now. */
import { describe, expect, test } from 'vitest';
import {
  compile,
  funcOf,
  hostFunction,
  type Imports,
  type Instance,
  inspect,
  instantiate,
  type Session,
  Store,
} from '../../api/index.ts';
import { HostExit, Trap } from '../../syntax/index.ts';

interface Case {
  readonly name: string;
  readonly wat: string;
  readonly args?: readonly number[];
  readonly imports?: () => Imports;
}

/** A host that answers differently each time. */
function forgetful(): Imports {
  let answer = 0;
  const fill = hostFunction((caller, at: number) => {
    caller.memory().range(at, 4).fill(++answer);
  });
  const whole = hostFunction((caller) => {
    caller.memory().bytes[77] = ++answer;
  });
  return { host: { ask: () => ++answer, fill, whole } };
}

const cases: readonly Case[] = [
  {
    name: 'recursion',
    wat: `(func $fib (export "run") (param i32) (result i32)
      (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
        (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                       (call $fib (i32.sub (local.get 0) (i32.const 2)))))))`,
    args: [8],
  },
  {
    name: 'answers and writes of the host, memory that grows, globals, tables',
    wat: `(import "host" "ask" (func $ask (result i32))) (import "host" "fill" (func $fill (param i32)))
      (import "host" "whole" (func $whole))
      (memory (export "memory") 1) (global $g (mut i32) (i32.const 0)) (table $t 2 funcref) (elem declare func $ask)
      (func (export "run") (param i32) (result i32)
        (loop
          (global.set $g (i32.add (global.get $g) (call $ask)))
          (call $fill (i32.mul (local.get 0) (i32.const 8)))
          (call $whole)
          (i32.store (i32.const 100) (i32.add (i32.load8_u (i32.const 77)) (i32.load (i32.mul (local.get 0) (i32.const 8)))))
          (drop (memory.grow (i32.const 1)))
          (i32.store (i32.const 70000) (global.get $g))
          (drop (table.grow $t (ref.func $ask) (i32.const 1)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.add (i32.load (i32.const 100)) (global.get $g)))`,
    args: [5],
    imports: forgetful,
  },
  {
    name: 'objects that change, shared by locals and tables',
    wat: `(type $cell (struct (field $value (mut i32)) (field $next (mut (ref null $cell))))) (table $t 1 (ref null $cell))
      (func (export "run") (param i32) (result i32) (local $c (ref null $cell))
        (local.set $c (struct.new $cell (i32.const 1) (ref.null $cell)))
        (struct.set $cell $next (local.get $c) (local.get $c))
        (table.set $t (i32.const 0) (local.get $c))
        (loop
          (struct.set $cell $value (table.get $t (i32.const 0))
            (i32.add (struct.get $cell $value (struct.get $cell $next (local.get $c))) (local.get 0)))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (struct.get $cell $value (local.get $c)))`,
    args: [6],
  },
  {
    name: 'exceptions, and a trap at the end',
    wat: `(tag $e (param i32)) (func $t (param i32) (throw $e (local.get 0)))
      (func (export "run") (param i32) (result i32) (local $n i32)
        (loop
          (local.set $n (i32.add (local.get $n) (block $c (result i32)
            (try_table (catch $e $c) (call $t (local.get 0))) (i32.const 0))))
          (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.div_u (local.get $n) (local.get 0)))`,
    args: [4],
  },
];

function prepare({ wat, args = [], imports = () => ({}) }: Case): Session {
  const session = inspect(instantiate(compile(`(module ${wat})`), imports(), { store: new Store() }));
  session.call('run', ...args);
  session.record();
  return session;
}

/** All that can be seen: frames, operands, locals, memory, globals, tables. */
function picture(session: Session): unknown {
  const { entry } = session.instance;
  const frames = session.frames.map(({ name, byteOffset, locals, operands }) => ({
    name,
    byteOffset,
    locals: locals.map(({ text }) => text),
    operands: operands.map(({ text, producers }) => [text, producers]),
  }));
  const memories = entry.memories.map(({ bytes }) => [
    bytes.length,
    bytes.reduce((sum, byte, i) => (sum * 31 + byte * (i + 1)) | 0, 7),
  ]);
  return {
    frames,
    memories,
    globals: entry.globals.map(({ words }) => [...words]),
    tables: entry.tables.map(({ elements }) => elements.length),
    count: session.instructionCount,
  };
}

describe.each(cases)('$name', (entry) => {
  test('every moment, on the way back and on the way forth again', () => {
    const session = prepare(entry);
    const pictures = new Map<number, unknown>([[session.instructionCount, picture(session)]]);
    while (!['exit', 'trap'].includes(session.step().reason)) pictures.set(session.instructionCount, picture(session));
    const end = session.stop;
    const moments = [...pictures.keys()].sort((a, b) => b - a);
    for (const moment of moments) {
      session.stepBack();
      expect(picture(session), `back to ${moment}`).toEqual(pictures.get(moment));
    }
    expect(session.stepBack().reason).toBe('start-of-history');
    for (const moment of moments.reverse()) {
      expect(picture(session), `forth to ${moment}`).toEqual(pictures.get(moment));
      session.step();
    }
    expect(session.stop).toEqual(end);
  });

  test('any moment, after a run in fast code with many checkpoints', () => {
    const stepped = prepare(entry);
    const run = prepare(entry);
    run.record({ distance: 1 });
    expect(run.run().reason).toBe(['trap', 'exit'].find((reason) => reason === run.stop!.reason));
    const pictures = new Map<number, unknown>([[stepped.instructionCount, picture(stepped)]]);
    while (!['exit', 'trap'].includes(stepped.step().reason)) pictures.set(stepped.instructionCount, picture(stepped));
    expect(run.instructionCount).toBe(stepped.instructionCount);
    const moments = [...pictures.keys()];
    for (let i = 0; i < moments.length; i++) {
      const moment = moments[(i * 7919) % moments.length]!;
      run.goTo(moment);
      expect(picture(run), `at ${moment}`).toEqual(pictures.get(moment));
    }
  });
});

const program = cases[1]!;

describe('going back to', () => {
  test('a breakpoint, the last one first', () => {
    const session = prepare(cases[0]!);
    session.addBreakpoint({ func: 'fib', condition: (s) => s.frame.locals[0]!.value === 5 });
    const forward: number[] = [];
    while (session.run().reason === 'breakpoint') forward.push(session.instructionCount);
    const back: number[] = [];
    while (session.runBack().reason === 'breakpoint') back.push(session.instructionCount);
    expect(back).toEqual(forward.reverse());
    expect(session.stop!.reason).toBe('start-of-history');
    expect(back.length).toBeGreaterThan(2);
  });

  test('a watchpoint: it stands before the write, and tells both values', () => {
    const session = prepare(program);
    session.run();
    session.addWatchpoint({ global: 'g' });
    const stop = session.runBack();
    expect(stop.reason).toBe('watchpoint');
    expect(session.frame.instruction).toBe('global.set $g');
    expect(session.frame.operands[0]!.text).toBe(stop.after);
    expect(Number(stop.after)).toBeGreaterThan(Number(stop.before));
  });

  test('the caller’s call, and over calls', () => {
    const session = prepare(cases[0]!);
    session.addBreakpoint({ func: 'fib', condition: (s) => s.frame.locals[0]!.value === 0, once: true });
    session.run();
    const depth = session.frames.length;
    session.stepBackOut();
    expect(session.frames).toHaveLength(depth - 1);
    expect(session.frame.instruction).toBe('call $fib');
    session.points.removeAll();
    const before = session.instructionCount;
    session.stepOver();
    expect(session.frames).toHaveLength(depth - 1);
    session.stepBackOver();
    expect(session.instructionCount).toBe(before);
  });
});

describe('who wrote last', () => {
  test('by guest: the store', () => {
    const session = prepare(program);
    session.run();
    const end = session.instructionCount;
    const write = session.lastWriteTo(session.targetOf({ byteOffset: 100, byteLength: 1 }))!;
    expect(write.instruction).toBe('i32.store');
    expect(session.instructionCount).toBe(end);
    expect(session.stop!.reason).toBe('exit');
    session.goTo(write.instructionCount);
    expect(session.frame.byteOffset).toBe(write.byteOffset);
  });

  test('by the host: the call', () => {
    const session = prepare(program);
    session.run();
    const write = session.lastWriteTo(session.targetOf({ byteOffset: 77, byteLength: 1 }))!;
    expect(write.instruction).toBe('call $whole');
  });

  test('nobody', () => {
    const session = prepare(program);
    session.run();
    expect(session.lastWriteTo(session.targetOf({ byteOffset: 5000, byteLength: 4 }))).toBeUndefined();
  });
});

describe('the host', () => {
  test('is asked once, however often the guest goes over it', () => {
    let asked = 0;
    const session = prepare({
      ...program,
      imports: () => {
        const { host } = forgetful();
        return { host: { ...host, ask: () => ++asked } };
      },
    });
    const { results } = session.run();
    session.goTo(session.history!.startCount);
    expect(session.run().results).toEqual(results);
    expect(asked).toBe(5);
  });

  test('calls the guest back, also in the past', () => {
    let instance: Instance | undefined;
    let asked = 0;
    instance = instantiate(
      compile(
        `(module (import "host" "twice" (func $twice (param i32) (result i32))) (global $n (mut i32) (i32.const 0))
        (import "host" "ask" (func $ask (result i32)))
        (func (export "add") (param i32) (result i32)
          (global.set $n (i32.add (global.get $n) (i32.add (local.get 0) (call $ask)))) (global.get $n))
        (func (export "run") (result i32) (drop (call $twice (i32.const 3))) (call $twice (i32.const 4))))`.replace(
          /(\(global \$n[^)]*\) \(i32.const 0\)\))\s*(\(import "host" "ask"[^\n]*)/,
          '$2 $1',
        ),
      ),
      {
        host: {
          ask: () => ++asked,
          twice: (x: number) => (instance!.call('add', x) as number) + (instance!.call('add', x) as number),
        },
      },
    );
    const session = inspect(instance);
    session.call('run');
    session.record();
    const { results } = session.run();
    const globals = picture(session);
    session.goTo(0);
    expect(session.run().results).toEqual(results);
    expect(picture(session)).toEqual(globals);
    expect(asked).toBe(4);
    expect(funcOf(instance.exports.run)).toBeDefined();
  });

  test('changing the past forgets the future', () => {
    const session = prepare(cases[0]!);
    session.run({ budget: 20 });
    session.run({ budget: 20 });
    session.goTo(10);
    session.history!.branch();
    expect(session.history!.endCount).toBe(10);
    expect(session.run().results).toEqual([21]);
  });

  test('a trap shows its operands though the run was fast', () => {
    const session = prepare({
      name: '',
      wat: `(func (export "run") (param i32) (result i32) (local $i i32)
        (loop (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200000))))
        (i32.add (i32.const 7) (i32.div_u (local.get $i) (local.get 0))))`,
      args: [0],
    });
    const stop = session.run();
    expect(stop.error).toBeInstanceOf(Trap);
    expect(session.frame.instruction).toBe('i32.div_u');
    expect(session.frame.operands.map(({ text }) => text)).toEqual(['7', '200000', '0']);
  });

  test('an exit that a fast run asked for can be gone back from', () => {
    const session = prepare({
      name: '',
      wat: `(import "host" "exit" (func $exit (param i32)))
        (func (export "run") (local $i i32)
          (loop (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50000))))
          (call $exit (i32.const 3)))`,
      imports: () => ({
        host: {
          exit: (code: number) => {
            throw new HostExit(code);
          },
        },
      }),
    });
    expect(session.run()).toMatchObject({ reason: 'exit', error: { exitCode: 3 } });
    session.stepBack();
    expect(session.frame.instruction).toBe('call $exit');
  });

  test('a turn may be over where clear code takes over behind a call that ends its function', () => {
    let timeMs = 0;
    const store = new Store({ clock: () => (timeMs += 10) });
    const session = inspect(
      instantiate(
        compile(`(module (func $leaf) (func $g (call $leaf))
          (func (export "run") (local $i i32)
            (loop (call $g) (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000))))))`),
        {},
        { store },
      ),
    );
    session.call('run');
    session.record();
    expect(session.run().reason).toBe('exit');
    const end = session.instructionCount;
    for (let moment = end - 40; moment < end; moment++) {
      session.goTo(moment);
      expect(session.instructionCount).toBe(moment);
    }
  });
});
