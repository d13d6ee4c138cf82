/**
 * Recordings of real programs: every moment on the way back is what it was on the way there; in a new process they
 * end as they did. And what they are for: finding who corrupted a byte.
 *
 * The programs are not part of the project: see spec-tests/programs.ts. `GLASSBOX_SEED` repeats a run,
 * `GLASSBOX_MOMENTS` says how many moments are gone back to (100 in `npm run long programs`).
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { compile, inspect, instantiate, openRecording, type Session, Store } from '../src/api/index.ts';
import { HostExit } from '../src/syntax/index.ts';
import { openDirectory } from '../src/wasi/host/node/index.ts';
import { type MemoryHost, memoryDirectory, memoryHost, Wasi } from '../src/wasi/index.ts';
import { folder, type Program, programs } from './programs.ts';

const MOMENTS = Number(process.env.GLASSBOX_MOMENTS ?? 40);
const run = promisify(execFile);
const replayer = fileURLToPath(new URL('./replay-recording.mjs', import.meta.url));
const glassbox = fileURLToPath(new URL('../dist/glassbox.cjs', import.meta.url));
const seed = Number(process.env.GLASSBOX_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** Numbers from 0 to 1 for one purpose of one seed. */
function randomOf(purpose: string): () => number {
  let state = createHash('sha256').update(`${seed} ${purpose}`).digest().readUInt32LE(0);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Run {
  readonly session: Session;
  readonly host: MemoryHost;
}

/** Stands before the first instruction. */
function begin(program: Program): Run {
  const host = memoryHost({ stdin: program.stdin === null ? '' : readFileSync(join(folder, program.stdin)) });
  const directory = (path: string) => (path === 'TMP' ? memoryDirectory() : openDirectory(join(folder, path)));
  const preopens = Object.entries(program.preopens ?? {}).map(([name, path]) => [name, directory(path)] as const);
  const args = [basename(program.file), ...program.args];
  const wasi = new Wasi({ args, host, preopens: Object.fromEntries(preopens) });
  const module = compile(readFileSync(join(folder, program.file)));
  const session = inspect(instantiate(module, wasi.imports, { store: new Store(), omitStart: true }));
  session.call('_start');
  return { session, host };
}

function memoryHash(session: Session): string {
  const hash = createHash('sha256');
  for (const { bytes } of session.instance.entry.memories) hash.update(bytes);
  return hash.digest('hex');
}

/** Memory, globals, and all frames with their locals and operands. */
function stateHash(session: Session): string {
  const { globals } = session.instance.entry;
  const frames = session.frames.map(({ funcidx, byteOffset, locals, operands }) => [
    funcidx,
    byteOffset,
    [...locals, ...operands].map(({ text }) => text),
  ]);
  const words = globals.map((global) => [...global.words]);
  return createHash('sha256')
    .update(memoryHash(session))
    .update(JSON.stringify([session.instructionCount, words, frames]))
    .digest('hex');
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(programs.length === 0)(`programs recorded (GLASSBOX_SEED=${seed})`, () => {
  test('sqlite: back from its end to any moment', () => {
    const program = programs.find(({ name }) => name === 'sqlite3-script')!;
    const random = randomOf('moments');
    const moments = Array.from({ length: MOMENTS }, () => Math.floor(random() * program.approx_instructions!));
    const { session } = begin(program);
    session.record();
    const states = new Map<number, string>();
    for (const moment of [...moments].sort((a, b) => a - b)) {
      session.run({ budget: moment - session.instructionCount });
      states.set(session.instructionCount, stateHash(session));
    }
    expect(session.run()).toMatchObject({ reason: 'exit', error: { exitCode: 1 } });
    const end = session.instructionCount;
    for (const moment of moments) {
      session.goTo(moment);
      expect(stateHash(session), `at ${moment} of ${end}`).toBe(states.get(moment));
    }
    expect(session.goTo(end)).toMatchObject({ reason: 'exit', error: { exitCode: 1 } });
    expect(session.history!.problem).toBeUndefined();
  });

  test.concurrent.each(programs.map((program) => [program.name, program] as const))(
    '%s replayed in a new process',
    async (_, program) => {
      const scratch = mkdtempSync(join(tmpdir(), 'glassbox-recordings-'));
      try {
        const { session, host } = begin(program);
        session.record({ checkpoints: false });
        const { reason, error } = session.run();
        expect(error instanceof HostExit ? error.exitCode : 0).toBe(program.exit_code);
        expect(digest(host.output.stdout)).toBe(program.stdout_sha256);
        const path = join(scratch, 'recording');
        writeFileSync(path, session.history!.save());
        const { stdout } = await run(process.execPath, [replayer, path]);
        expect(JSON.parse(stdout)).toMatchObject({
          reason,
          exitCode: program.exit_code,
          instructionCount: session.instructionCount,
          callCount: session.instance.store.callCount,
          memory: memoryHash(session),
        });
      } finally {
        rmSync(scratch, { recursive: true });
      }
    },
  );

  test('by the command line: the same output and exit code, without folders and input', async () => {
    const program = programs.find(({ name }) => name === 'lua-script')!;
    const scratch = mkdtempSync(join(tmpdir(), 'glassbox-recordings-'));
    const glass = async (...args: string[]) => {
      const done = await run(process.execPath, [glassbox, ...args], { cwd: scratch, encoding: 'buffer' }).catch(
        (error) => error,
      );
      return { exitCode: done.code ?? 0, stdout: digest(done.stdout), stderr: String(done.stderr) };
    };
    const outcome = { exitCode: program.exit_code, stdout: program.stdout_sha256, stderr: '' };
    try {
      const grants = ['--dir', `${join(folder, 'data')}::/`];
      const file = join(folder, program.file);
      expect(await glass('run', '--record', 'r', ...grants, file, ...program.args)).toEqual(outcome);
      expect(await glass('replay', 'r')).toEqual(outcome);
      expect(await glass('run', '--record', 'f', '--fuel', '3000000', ...grants, file, ...program.args)).toMatchObject({
        exitCode: 134,
      });
      const { exitCode, stderr } = await glass('replay', 'f', '--stats');
      expect(exitCode).toBe(134);
      expect(stderr).toMatch(/all fuel consumed\nwasm backtrace:\n[\s\S]*instructions {2}3,000,000\n/);
      // A program without instructions has ended when it begins.
      writeFileSync(join(scratch, 'empty.wat'), '(module (func (export "_start")))');
      expect(await glass('run', '--record', 'e', 'empty.wat')).toMatchObject({
        exitCode: 0,
        stderr: 'glassbox: nothing has run; e is not written\n',
      });
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});

/**
 * A program as a compiler makes it: records of a name and a count side by side on a list. `$copyName` copies one byte
 * too many when a name fills its field, and so zeroes the low byte of the count behind it.
 */
const buggy = `(module
  (import "host" "name" (func $name (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $sp (mut i32) (i32.const 65536))
  (func $copyName (param $to i32) (param $from i32) (param $length i32) (local $i i32)
    (loop $next
      (i32.store8 (i32.add (local.get $to) (local.get $i))
        (if (result i32) (i32.lt_u (local.get $i) (local.get $length))
          (then (i32.load8_u (i32.add (local.get $from) (local.get $i)))) (else (i32.const 0))))
      (br_if $next (i32.le_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $length)))))
  (func $record (param $number i32) (result i32)
    (i32.add (i32.const 1024) (i32.mul (local.get $number) (i32.const 12))))
  (func $add (param $number i32) (local $buffer i32) (local $length i32)
    (global.set $sp (local.tee $buffer (i32.sub (global.get $sp) (i32.const 64))))
    (local.set $length (call $name (local.get $buffer)))
    (i32.store offset=8 (call $record (local.get $number)) (i32.const 7))
    (call $copyName (call $record (local.get $number)) (local.get $buffer) (local.get $length))
    (global.set $sp (i32.add (local.get $buffer) (i32.const 64))))
  (func $count (param $number i32)
    (i32.store offset=8 (call $record (local.get $number))
      (i32.add (i32.load offset=8 (call $record (local.get $number))) (i32.const 1))))
  (func (export "main") (param $n i32) (result i32) (local $i i32) (local $sum i32)
    (loop $fill (call $add (local.get $i))
      (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (loop $use (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (local.set $sum (i32.add (local.get $sum) (i32.load offset=8 (call $record (local.get $i)))))
      (br_if $use (local.get $i)))
    (local.get $sum)))`;

describe('who corrupted a byte', () => {
  const records = 40;
  const names = Array.from({ length: records }, (_, i) => (i === 23 ? 'eightful' : `name${i % 10}`));

  function recorded(): Session {
    let next = 0;
    const module = compile(buggy);
    const instance = instantiate(module, {
      host: {
        name: (at: number) => {
          const text = Buffer.from(names[next++]!);
          instance.exports.memory.range(at, text.length).set(text);
          return text.length;
        },
      },
    });
    const session = inspect(instance);
    session.call('main', records);
    session.record();
    session.run();
    return session;
  }

  test.each([
    ['in the process that recorded', recorded],
    ['from a file', () => openRecording(recorded().history!.save())],
  ])('%s', (_, open) => {
    const session = open();
    session.goTo(session.history!.endCount);
    // 7 for each record but one.
    expect(session.stop!.results).toEqual([7 * (records - 1)]);
    const { memories } = session.instance.entry;
    const counts = Array.from({ length: records }, (_, i) => memories[0]!.bytes[1024 + 12 * i + 8]);
    const wrong = counts.indexOf(0);
    expect(wrong).toBe(23);
    const byte = session.targetOf({ byteOffset: 1024 + 12 * wrong + 8, byteLength: 1 });

    const write = session.lastWriteTo(byte)!;
    expect(write).toMatchObject({ name: 'copyName', instruction: 'i32.store8', before: '07', after: '00' });
    session.goTo(write.instructionCount);
    const [copy, add] = session.frames;
    const text = (name: string) => copy!.locals.find((local) => local.name === name)!.text;
    expect([text('i'), text('length')]).toEqual(['8', '8']);
    expect(add).toMatchObject({ name: 'add', locals: [{ name: 'number', text: '23' }, {}, {}] });
    // The one before is the right one.
    expect(session.lastWriteTo(byte)).toMatchObject({ name: 'add', instruction: 'i32.store offset=8' });
  });
});
