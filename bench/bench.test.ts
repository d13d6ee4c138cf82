/**
 * Keeps the benchmark from rotting: its statistics, its texts, and each suite's pieces with the least there is to
 * run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCoremark, missingAdvice } from '../coremark/source.mjs';
import { coremarkTask, expectedCrcs, iterationsRun, withOwnClock } from '../coremark/task.mjs';
import { build } from '../scripts/build.mjs';
import { portableLibrary } from '../scripts/portable.mjs';
import * as glassbox from '../src/index.ts';
import { barsOf, ratioChart } from './chart.mjs';
import { findProgram } from './find-program.mjs';
import { isSameNumber, timeTask } from './hosts/in-host.mjs';
import { timeOperations } from './in-process.mjs';
import { isSameResult, kernels, kernelText } from './kernels.mjs';
import { copyBuild } from './library.mjs';
import { peerNames, startPeer } from './peer.mjs';
import { instantiate as instantiateNaive } from './peers/naive/interpreter.mjs';
import { commandText, runProcess } from './process-peer.mjs';
import { withPaths } from './programs.mjs';
import { changesOf, comparisonText, ratiosIn, regressionsIn } from './results.mjs';
import { ratioTable, type TaskTimes, timeTasks } from './rounds.mjs';
import {
  estimate,
  geometricMean,
  meanEstimate,
  median,
  ratioOf,
  ratioText,
  spread,
  tableMarkdown,
  tableText,
} from './statistics.mjs';
import { executedIn } from './suites/memory.mjs';
import { startRows, timeStart } from './suites/start.mjs';
import { type ThreadTimes, threadRows, timeThreads } from './suites/threads.mjs';
import { kernelTasks } from './tasks.mjs';

const { compile, instantiate, Store } = glassbox;

let copy: ReturnType<typeof copyBuild>;
const folder = mkdtempSync(join(tmpdir(), 'glassbox-bench-test-'));

beforeAll(async () => {
  await build({ types: false });
  copy = copyBuild();
}, 240_000);

afterAll(() => {
  copy.remove();
  rmSync(folder, { recursive: true });
});

describe('statistics', () => {
  test.each([
    { values: [3], middle: 3, part: 0 },
    { values: [1, 9], middle: 5, part: 0.8 },
    { values: [4, 1, 3, 2, 5], middle: 3, part: 1 / 3 },
    { values: [10, 10, 10, 1000, 10], middle: 10, part: 0 },
  ])('median and spread of $values', ({ values, middle, part }) => {
    expect(median(values)).toBe(middle);
    expect(spread(values)).toBeCloseTo(part);
  });

  test('a ratio is taken round by round, so that a slow machine is not in it', () => {
    expect(ratioOf([10, 30, 20], [5, 15, 10])).toEqual({ median: 2, spread: 0 });
    expect(ratioOf([10, 30], [5])).toMatchObject({ median: 4 });
  });

  test('the mean of ratios is geometric, and its spread shrinks with their number', () => {
    expect(geometricMean([1, 4, 16])).toBeCloseTo(4);
    const mean = meanEstimate([
      { median: 0.5, spread: 0.2 },
      { median: 2, spread: 0.2 },
    ]);
    expect(mean.median).toBeCloseTo(1);
    expect(mean.spread).toBeCloseTo(0.1414, 3);
  });

  test.each([
    [0.054, '0.05 ±1%'],
    [1.234, '1.23 ±1%'],
    [2.34, '2.3 ±1%'],
    [23.4, '23 ±1%'],
  ])('%d is written %s', (value, text) => {
    expect(ratioText({ median: value, spread: 0.01 })).toBe(text);
  });

  test('tables', () => {
    const rows = [
      ['', 'a'],
      ['long', '10'],
    ];
    expect(tableText(rows)).toBe('       a\nlong  10');
    expect(tableMarkdown(rows)).toBe('|      |   a |\n| ---- | --: |\n| long |  10 |');
  });
});

describe('results', () => {
  const times = (own: number[], other: number[], peer = 'naive'): TaskTimes[] => [
    {
      name: 'fib',
      about: '',
      n: 1,
      peers: {
        glassbox: { ...estimate(own), roundsMs: own },
        [peer]: { ...estimate(other), roundsMs: other },
      },
    },
  ];

  test.each([
    { name: 'a slower machine is no regression', now: times([20, 20], [200, 200]), change: 1, count: 0 },
    { name: 'slower beside the peer', now: times([15, 15], [100, 100]), change: 1.5, count: 1 },
    {
      name: 'slower within the spread',
      now: times([5, 8, 12, 16, 20], [100, 100, 100, 100, 100]),
      change: 1.2,
      count: 0,
    },
    { name: 'a little slower', now: times([10.5, 10.5], [100, 100]), change: 1.05, count: 0 },
    { name: 'faster', now: times([5, 5], [100, 100]), change: 0.5, count: 0 },
  ])('$name', ({ now, change, count }) => {
    const changes = changesOf(now, times([10, 10], [100, 100]));
    expect(changes[0]?.change).toBeCloseTo(change);
    expect(regressionsIn(changes)).toHaveLength(count);
  });

  test('without a peer that both have, nothing is compared', () => {
    expect(changesOf(times([1], [1], 'wasm3'), times([1], [1]))).toEqual([]);
    expect(changesOf(times([1], [1], 'glassbox-halves'), times([1], [1], 'glassbox-halves'))).toEqual([]);
  });

  test('a comparison names what is slower', () => {
    const report = (own: number) => ({
      date: '2026-11-21T00:00:00Z',
      host: 'node',
      machine: '',
      load: [],
      rounds: 2,
      missing: [],
      kernels: times([own, own], [100, 100]),
    });
    expect(comparisonText(report(20), report(10))).toContain('SLOWER fib: +100 %');
    expect(comparisonText(report(10), report(20))).not.toContain('SLOWER');
  });

  test('a chart has a bar for each peer, and is well-formed', () => {
    const svg = ratioChart({ title: 'a < b', axis: 'x', bars: barsOf(ratiosIn(times([10], [100]))) });
    expect(svg.match(/<rect/g)).toHaveLength(1);
    expect(svg).toContain('10.0× faster');
    expect(svg).toContain('a &lt; b');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('kernels', () => {
  test.each(kernels.map(({ name }) => name))('%s gives what is written down', (name) => {
    const module = compile(kernelText(name));
    const { tiny } = kernels.find((kernel) => kernel.name === name)!.sizes;
    const run = (loop: 'switch' | 'handlers') =>
      String(instantiate(module, {}, { store: new Store({ loop }) }).call('run', tiny.n));
    expect(isSameResult(run('switch'), tiny.result)).toBe(true);
    expect(isSameResult(run('handlers'), tiny.result)).toBe(true);
  });

  const scalar = kernels.filter(({ name }) => !name.startsWith('simd'));
  test.each(scalar.map(({ name }) => name))('the naive interpreter runs %s', (name) => {
    const { tiny } = kernels.find((kernel) => kernel.name === name)!.sizes;
    const { run } = instantiateNaive(compile(kernelText(name)).bytes).exports;
    expect(isSameResult(String(run!(tiny.n)), tiny.result)).toBe(true);
  });

  test('the naive interpreter refuses vectors', () => {
    expect(() => instantiateNaive(compile(kernelText('simd_i32')).bytes)).toThrow('vectors are not known');
  });

  test.each([
    ['-1', '4294967295', true],
    ['-1', '18446744073709551615', true],
    ['-9223372036854775808', '9223372036854775808', true],
    ['1', '2', false],
    ['0.5', '5e-1', true],
    ['0.5', '0.25', false],
    ['9007199254740993', '9007199254740992', false],
  ])('%s and %s are the same: %s', (left, right, same) => {
    expect(isSameResult(left, right)).toBe(same);
  });

  test('a kernel as a command traps when its result is another', () => {
    const text = kernelText('fib');
    const run = (result: string) => instantiate(compile(commandText(text, { n: 5, result }))).call('_start');
    expect(() => run('5')).not.toThrow();
    expect(() => run('6')).toThrow('unreachable');
  });
});

describe('peers', () => {
  const inNode = ['glassbox', 'glassbox-handlers', 'naive', 'polywasm', 'wasm2js', 'host'];

  test('interleaved rounds of those that run in node', async () => {
    const said: string[] = [];
    const options = { rounds: 2, peerNames: inNode, library: copy.library, say: (text: string) => said.push(text) };
    const { times, missing } = await timeTasks(kernelTasks('tiny', ['fib', 'mix64']), options);
    expect(missing).toEqual([]);
    expect(said).toEqual(['fib', 'mix64']);
    for (const { peers } of times) {
      expect(Object.keys(peers)).toEqual(inNode);
      for (const { roundsMs } of Object.values(peers)) expect(roundsMs).toHaveLength(2);
      expect(peers.glassbox?.instructions).toBeGreaterThan(100);
    }
    expect(ratioTable(times)).toContain('÷ naive');
  }, 180_000);

  test('who does not know a kernel is left out of it, who is not there is missing', async () => {
    const said: string[] = [];
    const { PATH, GLASSBOX_PEERS } = process.env;
    process.env.PATH = '/nowhere';
    process.env.GLASSBOX_PEERS = '';
    try {
      const { times, missing } = await timeTasks(kernelTasks('tiny', ['simd_i32']), {
        rounds: 1,
        peerNames: ['glassbox', 'naive', 'wasmi', 'wasm3'],
        library: copy.library,
        say: (text) => said.push(text),
      });
      expect(missing).toEqual(['wasmi', 'wasm3']);
      expect(Object.keys(times[0]!.peers)).toEqual(['glassbox']);
    } finally {
      process.env.PATH = PATH;
      process.env.GLASSBOX_PEERS = GLASSBOX_PEERS ?? '';
    }
    expect(said.join('\n')).toMatch(/naive is left out of simd_i32: vectors/);
    expect(said.join('\n')).toMatch(/missing: wasm3 \(pip install/);
  }, 180_000);

  test('a peer without WebAssembly under it says so', async () => {
    const peer = startPeer('host', ['--jitless']);
    const { error } = await peer.ask({ load: 'x.wasm' });
    peer.stop();
    expect(error).toBeTypeOf('string');
  });

  test('an unknown one is refused with the names there are', () => {
    expect(() => startPeer('v9')).toThrow(peerNames.join(', '));
  });

  test.skipIf(process.platform === 'win32')('programs are looked for in GLASSBOX_PEERS first', () => {
    const program = join(folder, 'wasmi');
    writeFileSync(program, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    expect(findProgram('wasmi', { GLASSBOX_PEERS: folder, PATH: '/nowhere' })).toBe(program);
    expect(findProgram('wasmi', { PATH: '/nowhere' })).toBeUndefined();
  });

  test('a process: its output, its exit code, its peak of memory', async () => {
    const script = 'process.stdin.on("data", (d) => process.stdout.write(d)); setTimeout(() => process.exit(7), 200)';
    const ended = await runProcess(process.execPath, ['-e', script], {
      stdin: new Uint8Array([104, 105]),
      watchesMemory: true,
    });
    expect([ended.code, ended.stdout.toString()]).toEqual([7, 'hi']);
    if (existsSync('/proc/self/status')) expect(ended.peakBytes).toBeGreaterThan(1e6);
    expect((await runProcess('/no/such/program', [])).code).toBe(127);
  });

  test.each([
    ['/t.js', '/', '/data/t.js'],
    ['/srcs', '/srcs', '/data'],
    ['/srcs/a.c', '/srcs', '/data/a.c'],
    ['-n', '/srcs', '-n'],
    ['/srcsx', '/srcs', '/srcsx'],
  ])('%s below %s is %s', (arg, guest, expected) => {
    expect(withPaths(arg, [{ guest, host: '/data' }])).toBe(expected);
  });
});

describe('coremark', () => {
  test('it says when it is not there', () => {
    expect(() => findCoremark({ COREMARK_WASM: join(folder, 'none.wasm') })).toThrow('does not exist');
    expect(missingAdvice).toContain('COREMARK_WASM');
  });

  test('the right CRCs, and the iterations with those for trial', () => {
    expect(BigInt.asUintN(64, BigInt(expectedCrcs(20))).toString(16)).toBe('8e3a1fd7e7144983');
    expect([20, 110, 1100].map(iterationsRun)).toEqual([30, 120, 1210]);
    expect(() => expectedCrcs(21)).toThrow('not written down');
  });

  /**
   * As CoreMark's module looks from outside: main takes trial iterations until a second has passed, then the real
   * ones.
   */
  const likeCoremark = `(module
  (type (;0;) (func (result i64)))
  (import "env" "clock_ms" (func (;0;) (type 0) (result i64)))
  (memory (;0;) 1)
  (global (;0;) (mut i32) (i32.const 512))
  (export "run" (func 2))
  (func (;1;) (type 0) (result i64)
    call 0)
  (func (;2;) (result f32)
    (local $iterations i32) (local $begin i64) (local $ms i64)
    (local.set $iterations (i32.const 1))
    (loop $trial
      (local.set $iterations (i32.mul (local.get $iterations) (i32.const 10)))
      (local.set $begin (call 1))
      (local.set $ms (i64.sub (call 1) (local.get $begin)))
      (br_if $trial (i64.lt_u (local.get $ms) (i64.const 1000))))
    (local.set $iterations
      (i32.mul (local.get $iterations)
        (i32.add (i32.const 1) (i32.div_u (i32.const 10) (i32.wrap_i64 (i64.div_u (local.get $ms) (i64.const 1000)))))))
    (i32.store offset=56 (i32.const 432) (local.get $iterations))
    (local.set $begin (call 1))
    (if (result f32) (i64.eq (i64.sub (call 1) (local.get $begin)) (i64.const 10000))
      (then (f32.const 1)) (else (f32.const 0)))))`;

  test.each([20, 30, 40, 60, 110, 200, 600, 1100, 11000])('the clock leads to %d iterations', (n) => {
    const instance = instantiate(compile(withOwnClock(likeCoremark)));
    expect(instance.call('run', n)).toBe(BigInt(n));
    expect(instance.call('run', n)).toBe(BigInt(n));
  });

  test('another module is refused', () => {
    expect(() => withOwnClock('(module)')).toThrow('not the CoreMark module');
  });

  const source = findCoremark();
  test.skipIf(source === undefined)(
    'CoreMark itself, with its CRCs',
    () => {
      const task = coremarkTask(glassbox.printModule(compile(source!.bytes).syntax), 'small');
      expect(instantiate(compile(task.text)).call('run', task.size.n)).toBe(BigInt(task.size.result));
    },
    60_000,
  );

  test('what is fetched must have the hash', () => {
    const other = `data:application/wasm;base64,AGFzbQEAAAA=`;
    const target = join(folder, 'fetched.wasm');
    const args = ['coremark/fetch.mjs', '--from', other, '--to', target];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect([status, existsSync(target)]).toEqual([1, false]);
    expect(stderr).toContain('is another file: sha256 ');
  });
});

describe('hosts', () => {
  const { sizes } = kernels.find(({ name }) => name === 'mix64')!;
  const task = {
    name: 'mix64',
    hex: Buffer.from(compile(kernelText('mix64')).bytes).toString('hex'),
    ...sizes.tiny,
  };

  test('all engines take turns in one thread', () => {
    const engines = ['glassbox', 'glassbox-halves', 'naive'];
    const series = timeTask(glassbox, task, engines, 2, isSameNumber);
    expect(series.map(({ engine, roundsMs }) => [engine, roundsMs?.length])).toEqual(engines.map((name) => [name, 2]));
  });

  test('a wrong result is told', () => {
    const [series] = timeTask(glassbox, { ...task, result: '5' }, ['naive'], 2, isSameNumber);
    expect(series).toMatchObject({ error: expect.stringContaining('not 5') });
    expect(series?.roundsMs).toBeUndefined();
  });

  test('the library as one script has no `import()`, which old Hermes does not read', async () => {
    expect(await portableLibrary()).not.toMatch(/(?<![.\w])import\(/);
  }, 60_000);

  test('the whole script, in the QuickJS that is a package', () => {
    const json = join(folder, 'quickjs.json');
    const args = ['scripts/bench.mjs', '--host', 'quickjs-emscripten', '--suites', 'kernels', '--rounds', '1'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args, '--json', json, 'exceptions'], {
      encoding: 'utf8',
    });
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    expect(stdout).toContain('÷ naive');
    const { kernels: times } = JSON.parse(readFileSync(json, 'utf8'));
    expect(Object.keys(times[0].peers)).toEqual(['glassbox', 'naive']);
  }, 300_000);
});

describe('start and memory', () => {
  test('operations in the process', () => {
    const module = join(folder, 'fib.wasm');
    writeFileSync(module, compile(kernelText('fib')).bytes);
    const figures = timeOperations(glassbox, { seconds: 0.05, modules: [module] });
    expect(figures.map(({ name }) => name)).toContain('decode and validate fib.wasm');
    for (const { value, samples } of figures) {
      expect(value).toBeGreaterThan(0);
      expect(samples).toBeGreaterThan(0);
    }
  }, 180_000);

  test('the start of the program, and the first instruction of a module', () => {
    const module = join(folder, 'command.wasm');
    writeFileSync(module, compile(commandText(kernelText('fib'), { n: 5, result: '5' })).bytes);
    const times = timeStart({ ...copy, rounds: 1, seconds: 0.05, modules: [module] });
    expect(times.firstInstruction.map(({ name }) => name)).toEqual(['command.wasm']);
    expect(startRows(times).flat().join(' ')).not.toMatch(/NaN|undefined/);
  }, 180_000);

  test('bytes of the functions that ran', () => {
    const coverage = `coverage of a.wasm
instructions  1,000 of 4,000 (25.0 %)

  instructions               branches           function
        900 of 1,500  60.0 %                         func 19
      100 of 500   20.0 %        1 of 4   25.0 %  _start
`;
    expect(executedIn(coverage, '  code      0x8f     8,000 bytes    15 entries\n')).toBe(4000);
  });
});

describe('threads', () => {
  test('each task with each number of threads', async () => {
    const all = await timeThreads({ ...copy, rounds: 1, part: 0.001, say: () => undefined });
    const expected = [
      'compute',
      'atomic',
      'wait-notify',
      'spawn-join',
      ...(findCoremark() === undefined ? [] : ['coremark']),
    ];
    expect(all.map(({ name }) => name)).toEqual(expected);
    for (const { name, threads } of all) {
      expect(Object.keys(threads)).toEqual(name === 'coremark' ? ['1', '2'] : ['1', '2', '4', '8']);
      for (const { roundsMs } of Object.values(threads)) expect([roundsMs.length, roundsMs[0]! > 0]).toEqual([1, true]);
    }
  }, 180_000);

  test('the table tells how much more is done in a time', () => {
    const series = (median: number) => ({ median, spread: 0.02, roundsMs: [] });
    const times: ThreadTimes[] = [
      { name: 'shared', about: '', isShared: true, n: 8, threads: { 1: series(100), 2: series(50), 4: series(8) } },
      { name: 'each', about: '', isShared: false, n: 8, threads: { 1: series(100), 2: series(110) } },
    ];
    expect(threadRows(times).slice(1)).toEqual([
      ['shared', '100 ms ±2%', '50 ms ±2%, 2.00×', '8.00 ms ±2%, 12.50×', ''],
      ['each', '100 ms ±2%', '110 ms ±2%, 1.82×', '', ''],
    ]);
  });
});
