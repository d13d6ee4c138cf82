/** For tests of preview 1: a guest that is nothing but 256 bytes of memory, and pictures of these bytes. */

import { encodeUtf8 } from '../../api/index.ts';
import type { HostDirectory } from '../host/host.ts';
import {
  type MemoryHost,
  type MemoryHostOptions,
  type MemoryTree,
  memoryDirectory,
  memoryHost,
} from '../host/memory.ts';
import type { HostListener } from '../host/waiting.ts';
import type { GuestMemory } from './abi.ts';
import type { WasiContext } from './context.ts';
import { DescriptorTable } from './descriptors.ts';
import { type ErrnoName, errnoRows } from './errno.ts';
import { callFunction, type Functions, preview1Functions, unstableFunctions } from './functions.ts';
import type { ArgumentsOf, FunctionName } from './signatures.ts';

export interface TestGuestOptions extends MemoryHostOptions {
  readonly args?: readonly string[];
  readonly environ?: readonly string[];
  /** Preopened as descriptor 3 under the name `/tmp`. */
  readonly tree?: MemoryTree;
  readonly directory?: HostDirectory;
  readonly maySuspend?: boolean;
  /** From descriptor 4 on. */
  readonly listeners?: readonly HostListener[];
  readonly maxDescriptors?: number;
  /** `wasi_unstable` in the place of preview 1. */
  readonly isUnstable?: boolean;
  readonly byteCount?: number;
}

/** Memory of a guest that is not there. */
export class TestMemory implements GuestMemory {
  bytes: Uint8Array;

  constructor(byteLength: number) {
    this.bytes = new Uint8Array(byteLength);
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  range(byteOffset: number, byteLength: number): Uint8Array {
    return this.bytes.subarray(byteOffset, byteOffset + byteLength);
  }
}

const GUARD = '?'.charCodeAt(0);

export class TestGuest {
  readonly memory: TestMemory;
  readonly host: MemoryHost;
  readonly context: WasiContext;
  readonly #functions: Functions;
  /** Where `text` puts the next text; the upper half of memory is for them. */
  #textEnd: number;

  constructor(options: TestGuestOptions = {}) {
    const byteCount = options.byteCount ?? 256;
    this.memory = new TestMemory(byteCount);
    this.memory.bytes.fill(GUARD);
    this.#functions = options.isUnstable === true ? unstableFunctions : preview1Functions;
    this.#textEnd = byteCount / 2;
    this.host = memoryHost({ realtimeNs: BigInt(258), tickNs: BigInt(0), ...options });
    const descriptors = new DescriptorTable({ maxCount: options.maxDescriptors });
    descriptors.add({ kind: 'input', stream: this.host.stdin, readCount: 0 });
    descriptors.add({ kind: 'output', stream: this.host.stdout });
    descriptors.add({ kind: 'output', stream: this.host.stderr });
    // All that a test does happens in 1970, so that pictures of times are short.
    const clock = { realtimeNs: () => BigInt(0) };
    descriptors.addPreopen('/tmp', options.directory ?? memoryDirectory(options.tree, { clock }));
    for (const listener of options.listeners ?? []) descriptors.add({ kind: 'listener', listener, flags: 0 });
    this.context = {
      args: (options.args ?? []).map(encodeUtf8),
      environ: (options.environ ?? []).map(encodeUtf8),
      descriptors,
      clock: this.host.clock,
      random: this.host.random,
      maySuspend: options.maySuspend ?? false,
    };
  }

  /** Calls as a guest does; the answer is the errno's name. */
  call<N extends FunctionName>(name: N, ...args: ArgumentsOf<N>): ErrnoName {
    const outcome = callFunction(name, this.context, this.memory, args, this.#functions);
    if (outcome instanceof Promise) throw new Error(`${name} suspends`);
    return errnoRows[outcome]!.name;
  }

  /** As `call`, for a call that suspends. */
  async callAsync<N extends FunctionName>(name: N, ...args: ArgumentsOf<N>): Promise<ErrnoName> {
    const outcome = callFunction(name, this.context, this.memory, args, this.#functions);
    if (!(outcome instanceof Promise)) throw new Error(`${name} does not suspend`);
    return errnoRows[await outcome]!.name;
  }

  /** Puts a text into memory; the answer fits where a pointer and a length are wanted. */
  text(text: string | Uint8Array): [pointer: number, byteLength: number] {
    const bytes = typeof text === 'string' ? encodeUtf8(text) : text;
    const pointer = this.#textEnd;
    this.memory.bytes.set(bytes, pointer);
    this.#textEnd += bytes.length;
    return [pointer, bytes.length];
  }

  /** Stores words of 32 bits from `address`. */
  words(address: number, ...words: readonly number[]): void {
    const view = new DataView(this.memory.bytes.buffer);
    for (const [index, word] of words.entries()) view.setUint32(address + index * 4, word, true);
  }

  /** Opens below descriptor 3 for reading and writing, unless told otherwise; the answer is the new descriptor. */
  open(path: string, { oflags = 0, rights = BigInt(0x42), fdflags = 0, at = 248 } = {}): number {
    const errno = this.call('path_open', 3, 1, ...this.text(path), oflags, rights, BigInt(0), fdflags, at);
    if (errno !== 'success') throw new Error(`cannot open ${path}: ${errno}`);
    const fd = new DataView(this.memory.bytes.buffer).getUint32(at, true);
    this.memory.bytes.fill(GUARD, at, at + 4);
    return fd;
  }

  /** The bytes `[start, end)` as the docstrings draw them: guard bytes as `?`, all others in hexadecimal. */
  picture(start: number, end: number): string {
    const bytes = [...this.memory.bytes.subarray(start, end)];
    return bytes.map((byte) => (byte === GUARD ? '?' : byte.toString(16).padStart(2, '0'))).join(' ');
  }
}
