/** Sessions: stepping, breakpoints, watchpoints, probes, and what they leave behind. */
import { describe, expect, test } from 'vitest';
import {
  compile,
  hostFunction,
  type Imports,
  type Instance,
  inspect,
  instantiate,
  restoreSnapshot,
  type Session,
  Store,
} from '../api/index.ts';
import { Trap, UsageError } from '../syntax/index.ts';

const factorial = `(module
  (func $fac (export "fac") (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 1))
      (else (i32.mul (local.get $n) (call $fac (i32.sub (local.get $n) (i32.const 1))))))))`;

function make(wat: string, imports: Imports = {}): Instance {
  return instantiate(compile(wat), imports, { store: new Store() });
}

describe('stepping', () => {
  test('goes through every instruction once, and ends with the results', () => {
    const session = inspect(make(factorial));
    expect(session.call('fac', 2).reason).toBe('entry');
    const texts: string[] = [];
    let stop = session.stop!;
    while (stop.reason !== 'exit') {
      texts.push(session.frame.instruction);
      stop = session.step();
    }
    expect(stop.results).toEqual([2]);
    expect(texts).toHaveLength(session.instructionCount);
    expect(texts.slice(0, 4)).toEqual(['local.get $n', 'i32.eqz', 'if (result i32)', 'local.get $n']);
  });

  test('over a call runs what it calls', () => {
    const session = inspect(make(factorial));
    session.call('fac', 3);
    while (!session.frame.instruction.startsWith('call')) session.step();
    expect(session.stepOver().reason).toBe('step');
    expect(session.frames).toHaveLength(1);
    expect(session.frame.instruction).toBe('i32.mul');
    expect(session.frame.operands.map(({ text }) => text)).toEqual(['3', '2']);
  });

  test('out of a function stands behind its call', () => {
    const session = inspect(make(factorial));
    session.call('fac', 3);
    session.addBreakpoint({ func: 'fac', condition: (s) => s.frame.locals[0]!.value === 1 });
    expect(session.run().reason).toBe('breakpoint');
    expect(session.frames.map(({ locals }) => locals[0]!.value)).toEqual([1, 2, 3]);
    session.stepOut();
    expect(session.frames.map(({ locals }) => locals[0]!.value)).toEqual([2, 3]);
    expect(session.frame.instruction).toBe('i32.mul');
    session.points.removeAll();
    expect(session.run().results).toEqual([6]);
  });

  test('a budget ends at the very instruction', () => {
    const session = inspect(make(factorial));
    session.call('fac', 10);
    expect(session.run({ budget: 17 }).reason).toBe('budget');
    expect(session.instructionCount).toBe(17);
  });
});

describe('breakpoints', () => {
  test('hit counts, ignored passes, one-time ones, log points', () => {
    const logs: string[] = [];
    const session = inspect(make(factorial), { onLog: (text) => logs.push(text) });
    session.call('fac', 5);
    const ignored = session.addBreakpoint({ func: '$fac', ignore: 2 });
    session.addBreakpoint({ func: 0, log: (s) => `n = ${s.frame.locals[0]!.text}` });
    session.run();
    expect(session.frame.locals[0]!.value).toBe(2);
    expect(ignored.hits).toBe(3);
    ignored.remove();
    const once = session.addBreakpoint({ func: 'fac', once: true });
    expect(session.run().breakpoint).toBe(once);
    expect(session.run().reason).toBe('exit');
    expect(logs).toEqual(['n = 4', 'n = 3', 'n = 2', 'n = 1', 'n = 0']);
  });

  test('by line of the text', () => {
    const session = inspect(make(factorial));
    session.call('fac', 1);
    session.addBreakpoint({ line: 4 });
    session.run();
    expect(session.frame.instruction).toBe('i32.const 1');
  });

  test('on import calls, memory.grow, throw and trap', () => {
    const session = inspect(
      make(
        `(module (import "host" "f" (func $f)) (memory 1) (tag $e) (table funcref (elem $f))
          (func (export "run") (call_indirect (i32.const 0)) (drop (memory.grow (i32.const 1)))
            (block (try_table (catch $e 0) (throw $e))) unreachable))`,
        { host: { f: () => undefined } },
      ),
    );
    session.call('run');
    session.addBreakpoint({ on: 'import-call' });
    session.addBreakpoint({ on: 'memory.grow' });
    session.addBreakpoint({ on: 'throw' });
    const trap = session.addBreakpoint({ on: 'trap' });
    const texts = [];
    for (let stop = session.run(); stop.reason === 'breakpoint'; stop = session.run()) {
      texts.push(session.frame.instruction);
    }
    expect(texts.map((text) => text.split(' ')[0])).toEqual(['call_indirect', 'memory.grow', 'throw']);
    expect(session.stop).toMatchObject({ reason: 'trap', breakpoint: trap });
    expect(session.stop!.error).toBeInstanceOf(Trap);
    expect(session.frame.instruction).toBe('unreachable');
  });

  test.each([
    ['a function that is not there', { func: 'no' }, /no function "no"/],
    ['a line without an instruction', { line: 1000 }, /line 1000/],
    ['a byte outside of code', { byteOffset: 2 }, /no function/],
    ['nothing', {}, /needs/],
  ])('%s is refused', (_, options, message) => {
    const session = inspect(make(factorial));
    expect(() => session.addBreakpoint(options)).toThrow(message);
    expect(() => session.addBreakpoint(options)).toThrow(UsageError);
  });
});

describe('watchpoints', () => {
  const writer = `(module (memory (export "memory") 1) (global $g (mut i32) (i32.const 5)) (table $t 4 funcref)
    (import "host" "poke" (func $poke))
    (elem declare func $run)
    (func $run (export "run") (local $x i32)
      (i32.store (i32.const 96) (i32.const 7))
      (i64.store (i32.const 100) (i64.const -1))
      (memory.fill (i32.const 0) (i32.const 9) (i32.const 200))
      (global.set $g (i32.const 6))
      (local.set $x (i32.const 3))
      (table.set $t (i32.const 2) (ref.func $run))
      (drop (i32.load8_u offset=100 (i32.const 7)))
      (call $poke)))`.replace(/(\(memory \(export "memory"\) 1\)[^\n]*\n)\s*(\(import[^\n]*)/, '$2 $1');

  function makeWriter(): Instance {
    const poke = hostFunction((caller) => {
      caller.memory().bytes[107] = 0x55;
    });
    return make(writer, { host: { poke } });
  }

  test('memory: every write that touches the range, by guest and host', () => {
    const session = inspect(makeWriter());
    session.call('run');
    session.addWatchpoint({ byteOffset: 104, byteLength: 4 });
    const seen: (string | undefined)[][] = [];
    for (let stop = session.run(); stop.reason === 'watchpoint'; stop = session.run()) {
      seen.push([stop.before, stop.after]);
    }
    expect(seen).toEqual([
      ['00 00 00 00', 'ff ff ff ff'],
      ['ff ff ff ff', '09 09 09 09'],
    ]);
  });

  test('memory: reads', () => {
    const session = inspect(makeWriter());
    session.call('run');
    const watch = session.addWatchpoint({ byteOffset: 107, byteLength: 1, access: 'read' });
    expect(session.run().watchpoint).toBe(watch);
    expect(session.run().reason).toBe('exit');
  });

  test('globals, locals, table elements', () => {
    const session = inspect(makeWriter());
    session.call('run');
    session.addWatchpoint({ global: '$g' });
    session.addWatchpoint({ local: '$x' });
    session.addWatchpoint({ element: 2 });
    const seen: string[] = [];
    for (let stop = session.run(); stop.reason === 'watchpoint'; stop = session.run()) {
      seen.push(`${stop.before} → ${stop.after}`);
    }
    expect(seen).toEqual(['5 → 6', '0 → 3', 'null → func 1 $run']);
  });
});

describe('watchpoints beside other stops', () => {
  const wat = `(module (memory 1)
    (func $run (export "run")
      (i32.store (i32.const 16) (i32.const 7))
      (i32.store (i32.const 16) (i32.const 9))))`;
  const watched = { byteOffset: 16, byteLength: 4 };

  test.each([
    ['steps', (session: Session) => session.step()],
    ['budgets', (session: Session) => session.run({ budget: 2 })],
  ])('%s that end before the instruction do not tell of it', (_, goOn) => {
    const session = inspect(make(wat));
    const watch = session.addWatchpoint(watched);
    session.call('run');
    const told: unknown[] = [];
    for (let stop = goOn(session); told.length < 20; stop = goOn(session)) {
      if (stop.watchpoint !== undefined) told.push([session.instructionCount, stop.before, stop.after]);
      if (stop.reason === 'exit') break;
    }
    expect(told).toEqual([
      [3, '00 00 00 00', '07 00 00 00'],
      [6, '07 00 00 00', '09 00 00 00'],
    ]);
    expect(watch.hits).toBe(2);
  });

  function stores(session: Session): number[] {
    const offsets: number[] = [];
    const probe = session.addProbe('i32.store', { before: ({ byteOffset }) => offsets.push(byteOffset) });
    session.call('run');
    session.run();
    probe.remove();
    return offsets;
  }

  test('a breakpoint at the instruction comes before, the watchpoint after it', () => {
    const session = inspect(make(wat));
    const [first] = stores(session);
    const watch = session.addWatchpoint(watched);
    session.addBreakpoint({ byteOffset: first });
    session.call('run');
    expect(session.run().reason).toBe('breakpoint');
    expect(session.run()).toMatchObject({ reason: 'watchpoint', watchpoint: watch, after: '07 00 00 00' });
    expect(watch.hits).toBe(1);
  });

  test('a breakpoint behind the instruction tells of the watchpoint, too', () => {
    const session = inspect(make(wat));
    const [, second] = stores(session);
    const watch = session.addWatchpoint(watched);
    const breakpoint = session.addBreakpoint({ byteOffset: second! - 4 });
    session.call('run');
    expect(session.run()).toMatchObject({ reason: 'breakpoint', breakpoint, watchpoint: watch, after: '07 00 00 00' });
    expect(session.run()).toMatchObject({ reason: 'exit', watchpoint: watch, after: '09 00 00 00' });
  });

  test('who has gone back to the instruction hears of it anew', () => {
    const session = inspect(make(wat));
    session.call('run');
    session.record();
    session.addWatchpoint(watched);
    const told: unknown[] = [];
    for (const moment of [2, 5, 2]) {
      session.goTo(moment);
      told.push([session.run().after, session.instructionCount]);
    }
    expect(told).toEqual([
      ['07 00 00 00', 3],
      ['09 00 00 00', 6],
      ['07 00 00 00', 3],
    ]);
  });
});

describe('probes', () => {
  test('before and after a class of instructions', () => {
    const session = inspect(make(factorial));
    const counts = new Map<string, number>();
    const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
    session.addProbe('call', { before: () => count('call'), after: () => count('returned') });
    session.addProbe('local.*', { before: ({ mnemonic }) => count(mnemonic) });
    session.addProbe('*', { before: () => count('all'), after: () => count('after') });
    session.onEnter(() => count('enter'));
    session.call('fac', 6);
    session.run();
    expect(Object.fromEntries(counts)).toEqual({
      call: 6,
      returned: 6,
      'local.get': 19,
      enter: 7,
      all: session.instructionCount,
      after: session.instructionCount,
    });
  });
});

describe('what is left', () => {
  test('the instance runs as before when the session is closed, and others never noticed', () => {
    const module = compile(factorial);
    const store = new Store();
    const looked = instantiate(module, {}, { store });
    const other = instantiate(module, {}, { store });
    const session = inspect(looked);
    session.addBreakpoint({ func: 'fac' });
    expect(other.call('fac', 5)).toBe(120);
    session.close();
    expect(looked.call('fac', 5)).toBe(120);
    expect(looked.entry.code).toBe(other.entry.code);
  });

  test('two sessions on a store are refused', () => {
    const instance = make(factorial);
    inspect(instance);
    expect(() => inspect(instance)).toThrow(/already looks/);
  });
});

describe('calls that somebody else makes', () => {
  test('a plain call stops in the handler', () => {
    const instance = make(factorial);
    const seen: unknown[] = [];
    const session = inspect(instance, {
      onStop: ({ reason }) => {
        seen.push([reason, session.frame.locals[0]!.value]);
        return undefined;
      },
    });
    session.addBreakpoint({ func: 'fac', condition: (s) => (s.frame.locals[0]!.value as number) < 2 });
    expect(instance.call('fac', 4)).toBe(24);
    expect(seen).toEqual([
      ['breakpoint', 1],
      ['breakpoint', 0],
    ]);
  });

  test('a guest that waits for the host is taken over, goes on under eyes, and is let go', async () => {
    let answer = (_: number): void => undefined;
    const instance = make(
      `(module (import "host" "ask" (func $ask (result i32)))
        (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "run") (result i32) (call $twice (i32.add (i32.const 1) (call $ask)))))`,
      { host: { ask: () => new Promise<number>((resolve) => (answer = resolve)) } },
    );
    const result = instance.callAsync('run');
    const session = inspect(instance);
    session.addBreakpoint({ func: 'twice' });
    const stopped = session.runAsync();
    answer(20);
    expect((await stopped).reason).toBe('breakpoint');
    expect(session.frame.locals[0]!.value).toBe(21);
    session.close();
    expect(await result).toBe(42);
  });
});

describe('calls that somebody else makes and that never stop', () => {
  const wat = `(module (import "host" "ask" (func $ask (result i32)))
    (func (export "run") (result i32) (call $ask))
    (func (export "trap") (drop (call $ask)) (unreachable)))`;

  function waiting(name: string): { session: Session; result: Promise<unknown>; answer: (value: number) => void } {
    let answer = (_: number): void => undefined;
    const ask = () => new Promise<number>((resolve) => (answer = resolve));
    const instance = make(wat, { host: { ask } });
    const result = instance.callAsync(name);
    return { session: inspect(instance), result, answer: (value) => answer(value) };
  }

  test('their end is told', async () => {
    const { session, result, answer } = waiting('run');
    const stopped = session.runAsync();
    answer(3);
    expect(await stopped).toEqual({ reason: 'exit' });
    expect(await result).toBe(3);
    expect(session.stop).toBe(undefined);
    await expect(session.runAsync()).rejects.toThrow(/nothing is called/);
  });

  test('their trap is told, and is their caller’s', async () => {
    const { session, result, answer } = waiting('trap');
    const stopped = session.runAsync();
    answer(3);
    await expect(result).rejects.toThrow(Trap);
    expect(await stopped).toEqual({ reason: 'trap' });
  });

  test('two cannot await the same stop, and who closes the session awaits none', async () => {
    const { session, result, answer } = waiting('run');
    const stopped = session.runAsync();
    await expect(session.runAsync()).rejects.toThrow(/the guest runs/);
    session.close();
    await expect(stopped).rejects.toThrow(/the session is closed/);
    answer(4);
    expect(await result).toBe(4);
  });
});

describe('while the session’s own call runs', () => {
  const wat = `(module (import "host" "ask" (func $ask (result i32)))
    (func $inner (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export "run") (param i32) (result i32) (call $inner (call $ask)))
    (func (export "other") (result i32) (i32.const 5)))`;

  test.each<[string, (session: Session) => unknown]>([
    ['another call', (session) => session.call('other')],
    ['a step', (session) => session.step()],
    ['a recording', (session) => session.record()],
    ['forgetting it', (session) => session.end()],
    ['closing', (session) => session.close()],
  ])('%s is refused to a probe and to the host, and changes nothing', (_, act) => {
    const refused: unknown[] = [];
    const attempt = (): void => {
      try {
        act(session);
      } catch (error) {
        refused.push(error);
      }
    };
    const ask = () => {
      attempt();
      return 7;
    };
    const session = inspect(make(wat, { host: { ask } }));
    session.addProbe('i32.add', { before: attempt });
    session.call('run', 1);
    expect(session.run().results).toEqual([8]);
    expect(refused).toHaveLength(2);
    for (const error of refused) expect(error).toBeInstanceOf(UsageError);
    session.close();
    expect(session.instance.call('other')).toBe(5);
  });

  test('an awaited call that is ended, or another’s, does not disturb the next one', async () => {
    const answers: ((value: number) => void)[] = [];
    const ask = () => new Promise<number>((resolve) => answers.push(resolve));
    const session = inspect(make(wat, { host: { ask } }));
    session.call('run', 1);
    const ended = session.runAsync();
    await expect(session.runAsync()).rejects.toThrow(/the guest runs/);
    expect(() => session.call('other')).toThrow(/the guest runs/);
    session.end();
    session.call('run', 2);
    const next = session.runAsync();
    answers[0]!(10);
    await expect(ended).rejects.toThrow(/was ended/);
    answers[1]!(20);
    expect((await next).results).toEqual([21]);
  });

  test('a condition that throws ends the call with its error, and nothing else', () => {
    const session = inspect(make(wat, { host: { ask: () => 7 } }));
    const condition = () => {
      throw new RangeError('mine');
    };
    const breakpoint = session.addBreakpoint({ func: 'inner', condition });
    session.call('run', 1);
    expect(session.run()).toMatchObject({ reason: 'trap', error: new RangeError('mine') });
    expect(() => session.instance.call('run', 1)).toThrow('mine');
    breakpoint.remove();
    session.call('run', 1);
    expect(session.run().results).toEqual([8]);
  });
});

describe('what makes no sense is refused', () => {
  test.each([Number.NaN, -1, '3', null])('a budget of %s', async (budget) => {
    const session = inspect(make(factorial));
    session.call('fac', 2);
    const options = { budget: budget as number };
    expect(() => session.run(options)).toThrow(/budget must be a number/);
    expect(() => session.stepOut(options)).toThrow(/budget must be a number/);
    await expect(session.runAsync(options)).rejects.toThrow(/budget must be a number/);
  });

  test('a pause of a closed session, which would never end', () => {
    const session = inspect(make(factorial));
    session.close();
    session.pause();
    expect(session.instance.call('fac', 3)).toBe(6);
  });
});

describe('calls that were saved', () => {
  test('go on under eyes, with the frames they had', async () => {
    const session = inspect(make(factorial));
    session.call('fac', 6);
    session.run({ budget: 30 });
    const frames = session.frames.map(({ byteOffset }) => byteOffset);
    const bytes = session.save();
    const { instances, call } = restoreSnapshot(bytes);
    const resumed = inspect(instances[0]!);
    resumed.takeUp(call!);
    expect(resumed.instructionCount).toBe(30);
    expect(resumed.frames.map(({ byteOffset }) => byteOffset)).toEqual(frames);
    resumed.step();
    expect(resumed.run().results).toEqual([720]);
    expect(() => resumed.takeUp(call!)).toThrow(UsageError);
  });
});
