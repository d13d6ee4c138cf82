/**
 * What monitors count, against a probe at every instruction: on programs with every way to leave a run in its
 * middle, and on random ones that run out of fuel anywhere.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Imports } from '../../api/index.ts';
import { compile, type Instance, inspect, instantiate, type Module, Store, Tag } from '../../api/index.ts';
import { HostExit } from '../../syntax/index.ts';
import type { CallTree } from './call-tree.ts';
import { MonitorContext } from './context.ts';
import { pairCounts } from './opcodes.ts';
import { probingOf } from './probing.ts';

interface Program {
  readonly source: string;
  /** @param self the instance, once there is one */
  readonly imports?: ((self: () => Instance) => Imports) | undefined;
  readonly fuel?: number | undefined;
  readonly call?: readonly [name: string, ...values: unknown[]];
}

/** What was seen: by instruction, by outcome of a branch, by path of calls. */
interface Seen {
  readonly instructions: Record<number, number>;
  readonly selfs: Record<string, number>;
  readonly instructionCount: number;
  readonly callCount: number;
  readonly error: string;
}

const modules = new Map<string, Module>();

function moduleOf(source: string): Module {
  const module = modules.get(source) ?? compile(source);
  modules.set(source, module);
  return module;
}

function run({ source, imports, fuel, call = ['main'] }: Program) {
  const store = new Store(fuel === undefined ? {} : { fuel });
  const self = (): Instance => instance;
  const instance: Instance = instantiate(moduleOf(source), imports?.(self) ?? {}, { store });
  const session = inspect(instance);
  const start = (): string => {
    try {
      instance.call(...(call as [string]));
      return '';
    } catch (error) {
      return String(error);
    }
  };
  return { store, instance, session, start };
}

/** A probe at every instruction sees the whole truth. */
function bruteForce(program: Program): Seen {
  const { store, session, start } = run(program);
  const visits: { byteOffset: number; path: string; count: number }[] = [];
  session.addProbe('*', {
    before: ({ byteOffset, instructionCount }) => {
      const path = [...session.frames].filter(({ kind }) => kind === 'wasm').map(({ funcidx }) => funcidx);
      visits.push({ byteOffset, path: path.reverse().join('>'), count: instructionCount });
    },
  });
  const error = start();
  const { instructionCount, callCount } = store;
  const instructions: Record<number, number> = {};
  const selfs: Record<string, number> = {};
  for (const { byteOffset, path, count } of visits) {
    // The last one may have been asked for and found no fuel.
    if (count >= instructionCount) continue;
    instructions[byteOffset] = (instructions[byteOffset] ?? 0) + 1;
    selfs[path] = (selfs[path] ?? 0) + 1;
  }
  session.close();
  return { instructions, selfs, instructionCount, callCount, error };
}

function pathsOf(tree: CallTree): Record<string, number> {
  const selfs: Record<string, number> = {};
  const path: number[] = [];
  tree.walk(
    (node) => {
      path.push(tree.funcidxs[node]!);
      const self = tree.selfs[node]!;
      if (self !== 0) selfs[path.join('>')] = self;
    },
    () => path.pop(),
  );
  return selfs;
}

function monitored(program: Program) {
  const { store, instance, session, start } = run(program);
  const context = new MonitorContext({
    probing: probingOf(session, instance.entry),
    instructionCount: () => store.instructionCount,
    title: 'test',
  });
  const counter = context.runCounter();
  const witness = context.runWitness();
  const { tree } = context.callRecorder();
  const error = start();
  context.finish();
  session.close();
  const instructions: Record<number, number> = {};
  counter.instructionCounts().forEach((count, instr) => {
    if (count !== 0) instructions[context.map.byteOffsets[instr]!] = count;
  });
  const { instructionCount, callCount } = store;
  const seen: Seen = { instructions, selfs: pathsOf(tree), instructionCount, callCount, error };
  return { seen, counter, witness, tree, map: context.map };
}

function agree(program: Program) {
  const found = monitored(program);
  expect(found.seen).toEqual(bruteForce(program));
  const { counter, witness, tree, map, seen } = found;
  // What belongs together adds up.
  const sum = (counts: Iterable<number>) => [...counts].reduce((total, count) => total + count, 0);
  expect(sum(Object.values(seen.instructions))).toBe(seen.instructionCount);
  expect(tree.totals()[0]).toBe(seen.instructionCount);
  expect(sum(tree.callCounts)).toBe(seen.callCount);
  const counts = counter.instructionCounts();
  map.branches.forEach(({ instr }, branch) => {
    expect(sum(counter.outcomesOf(branch))).toBe(counts[instr]);
    expect(counter.outcomesOf(branch).map(Math.sign)).toEqual(witness.outcomesOf(branch).map(Math.sign));
  });
  expect(counts.map(Math.sign)).toEqual(witness.instructionCounts().map(Math.sign));
  return found;
}

const programs: Record<string, Program> = {
  'straight code': { source: '(func (export "main") (drop (i32.add (i32.const 1) (i32.const 2))))' },
  'an empty function': { source: '(func $e) (func (export "main") (call $e) (nop) (call $e))' },
  'a call last in the function': { source: '(func $e (nop)) (func (export "main") (nop) (call $e))' },
  'a loop': {
    source: `(func (export "main") (local $i i32)
      (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $l (i32.lt_u (local.get $i) (i32.const 7)))))`,
  },
  'a loop without a branch back': { source: '(func (export "main") (loop (nop)) (loop) (nop))' },
  'if with and without else': {
    source: `(func $f (param i32) (result i32)
      (if (local.get 0) (then (nop)))
      (if (local.get 0) (then) (else (nop) (nop)))
      (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2))))
      (func (export "main") (drop (call $f (i32.const 0))) (drop (call $f (i32.const 1))) (drop (call $f (i32.const 5))))`,
  },
  'a call at the end of then': {
    source: `(func $e (nop)) (func $f (param i32) (if (local.get 0) (then (call $e)) (else (nop))) (nop))
      (func (export "main") (call $f (i32.const 1)) (call $f (i32.const 0)))`,
  },
  br_table: {
    source: `(func $f (param i32) (block $a (block $b (block $c (br_table $a $b $b $c (local.get 0))) (nop)) (nop)) (nop))
      (func (export "main") (local $i i32)
        (loop $l (call $f (local.get $i)) (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $i) (i32.const 9)))))`,
  },
  'code behind branches': {
    source: '(func (export "main") (block (br 0) (nop) (br_if 0 (i32.const 1))) (nop) (return) (nop))',
  },
  'branches that carry values': {
    source: `(func (export "main") (result i32) (local $i i32)
      (block $b (result i32)
        (loop $l (result i32)
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (drop (br_if $b (local.get $i) (i32.gt_u (local.get $i) (i32.const 3))))
          (br $l))))`,
  },
  'references that branch': {
    source: `(func $f (param funcref) (block (result (ref func)) (br_on_non_null 0 (local.get 0)) (return)) (drop))
      (func $g (param funcref) (block (drop (br_on_null 0 (local.get 0))) (nop)))
      (elem declare func $f)
      (func (export "main") (call $f (ref.null func)) (call $f (ref.func $f)) (call $g (ref.func $f)) (call $g (ref.null func)))`,
  },
  casts: {
    source: `(type $s (struct (field i32)))
      (func $f (param anyref) (result i32)
        (drop (block $not (result anyref) (drop (br_on_cast_fail $not anyref (ref $s) (local.get 0))) (return (i32.const 1))))
        (drop (block $is (result (ref null i31)) (drop (br_on_cast $is anyref (ref null i31) (local.get 0))) (nop) (return (i32.const 2))))
        (i32.const 3))
      (func (export "main")
        (drop (call $f (struct.new $s (i32.const 1)))) (drop (call $f (ref.i31 (i32.const 1)))) (drop (call $f (ref.null any)))
        (drop (call $f (array.new $a (i32.const 1) (i32.const 2)))))
      (type $a (array i32))`,
  },
  recursion: {
    source: `(func $fib (param i32) (result i32)
      (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
        (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
      (func (export "main") (result i32) (call $fib (i32.const 9)))`,
  },
  'tail calls': {
    source: `(func $even (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
        (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
      (func $odd (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
        (return_call $even (i32.sub (local.get 0) (i32.const 1))))
      (func (export "main") (result i32) (i32.add (call $even (i32.const 7)) (call $odd (i32.const 4))))`,
  },
  'indirect calls': {
    source: `(table funcref (elem $a $b)) (type $t (func (result i32)))
      (func $a (result i32) (i32.const 1)) (func $b (result i32) (nop) (i32.const 2))
      (func (export "main") (result i32)
        (i32.add (call_indirect (type $t) (i32.const 0)) (i32.add (call_indirect (type $t) (i32.const 1)) (call_ref $t (ref.func $a)))))
      (elem declare func $a)`,
  },
  'a trap between two instructions of a run': {
    source: `(memory 1) (func $f (param i32) (drop (i32.add (i32.load (local.get 0)) (i32.const 1))) (nop))
      (func (export "main") (call $f (i32.const 0)) (call $f (i32.const -1)) (nop))`,
  },
  'a trap in a run that ends in a branch': {
    source: `(func (export "main") (local $i i32)
      (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $l (i32.div_u (i32.const 8) (i32.sub (i32.const 5) (local.get $i))))))`,
  },
  'a trap where one branch alone leads': {
    source: `(func $f (param i32) (if (local.get 0) (then (drop (i32.div_u (i32.const 1) (i32.sub (local.get 0) (i32.const 2)))) (nop))) (nop))
      (func (export "main") (call $f (i32.const 0)) (call $f (i32.const 1)) (call $f (i32.const 2)))`,
  },
  unreachable: { source: '(func $f (nop) (unreachable)) (func (export "main") (nop) (call $f) (nop))' },
  'endless recursion': { source: '(func $f (nop) (call $f)) (func (export "main") (call $f))', fuel: 300 },
  'an exit in the middle': {
    source: `(import "m" "exit" (func $exit)) (func $f (nop) (call $exit) (nop)) (func (export "main") (call $f) (nop))`,
    imports: () => ({
      m: {
        exit: () => {
          throw new HostExit(3);
        },
      },
    }),
  },
  exceptions: {
    source: `(tag $t (param i32))
      (func $throw (param i32) (nop) (throw $t (local.get 0)))
      (func $deep (param i32) (call $throw (local.get 0)) (nop))
      (func $catch (param i32) (result i32)
        (nop)
        (block $h (result i32) (try_table (catch $t $h) (call $deep (local.get 0)) (nop)) (i32.const 0))
        (i32.const 1) (i32.add))
      (func (export "main") (drop (call $catch (i32.const 1))) (nop) (drop (call $catch (i32.const 2))))`,
  },
  'an exception past a frame, twice': {
    source: `(tag $t)
      (func $throw (nop) (throw $t))
      (func $outer (block $h (try_table (catch_all $h) (call $middle))) (nop))
      (func $middle (block $h (result exnref) (try_table (result exnref) (catch_all_ref $h) (call $throw) (ref.null exn))) (throw_ref))
      (func (export "main") (call $outer) (nop) (call $outer) (call $throw))`,
  },
  'legacy exceptions': {
    source: `(tag $t (param i32))
      (func $f (param i32) (nop) (throw $t (local.get 0)))
      (func (export "main") (result i32)
        (try (result i32) (do (call $f (i32.const 1)) (i32.const 5))
          (catch $t (nop) (i32.add (i32.const 2)))
          (catch_all (i32.const 7))) (nop)
        (try (do (try (do (call $f (i32.const 3))) (delegate 0))) (catch_all (nop))) (nop))`,
  },
  'an exception of the host': {
    source: `(import "m" "t" (tag $t)) (import "m" "throw" (func $throw))
      (func $f (nop) (nop) (call $throw) (nop))
      (func (export "main") (nop) (block $h (try_table (catch_all $h) (call $f))) (nop) (nop))`,
    imports: () => {
      const tag = new Tag([]);
      const thrower = instantiate(
        compile('(import "m" "t" (tag $t)) (func (export "throw") (throw $t))'),
        { m: { t: tag } },
        {},
      );
      return { m: { t: tag, throw: () => thrower.call('throw') } };
    },
  },
  'calls back from the host, one of which traps': {
    source: `(import "m" "back" (func $back (param i32)))
      (func (export "inner") (param i32) (nop) (drop (i32.div_u (i32.const 1) (local.get 0))) (nop))
      (func (export "main") (nop) (call $back (i32.const 1)) (nop) (call $back (i32.const 0)) (nop) (nop))`,
    imports: (self) => ({
      m: {
        back: (value: number) => {
          if (value === 1) self().call('inner', value);
          else expect(() => self().call('inner', value)).toThrow('divide by zero');
        },
      },
    }),
  },
};

describe('counts agree with a probe at every instruction', () => {
  it.each(Object.entries(programs))('%s', (_, program) => {
    const { seen } = agree(program);
    // A program that does not run as meant would agree, too.
    expect(seen.instructionCount).toBeGreaterThan(0);
  });

  it('wherever fuel ends', () => {
    for (const { source, imports } of Object.values(programs)) {
      for (let fuel = 1; fuel < 40; fuel += 5) agree({ source, imports, fuel });
    }
  });
});

describe('random programs', () => {
  /** Statements over a counter in local 0: structured, all sorts of branches, possibly endless. */
  const statement = fc.letrec<{ list: string; one: string }>((tie) => ({
    list: fc.array(tie('one'), { maxLength: 4 }).map((parts) => parts.join(' ')),
    one: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant('(nop)'),
      fc.constant('(local.set 0 (i32.mul (i32.add (local.get 0) (i32.const 7)) (i32.const 13)))'),
      fc.constant('(drop (i32.div_u (i32.const 9) (i32.and (local.get 0) (i32.const 31))))'),
      fc.constant('(call $other (local.get 0))'),
      fc.constant('(br_if 0 (i32.and (local.get 0) (i32.const 4)))'),
      fc.constant('(br_table 0 1 0 1 (i32.and (local.get 0) (i32.const 7)))'),
      fc.constant('(br 0)'),
      fc.constant('(return)'),
      tie('list').map((list) => `(block ${list})`),
      tie('list').map((list) => `(loop ${list})`),
      tie('list').map((list) => `(if (i32.and (local.get 0) (i32.const 2)) (then ${list}))`),
      fc
        .tuple(tie('list'), tie('list'))
        .map(([a, b]) => `(if (i32.and (local.get 0) (i32.const 1)) (then ${a}) (else ${b}))`),
    ),
  }));

  it('agree', () => {
    fc.assert(
      fc.property(statement.list, statement.list, fc.integer({ min: 1, max: 400 }), (main, other, fuel) => {
        const source = `(func (export "main") (param i32) (block (block ${main})))
          (func $other (param i32) (block (block ${other})))`;
        agree({ source, fuel, call: ['main', fuel] });
      }),
      { numRuns: 100 },
    );
  });
});

describe('code that goes to extremes', () => {
  const DEPTH = 5000;
  const nested = (open: string, inner: string, close: string) => open.repeat(DEPTH) + inner + close.repeat(DEPTH);
  const labels = Array.from({ length: DEPTH }, (_, i) => i).join(' ');

  it.each<[string, string, number]>([
    ['blocks, and a table of all their labels', nested('(block ', `(br_table ${labels} (local.get 0))`, ')'), 2],
    ['branches in both arms', nested('(if (local.get 0) (then ', '(nop)', ') (else (nop)))'), 1],
    ['branches one in the other’s else', nested('(if (local.get 0) (then (nop)) (else ', '(nop)', '))'), 0],
    ['loops', nested('(loop ', '(br_if 0 (i32.const 0))', ')'), 0],
  ])('%s', (_, body, value) => {
    const { seen, map, counter } = monitored({
      source: `(func (export "main") (param i32) ${body})`,
      call: ['main', value],
    });
    expect(map.instructionCount).toBeGreaterThan(DEPTH);
    expect(seen.error).toBe('');
    const counted = counter.instructionCounts().reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(seen.instructionCount);
  });
});

describe('a guest that stands', () => {
  interface Part {
    /** Instructions before and while it is looked at. */
    readonly from: number;
    readonly length: number;
    /** What else has a probe everywhere, so that the guest stands at probes. */
    readonly withProbes: boolean;
  }

  const parts: Part[] = [true, false].flatMap((withProbes) =>
    Array.from({ length: 9 }, (_, i) => 7 * i).flatMap((from) =>
      [0, 1, 10, 1000].map((length) => ({ from, length, withProbes })),
    ),
  );

  it.each(['recursion', 'br_table', 'if with and without else', 'exceptions'])('is counted: %s', (name) => {
    const { source } = programs[name]!;
    const whole = monitored({ source });
    for (const { from, length, withProbes } of parts) {
      if (from >= whole.seen.instructionCount) continue;
      const { store, instance, session } = run({ source });
      if (withProbes) session.addProbe('*', { before: () => undefined });
      session.call('main');
      session.run({ budget: from });
      const began = store.instructionCount;
      const context = new MonitorContext({
        probing: probingOf(session, instance.entry),
        instructionCount: () => store.instructionCount,
        title: 'test',
      });
      const counter = context.runCounter();
      const { tree } = context.callRecorder();
      if (length > 0) session.run({ budget: length });
      context.finish();
      const ran = store.instructionCount - began;
      const counts = counter.instructionCounts();
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(ran);
      expect(counts.every((count) => count >= 0)).toBe(true);
      expect([tree.totals()[0], tree.selfs[0]]).toEqual([ran, 0]);
      if (from === 0 && length === 1000) expect(pathsOf(tree)).toEqual(whole.seen.selfs);
      session.close();
    }
  });

  it('at breakpoints, too', () => {
    const { source } = programs.recursion!;
    const whole = monitored({ source });
    const { instance, session, store } = run({ source });
    const context = new MonitorContext({
      probing: probingOf(session, instance.entry),
      instructionCount: () => store.instructionCount,
      title: 'test',
    });
    const counter = context.runCounter();
    const sites = Object.keys(whole.seen.instructions).map(Number);
    for (const byteOffset of sites) session.addBreakpoint({ byteOffset });
    let stop = session.call('main');
    for (let stops = 0; stop.reason !== 'exit' && stops < 10_000; stops++) stop = session.run();
    context.finish();
    expect(stop.reason).toBe('exit');
    expect(counter.instructionCounts()).toEqual(whole.counter.instructionCounts());
  });
});

describe('calls that wait for the host', () => {
  it('are counted on several fibers at once', async () => {
    const source = `(import "m" "wait" (func $wait (param i32)))
      (func $f (param i32) (nop) (call $wait (local.get 0)) (nop) (nop))
      (func (export "main") (param i32)
        (loop $l (call $f (local.get 0)) (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br_if $l (i32.gt_s (local.get 0) (i32.const 0)))))`;
    const store = new Store();
    const wait = async (turns: number) => {
      for (let i = 0; i < turns; i++) await Promise.resolve();
    };
    const instance = instantiate(compile(source), { m: { wait } }, { store });
    const session = inspect(instance);
    const context = new MonitorContext({
      probing: probingOf(session, instance.entry),
      instructionCount: () => store.instructionCount,
      title: 'test',
    });
    const counter = context.runCounter();
    const { tree } = context.callRecorder();
    await Promise.all([3, 1, 5].map((turns) => instance.callAsync('main', [turns])));
    context.finish();
    session.close();
    const counted = counter.instructionCounts().reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(store.instructionCount);
    expect(tree.totals()[0]).toBe(store.instructionCount);
    expect(tree.callCounts.reduce((sum, count) => sum + count, 0)).toBe(store.callCount);
    // 9 calls of f with 5 instructions each, whoever waited in between.
    expect(pathsOf(tree)).toEqual({ '2': store.instructionCount - 45, '2>1': 45 });
  });
});

describe('pairs', () => {
  it.each(Object.entries(programs))('%s', (_, program) => {
    const { counter } = monitored(program);
    const expected = bruteForcePairs(program);
    const found = Object.fromEntries(pairCounts(counter).map(({ mnemonics, count }) => [mnemonics.join(), count]));
    expect(found).toEqual(expected);
  });

  /** Neighbours in one frame, but for a call and what follows it. */
  function bruteForcePairs(program: Program): Record<string, number> {
    const { store, session, start } = run(program);
    const visits: { mnemonic: string; depth: number; count: number }[] = [];
    session.addProbe('*', {
      before: ({ mnemonic, depth, instructionCount }) => visits.push({ mnemonic, depth, count: instructionCount }),
    });
    start();
    session.close();
    const pairs: Record<string, number> = {};
    visits.forEach(({ mnemonic, depth, count }, i) => {
      const last = visits[i - 1];
      // The last one may have been asked for and found no fuel.
      if (last === undefined || count >= store.instructionCount) return;
      if (last.depth !== depth || /call|throw|return/.test(last.mnemonic)) return;
      const pair = `${last.mnemonic},${mnemonic}`;
      pairs[pair] = (pairs[pair] ?? 0) + 1;
    });
    return pairs;
  }
});
