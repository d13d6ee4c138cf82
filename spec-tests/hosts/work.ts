/**
 * What the tests of hosts run inside of each host: guests run whole, to a stop, or on from a snapshot, and a session.
 * It needs nothing of its host but the language. Everything comes and goes as text, bytes in hexadecimal.
 */
import {
  compile,
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

export const work = { runWhole, runTo, goOn, lookInside };
export type Work = typeof work;

Object.assign(globalThis, { work });
