/** The engines side by side, and what becomes of one that is missing, dies or hangs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { parseModule } from '../../text/index.ts';
import type { Engine, Outcome, PreparedCase } from '../case.ts';
import { compareOutcomes } from '../compare.ts';
import { prepareCase } from '../prepare/index.ts';
import { LineChild } from './child.ts';
import { findEngine, glassboxEngine, isMissing, wasmtimeEngine } from './index.ts';
import { crc32InScript, MemoryWatch, memoryState } from './observe.ts';
import { type Said, wasmiOutcome } from './wasmi.ts';

const limits = { timeoutMs: 2000, maxMemoryBytes: 2 ** 26 };

function prepared(text: string, args: readonly string[] = [], fuel = 100): PreparedCase {
  const { bytes } = parseModule(text);
  const calls = [{ funcidx: 0, args }];
  return prepareCase({ name: 'test', seed: 2, bytes, calls, importSeed: 0, nans: 'after', fuel });
}

const found = await Promise.all([findEngine('v8', 'x'), findEngine('wasmtime', 'x'), findEngine('clear', 'x')]);
const engines = [glassboxEngine('fast', 'x'), ...found.filter((each): each is Engine => !isMissing(each))];
afterAll(() => {
  for (const engine of engines) engine.close();
});

/** What the engines must agree in; what a trap is called may differ. */
function facts(outcome: Outcome | undefined) {
  if (outcome?.kind !== 'ran') throw new Error(outcome?.message);
  return outcome.observations.map(({ ending, log, memories, state }) => {
    const told = ending.kind === 'trap' ? { kind: 'trap' } : ending;
    return { ending: told, log: [...log], memories, state };
  });
}

describe('every engine that is here observes the same', () => {
  const cases: Readonly<Record<string, string>> = {
    'results and globals':
      '(module (global (mut i64) (i64.const -1)) (func (result i32 f64) (i32.const 1) (f64.const -0)))',
    'a trap and the memory before it': `(module (memory 2) (data (i32.const 70000) "x")
      (func (i32.store (i32.const 4) (i32.const 5)) (i32.store (i32.const 131072) (i32.const 5))))`,
    'a trapping start': '(module (func) (func $s unreachable) (start $s))',
    'memory that grew': '(module (memory 1) (func (result i32) (memory.grow (i32.const 2))))',
    tables: '(module (table 3 funcref) (elem (i32.const 1) 0) (func (result i32) (table.size 0)))',
    'fuel that is used up': '(module (func (loop (br 0))))',
  };
  test.each(Object.entries(cases))('%s', async (_, text) => {
    const each = prepared(text);
    const outcomes = await Promise.all(engines.map((engine) => engine.run([each], limits)));
    const [ours, ...others] = outcomes.map(([outcome]) => facts(outcome));
    for (const other of others) expect(other).toEqual(ours);
  });

  test('calls of imports', async () => {
    const text = '(module (import "a" "b" (func (param i64))) (func (call 0 (i64.const -2))))';
    const { bytes } = parseModule(text);
    const calls = [{ funcidx: 1, args: [] }];
    const each = prepareCase({ name: 'test', seed: 2, bytes, calls, importSeed: 0, nans: 'none', fuel: 0 });
    for (const engine of engines) {
      const [outcome] = await engine.run([each], limits);
      expect(facts(outcome)[1]!.log).toEqual([[0, 'fffffffffffffffe']]);
    }
  });
});

test('endless recursion is inconclusive where it exhausts the stack', async () => {
  const each = prepared('(module (func (call 0)))', [], 0);
  for (const engine of engines) {
    const [outcome] = await engine.run([each], limits);
    const ending = outcome?.kind === 'ran' ? outcome.observations[1]?.ending : undefined;
    expect(ending).toMatchObject({ kind: 'inconclusive', reason: 'stack' });
  }
});

test('a module that an engine does not know is not supported', async () => {
  const [outcome] = await engines[1]!.run(
    [prepared('(module (func (result (ref i31)) (ref.i31 (i32.const 1))))')],
    limits,
  );
  const modern = Number(process.versions.v8.split('.')[0]) >= 12;
  expect(outcome?.kind).toBe(modern ? 'ran' : 'unsupported');
});

/** wasmtime in another Python. */
async function wasmtimeBy(python: string) {
  const before = process.env.GLASSBOX_PYTHON;
  process.env.GLASSBOX_PYTHON = python;
  try {
    return await wasmtimeEngine();
  } finally {
    if (before === undefined) delete process.env.GLASSBOX_PYTHON;
    else process.env.GLASSBOX_PYTHON = before;
  }
}

describe('an engine in a child process', () => {
  // Linux knows such a limit, and only where wasmtime is there can it be short of addresses.
  const hasWasmtime = process.platform === 'linux' && engines.some(({ name }) => name === 'wasmtime');

  test.runIf(hasWasmtime).each([
    { name: 'gives the addresses of ended cases back', limitKiB: 48 * 2 ** 20, expected: new Set(['results']) },
    { name: 'says nothing about a module when there are none', limitKiB: 2 ** 21, expected: new Set(['inconclusive']) },
  ])('that $name', async ({ limitKiB, expected }) => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-engines-'));
    const python = join(folder, 'python');
    writeFileSync(python, `#!/bin/sh\nulimit -v ${limitKiB}\nexec python3 "$@"\n`, { mode: 0o755 });
    const engine = await wasmtimeBy(python);
    if (isMissing(engine)) throw new Error(engine.missing);
    // What is called back holds the store. A memory reserves some 4 GiB.
    const { bytes } = parseModule('(module (import "a" "b" (func)) (memory 1) (func (call 0)))');
    const calls = [{ funcidx: 1, args: [] }];
    const each = prepareCase({ name: 'test', seed: 2, bytes, calls, importSeed: 0, nans: 'none', fuel: 0 });
    const outcomes = await engine.run(Array<PreparedCase>(24).fill(each), limits);
    engine.close();
    rmSync(folder, { recursive: true });
    const endings = outcomes.map((outcome) => facts(outcome).at(-1)!.ending.kind);
    expect(new Set(endings)).toEqual(expected);
  });

  test('that is missing says how to get it', async () => {
    const missing = await wasmtimeBy('no-such-python');
    expect('missing' in missing && missing.missing).toMatch(/pip install wasmtime/);
  });

  test('answers line by line, and is started again after it died', async () => {
    const script =
      "process.stdin.on('data', (d) => String(d) === 'die\\n' ? process.exit(3) : console.log('got ' + String(d).trim()))";
    const child = new LineChild(process.execPath, ['-e', script]);
    expect(await child.ask('one', 20_000)).toBe('got one');
    await expect(child.ask('die', 20_000)).rejects.toMatchObject({
      kind: 'died',
      message: expect.stringMatching(/exit code 3/),
    });
    expect(await child.ask('two', 20_000)).toBe('got two');
    child.close();
  });

  test('is ended when it does not answer in time', async () => {
    const child = new LineChild(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await expect(child.ask('hello', 300)).rejects.toMatchObject({ kind: 'late' });
    expect(child.isRunning).toBe(false);
  });
});

describe('what wasmi 2.0 says', () => {
  const said: readonly [string, Partial<Said>, unknown][] = [
    ['results, one a line', { ok: true, stdout: '-7\n5\n' }, { bits: ['fffffffffffffff9', '0000000000000005'] }],
    ['no results', { ok: true }, { kind: 'results', bits: [] }],
    [
      'a trap',
      { stderr: 'Error: failed during execution of call3: wasm `unreachable` instruction executed\n' },
      { kind: 'trap', traps: ['unreachable'] },
    ],
    [
      'a trap of a table',
      { stderr: 'Error: failed during execution of f: undefined element: out of bounds table access' },
      { traps: ['undefined-element', 'table-out-of-bounds'] },
    ],
    [
      'too deep recursion',
      { stderr: 'Error: failed during execution of f: call stack exhausted' },
      { reason: 'stack' },
    ],
    ['nothing in time', { late: true }, { reason: 'time' }],
  ];
  test.each(said)('%s', (_, how, ending) => {
    const outcome = wasmiOutcome({ ok: false, late: false, stdout: '', stderr: '', ...how });
    expect(outcome).toMatchObject({ kind: 'ran', observations: [{ ending: { bits: [] } }, { ending }] });
  });

  test('a trap of the start function, and a module that it does not take', () => {
    const outcome = (stderr: string) => wasmiOutcome({ ok: false, late: false, stdout: '', stderr });
    expect(
      outcome('Error: failed to instantiate and start the Wasm module: out of bounds memory access'),
    ).toMatchObject({
      observations: [{ ending: { kind: 'trap', traps: ['memory-out-of-bounds'] } }],
    });
    const refused = 'Error: failed to compile Wasm module "d.wasm": threads must be enabled for shared memories';
    expect(outcome(refused)).toEqual({ kind: 'unsupported', message: refused });
  });
});

const wasmi = await findEngine('wasmi', 'x');

describe('wasmi itself', () => {
  if (isMissing(wasmi)) {
    test.skip(`is missing: ${wasmi.missing}`, () => {});
    return;
  }
  const cases: Readonly<Record<string, [text: string, args: string[], funcidx: number]>> = {
    'results with their bits': [
      '(module (func (param f64 i32) (result f64 i32) (f64.neg (local.get 0)) (local.get 1)))',
      ['7ff0000000000001', 'ffffffff'],
      0,
    ],
    'a trap': ['(module (func (result i32) (i32.div_s (i32.const 1) (i32.const 0))))', [], 0],
    'a call of an import': [
      '(module (import "a" "b" (func (param i64) (result i32))) (func (result i32) (call 0 (i64.const 4))))',
      [],
      1,
    ],
    'a start function that traps': ['(module (func) (func $s unreachable) (start $s))', [], 0],
  };
  test.each(Object.entries(cases))('%s', async (_, [text, args, funcidx]) => {
    const { bytes } = parseModule(text);
    const calls = [{ funcidx, args }];
    const each = prepareCase({ name: 'test', seed: 2, bytes, calls, importSeed: 7, nans: 'after', fuel: 100 });
    const [[mine], [theirs]] = await Promise.all([engines[0]!.run([each], limits), wasmi.run([each], limits)]);
    const verdict = compareOutcomes(each, { engine: 'a', outcome: mine! }, { engine: 'b', outcome: theirs! }, false);
    expect(verdict).toMatchObject({ kind: 'same' });
    expect(theirs).toMatchObject({ kind: 'ran' });
  });
});

describe('memory as hashes', () => {
  test('of blocks that are not zero', () => {
    const memory = new Uint8Array(3 * 65_536);
    memory[5] = 1;
    memory[65_536 + 4096] = 2;
    expect(memoryState(memory).blocks.map(([block]) => block)).toEqual([0, 17]);
  });

  test('that was looked at before', () => {
    const watch = new MemoryWatch();
    const memory = new Uint8Array(65_536);
    const changes: (() => void)[] = [
      () => {},
      () => memory.fill(7, 4000, 5000),
      () => {},
      () => memory.fill(0, 4000, 4096),
      () => memory.set([1], 65_535),
      () => memory.fill(0),
    ];
    for (const change of changes) {
      change();
      expect(watch.look(memory)).toEqual(memoryState(memory));
    }
    const grown = new Uint8Array(131_072);
    grown[100_000] = 1;
    expect(watch.look(grown)).toEqual(memoryState(grown));
  });

  test('the checksum is the one of zlib', () => {
    const { crc32 } = zlib as unknown as { crc32?: (bytes: Uint8Array) => number };
    const bytes = new TextEncoder().encode('123456789');
    expect(crc32InScript(bytes)).toBe(0xcbf4_3926);
    if (crc32 !== undefined) expect(crc32(bytes)).toBe(0xcbf4_3926);
  });
});
