/** Guests with threads that use files: fixtures, and lists of calls that one thread makes. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { counting } from './fixtures.ts';
import { type GroupOptions, library, nodeLibrary, runGroup } from './run-group.ts';

const wasi = (name: string, id: string, params: string) =>
  `(import "wasi_snapshot_preview1" "${name}" (func $${id} (param ${params}) (result i32)))`;

/** All calls that lists are made of. */
const imports = `
  ${wasi('path_open', 'open', 'i32 i32 i32 i32 i32 i64 i64 i32 i32')}
  ${wasi('fd_close', 'close', 'i32')}
  ${wasi('fd_renumber', 'renumber', 'i32 i32')}
  ${wasi('fd_read', 'read', 'i32 i32 i32 i32')}
  ${wasi('fd_pread', 'pread', 'i32 i32 i32 i64 i32')}
  ${wasi('fd_write', 'write', 'i32 i32 i32 i32')}
  ${wasi('fd_pwrite', 'pwrite', 'i32 i32 i32 i64 i32')}
  ${wasi('fd_seek', 'seek', 'i32 i64 i32 i32')}
  ${wasi('fd_tell', 'tell', 'i32 i32')}
  ${wasi('fd_fdstat_get', 'fdstat', 'i32 i32')}
  ${wasi('fd_fdstat_set_flags', 'set_flags', 'i32 i32')}
  ${wasi('fd_filestat_get', 'filestat', 'i32 i32')}
  ${wasi('fd_filestat_set_size', 'set_size', 'i32 i64')}
  ${wasi('fd_sync', 'sync', 'i32')}
  ${wasi('fd_advise', 'advise', 'i32 i64 i64 i32')}`;

/** Imports, two pages of shared memory with the names `a` and `b`, and a vector at 16 of 64 bytes at 1024. */
export const filePrelude = `${imports}
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "env" "memory" (memory 2 2 shared))
  (export "memory" (memory 0))
  (data (i32.const 200) "ab")
  (data (i32.const 16) "\\00\\04\\00\\00\\40\\00\\00\\00")
  ;; Opens the name at $name, to read and write, creating it; the descriptor comes to $at.
  (func $open_at (param $name i32) (param $fdflags i32) (param $at i32) (result i32)
    (call $open (i32.const 3) (i32.const 0) (local.get $name) (i32.const 1) (i32.const 1) (i64.const 0x42)
      (i64.const 0) (local.get $fdflags) (local.get $at)))
  (func $must (param $errno i32) (if (local.get $errno) (then unreachable)))
  ${counting}
  (func $must_spawn (param $argument i32)
    (if (i32.le_s (call $spawn (local.get $argument)) (i32.const 0)) (then unreachable)))`;

/** A module whose threads run `thread` with locals `$tid`, `$arg` and `$i`, and whose `main` returns an i32. */
export function fileGuest(main: string, thread: string): string {
  return `(module ${filePrelude}
    (func (export "wasi_thread_start") (param $tid i32) (param $arg i32) (local $i i32) (local $e i32)
      ${thread} (call $done))
    (func (export "main") (result i32) (local $i i32) (local $e i32) ${main}))`;
}

/** Who answers calls: the threads themselves, as far as they can, or the host agent, which tells of each. */
export const routes = [
  ['by the threads', {}],
  ['by the host agent', { trace: () => undefined }],
] as const;

/** What a group has done in a folder of the machine. */
export interface FolderOutcome {
  readonly end: unknown;
  readonly files: Readonly<Record<string, string>>;
  /** How many more descriptors of the process are open than before. */
  readonly leftOpen: number;
}

/** Runs a guest with a folder of its own as `/`. */
export async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  act: (folder: string) => Promise<T>,
): Promise<{ readonly result: T; readonly files: Record<string, string>; readonly leftOpen: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, 'latin1');
    const openBefore = openCountIn(folder);
    const result = await act(folder);
    const names = readdirSync(folder).sort();
    const after = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
    return { result, files: after, leftOpen: openCountIn(folder) - openBefore };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Descriptors of this process that lead into a folder. */
function openCountIn(folder: string): number {
  if (process.platform !== 'linux') return 0;
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The one by which the list was read.
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(folder)).length;
}

export async function runInFolder(
  text: string,
  files: Readonly<Record<string, string>>,
  { wasiOptions, ...options }: GroupOptions = {},
): Promise<FolderOutcome> {
  const outcome = await inFolder(files, async (folder) => {
    const preopens = { '/': nodeLibrary.openDirectory(folder) };
    const { end } = await runGroup(text, { entry: 'main', wasiOptions: { preopens, ...wasiOptions }, ...options });
    return end;
  });
  return { end: outcome.result, files: outcome.files, leftOpen: outcome.leftOpen };
}

// Lists of calls

const LIST = 4096;
const CALL_BYTES = 24;
const LOG = 65536;
const LOGGED_BYTES = 24;
export const MOST_CALLS = 600;

/** The calls of a list, by their numbers: `a` is a descriptor or a name, `b` 32 bits, `c` 64. */
const calls = [
  '(call $open (i32.const 3) (i32.const 0) (i32.add (i32.const 200) (local.get $a)) (i32.const 1) (i32.and (local.get $b) (i32.const 9)) (i64.or (i64.const 2) (i64.shl (i64.and (local.get $c) (i64.const 1)) (i64.const 6))) (i64.const 0) (i32.and (i32.shr_u (local.get $b) (i32.const 4)) (i32.const 1)) (i32.const 300))',
  '(call $close (local.get $a))',
  '(call $renumber (local.get $a) (local.get $b))',
  '(call $read (local.get $a) (i32.const 16) (i32.const 1) (i32.const 300))',
  '(call $pread (local.get $a) (i32.const 16) (i32.const 1) (local.get $c) (i32.const 300))',
  '(call $write (local.get $a) (i32.const 16) (i32.const 1) (i32.const 300))',
  '(call $pwrite (local.get $a) (i32.const 16) (i32.const 1) (local.get $c) (i32.const 300))',
  '(call $seek (local.get $a) (local.get $c) (i32.and (local.get $b) (i32.const 3)) (i32.const 304))',
  '(call $tell (local.get $a) (i32.const 304))',
  '(call $fdstat (local.get $a) (i32.const 1024))',
  '(call $sizes (local.get $a))',
  '(call $set_flags (local.get $a) (i32.and (local.get $b) (i32.const 5)))',
  '(call $set_size (local.get $a) (i64.and (local.get $c) (i64.const 0x7ff)))',
  '(call $sync (local.get $a))',
  '(call $advise (local.get $a) (i64.const 0) (local.get $c) (local.get $b))',
] as const;

/** One call: its number in `calls`, and what it is given. */
export type ListedCall = readonly [call: number, a: number, b: number, c: bigint];
export const CALL_COUNT = calls.length;

/**
 * A guest that makes a list of calls in a thread (`main`), or in its main function (`plain`), and logs each one's
 * errno, result, and a sum of what is in its buffer.
 */
const listGuest = `(module ${filePrelude}
  ;; Type and size of what is open: its times and place differ from run to run.
  (func $sizes (param $fd i32) (result i32) (local $errno i32)
    (local.set $errno (call $filestat (local.get $fd) (i32.const 400)))
    (i64.store (i32.const 304) (i64.load (i32.const 432)))
    (i32.store (i32.const 300) (i32.load8_u (i32.const 416)))
    (local.get $errno))
  (func $perform (param $call i32) (param $a i32) (param $b i32) (param $c i64) (result i32)
    ${calls
      .map((_, i) => `(block $${i}`)
      .reverse()
      .join(' ')}
    (br_table ${calls.map((_, i) => `$${i}`).join(' ')} (local.get $call))
    ${calls.map((call) => `) (return ${call})`).join(' ')} unreachable)
  (func $sum (result i32) (local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load8_u (i32.add (i32.const 1024) (local.get $i)))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 64))))
    (local.get $sum))
  (func $all (param $count i32) (local $at i32) (local $log i32)
    (local.set $at (i32.const ${LIST})) (local.set $log (i32.const ${LOG}))
    (loop $next
      (if (i32.eqz (local.get $count)) (then return))
      (i64.store (i32.const 300) (i64.const 0)) (i64.store (i32.const 308) (i64.const 0))
      (i32.store (local.get $log) (call $perform (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))
        (i32.load offset=8 (local.get $at)) (i64.load offset=16 (local.get $at))))
      (i32.store offset=4 (local.get $log) (i32.load (i32.const 300)))
      (i64.store offset=8 (local.get $log) (i64.load (i32.const 304)))
      (i32.store offset=16 (local.get $log) (call $sum))
      ;; What is written next differs from what was read.
      (i32.store (i32.const 1024) (i32.add (i32.load (i32.const 1024)) (i32.const 0x01030507)))
      (local.set $at (i32.add (local.get $at) (i32.const ${CALL_BYTES})))
      (local.set $log (i32.add (local.get $log) (i32.const ${LOGGED_BYTES})))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next)))
  (func (export "wasi_thread_start") (param $tid i32) (param $arg i32) (call $all (local.get $arg)) (call $done))
  (func (export "main") (param $count i32) (call $must_spawn (local.get $count)) (call $await (i32.const 1)))
  (func (export "plain") (param $count i32) (call $all (local.get $count))))`;

function memoryWith(list: readonly ListedCall[]) {
  const memory = new library.Memory({ initial: 2, maximum: 2, shared: true });
  const view = new DataView(memory.buffer);
  list.forEach(([call, a, b, c], i) => {
    const at = LIST + i * CALL_BYTES;
    view.setInt32(at, call, true);
    view.setInt32(at + 4, a, true);
    view.setInt32(at + 8, b, true);
    view.setBigInt64(at + 16, c, true);
  });
  return memory;
}

/** What each call of a list has answered, and the files afterwards. */
export async function listOutcome(list: readonly ListedCall[], route: 'plain' | Partial<GroupOptions['wasiOptions']>) {
  const memory = memoryWith(list);
  const { files, leftOpen, result } = await inFolder({ a: 'A'.repeat(100), b: '' }, async (folder) => {
    const preopens = { '/': nodeLibrary.openDirectory(folder) };
    if (route === 'plain') return runPlain(list.length, memory, preopens);
    const { end } = await runGroup(listGuest, {
      entry: 'main',
      values: [list.length],
      imports: { env: { memory } },
      wasiOptions: { preopens, ...route },
    });
    return end;
  });
  const words = new Int32Array(memory.buffer, LOG);
  const log = list.map((_, i) => [...words.subarray((i * LOGGED_BYTES) / 4, (i * LOGGED_BYTES) / 4 + 5)]);
  return { log, files, leftOpen, end: result };
}

function runPlain(count: number, memory: InstanceType<typeof library.Memory>, preopens: object): unknown {
  const wasiForOne = new library.Wasi({ host: library.memoryHost(), preopens: preopens as never });
  const spawn = { 'thread-spawn': () => -1 };
  const imported = { ...wasiForOne.imports, wasi: spawn, env: { memory } };
  const instance = library.instantiate(library.compile(listGuest), imported);
  try {
    return instance.call('plain', count);
  } finally {
    wasiForOne.close();
  }
}
