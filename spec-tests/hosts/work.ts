/**
 * What the tests of hosts run inside of each host: guests run whole, to a stop, or on from a snapshot, and a session.
 * It needs nothing of its host but the language. Everything comes and goes as text, bytes in hexadecimal.
 */
import {
  type ByteReadable,
  type ByteWritable,
  browserHost,
  compile,
  decodeUtf8,
  encodeUtf8,
  GuestCall,
  HostExit,
  type Instance,
  inspect,
  instantiate,
  type MemoryHost,
  memoryHost,
  restoreSnapshot,
  Store,
  saveSnapshot,
  Wasi,
} from '../../src/index.ts';
import { type GuestName, guests, type HostGuest } from './guests.ts';

/** What a run has come to. */
export interface Outcome {
  readonly results: string;
  readonly instructionCount: number;
  readonly callCount: number;
  /** All that is in memory, globals and tables afterwards, as a snapshot. */
  readonly end: string;
  readonly output: string;
}

export interface Stopped {
  readonly snapshot: string;
  /** What it had written by then. */
  readonly output: string;
}

function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte + 256).toString(16).slice(1);
  return text;
}

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

interface Environment {
  readonly host: MemoryHost;
  readonly wasi: Wasi;
}

function environment(): Environment {
  const host = memoryHost({ stdin: 'read it in pieces of three, across hosts', seed: 11 });
  return { host, wasi: new Wasi({ host }) };
}

const partsOf = ({ host, wasi }: Environment) => ({ host: host.save(), wasi: wasi.save() });

async function finish(
  call: GuestCall,
  instances: readonly Instance[],
  own: Environment,
  store: Store,
): Promise<Outcome> {
  let results: string;
  try {
    await call.run();
    results = String(call.results);
  } catch (error) {
    if (!(error instanceof HostExit)) throw error;
    results = `exit ${error.exitCode}`;
  }
  const { instructionCount, callCount } = store;
  const end = toHex(saveSnapshot(instances, undefined, { parts: partsOf(own) }));
  return { results, instructionCount, callCount, end, output: toHex(own.host.output.stdout) };
}

function begin(name: GuestName) {
  const guest: HostGuest = guests[name];
  const own = environment();
  const store = new Store();
  const instance = instantiate(compile(guest.wat), guest.isCommand ? own.wasi.imports : {}, { store });
  return { own, store, instance, call: GuestCall.of(instance, guest.func, guest.args) };
}

/** Runs a guest from its beginning to its end. */
async function runWhole(name: GuestName): Promise<Outcome> {
  const { own, store, instance, call } = begin(name);
  return finish(call, [instance], own, store);
}

/** Runs a guest for so many instructions and saves it. */
async function runTo(name: GuestName, instructions: number): Promise<Stopped> {
  const { own, instance, call } = begin(name);
  if (await call.run({ instructions })) throw new Error('the guest has ended');
  const snapshot = toHex(saveSnapshot(instance, call, { parts: partsOf(own) }));
  return { snapshot, output: toHex(own.host.output.stdout) };
}

/** Goes on with a snapshot to the end. */
async function goOn(snapshot: string): Promise<Outcome> {
  const own = environment();
  const { call, instances, parts, store } = restoreSnapshot(fromHex(snapshot), own.wasi.imports);
  own.host.restore(parts.get('host')!);
  own.wasi.restore(parts.get('wasi')!);
  return finish(call!, instances, own, store);
}

/** A session that steps, stops at points, looks, edits and goes back; a line for each stop. */
async function lookInside(): Promise<string[]> {
  const lines: string[] = [];
  const { wat, func, args } = guests['SHA-256'];
  const instance = instantiate(compile(wat));
  const session = inspect(instance);
  const note = (what: string) => {
    const { stop } = session;
    const why = stop === undefined ? 'nothing' : [stop.reason, stop.before, stop.after].join(' ');
    const frames = session.frames.map(({ name, byteOffset, instruction, locals, operands }) => {
      const values = [...locals, ...operands].map(({ text, type }) => `${type}:${text}`);
      return `${name}@${byteOffset} ${instruction} ${values.join(',')}`;
    });
    lines.push(`${what}: ${why} at ${session.instructionCount}: ${frames.join(' < ')}`);
  };
  session.call(func, ...args);
  note('call');
  session.record();
  for (let i = 0; i < 12; i++) session.step();
  note('steps');
  const breakpoint = session.addBreakpoint({ func: 'block', ignore: 1 });
  session.run();
  note('breakpoint');
  breakpoint.remove();
  const watchpoint = session.addWatchpoint({ byteOffset: 260, byteLength: 4 });
  session.run();
  note('watchpoint');
  watchpoint.remove();
  session.stepOut();
  note('out');
  session.stepOver();
  note('over');
  let loads = 0;
  const probe = session.addProbe('*.load', { before: () => void loads++ });
  session.run({ budget: 20_000 });
  probe.remove();
  note(`budget, ${loads} loads`);
  session.stepBack();
  note('back');
  session.goTo(1000);
  note('again');
  session.run();
  note('end of what was recorded');
  session.run();
  note('end');
  lines.push(String(session.stop?.results));
  session.close();
  lines.push(String(instance.call('run', 1)));
  return lines;
}

/** Reads a stream of the page to its end, sleeps, and writes to the page's stream what it has read. */
const reader = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (result i32)
    (drop (call $random (i32.const 1024) (i32.const 8)))
    (i32.store (i32.const 0) (i32.const 2048))
    (loop $next
      (i32.store (i32.const 4) (i32.const 100))
      (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
      (i32.store (i32.const 80) (i32.const 1))
      (i64.store (i32.const 88) (i64.const 1500000))
      (drop (call $poll (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 256)))
      (drop (call $yield))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $next (i32.load (i32.const 4))))
    (i64.ne (i64.load (i32.const 1024)) (i64.const 0))))`;

/** What the page's own streams see of a guest, and whether its timers went on meanwhile. */
async function streamThroughPage(): Promise<{ text: string; isRandom: unknown; ticks: number }> {
  const page = globalThis as unknown as {
    ReadableStream: new (source: object) => ByteReadable;
    WritableStream: new (sink: object) => ByteWritable;
    setInterval(callback: () => void, delayMs: number): number;
    clearInterval(timer: number): void;
  };
  let text = '';
  let ticks = 0;
  const chunks = ['one ', 'two ', 'three'];
  const stdin = new page.ReadableStream({
    pull(controller: { enqueue(chunk: Uint8Array): void; close(): void }) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(encodeUtf8(chunk));
    },
  });
  const stdout = new page.WritableStream({
    write(chunk: Uint8Array) {
      text += decodeUtf8(chunk, 0, chunk.length);
    },
  });
  const timer = page.setInterval(() => {
    ticks++;
  }, 1);
  const wasi = new Wasi({ host: browserHost({ stdin, stdout }), isAsync: true });
  const isRandom = await instantiate(compile(reader), wasi.imports).callAsync('run');
  page.clearInterval(timer);
  wasi.close();
  return { text, isRandom, ticks };
}

export const work = { runWhole, runTo, goOn, lookInside, streamThroughPage };
export type Work = typeof work;

Object.assign(globalThis, { work });
