/**
 * Reading from and writing to what has no offset: standard streams and sockets.
 *
 * What is at hand is read or written at once. Otherwise a guest that runs asynchronously is suspended, and one that
 * runs synchronously holds up the thread, where the host can do that. Memory may grow and the descriptor be closed
 * while a call waits, so both are looked up anew afterwards.
 */
import { UsageError } from '../../syntax/index.ts';
import { HostError } from '../host/host.ts';
import {
  firstOf,
  isPollableInput,
  isPollableOutput,
  type Sink,
  type Source,
  type Wait,
  waitOf,
} from '../host/waiting.ts';
import { byteCount, type GuestMemory, loadIovecs, storeU32 } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import type { Descriptor, InputDescriptor, OutputDescriptor, SocketDescriptor } from './descriptors.ts';
import { Errno } from './errno.ts';
import { suspend, type Until } from './suspension.ts';
import { Fdflags } from './types.ts';

/** Most that one read from a stream takes, in bytes; a read may always be short. */
const MAX_STREAM_READ = 1 << 20;

/** Where several buffers are read to at once; its content means nothing between two reads. */
const scratch = new Uint8Array(65536);

/** What a descriptor can be asked to read from without waiting; `undefined`: nothing. */
export function sourceOf(descriptor: Descriptor): Source | undefined {
  if (descriptor.kind === 'socket') return descriptor.socket;
  return descriptor.kind === 'input' && isPollableInput(descriptor.stream) ? descriptor.stream : undefined;
}

/** What a descriptor can be asked to write to without waiting; `undefined`: nothing. */
export function sinkOf(descriptor: Descriptor): Sink | undefined {
  if (descriptor.kind === 'socket') return descriptor.socket;
  return descriptor.kind === 'output' && isPollableOutput(descriptor.stream) ? descriptor.stream : undefined;
}

/** Waits, unless the descriptor is closed before. @throws {HostError} EBADF */
export async function untilOpen<T>(
  context: WasiContext,
  descriptor: Descriptor,
  until: Until,
  wait: Wait<T>,
): Promise<T> {
  const closed = context.descriptors.untilClosed(descriptor);
  const done = Promise.race([wait.done, closed.done]);
  const cancel = () => {
    wait.cancel();
    closed.cancel();
  };
  const value = await until({ done: done.finally(cancel), cancel });
  checkOpen(context, descriptor);
  return value as T;
}

function checkOpen({ descriptors }: WasiContext, descriptor: Descriptor): void {
  if (!descriptors.isOpen(descriptor)) throw new HostError('EBADF');
}

/** A guest that runs synchronously cannot wait for what only its own thread could bring. */
export function refuseToWait(what: string): never {
  throw new UsageError(`${what} has to wait, but the guest runs synchronously: use callAsync, and isAsync for Wasi`);
}

function isNonblocking(descriptor: Descriptor): boolean {
  return 'flags' in descriptor && (descriptor.flags & Fdflags.nonblock) !== 0;
}

/** `recv_peek` and `recv_waitall` of `sock_recv`. */
export interface ReadOptions {
  readonly peek?: boolean;
  readonly waitAll?: boolean;
}

/** Fills the guest's buffers and then tells `store` the count, which is 0 at the end. */
export function readStream(
  context: WasiContext,
  memory: GuestMemory,
  descriptor: InputDescriptor | SocketDescriptor,
  iovsPtr: number,
  iovsCount: number,
  store: (byteCount: number) => void,
  options: ReadOptions = {},
): Outcome {
  let total = 0;
  const source = sourceOf(descriptor);
  const buffers = () => loadIovecs(memory, iovsPtr, iovsCount);
  const finish = () => {
    if (descriptor.kind === 'input') descriptor.readCount += total;
    store(total);
    return Errno.success;
  };
  /** True when the call has what it wants. */
  const advance = (): boolean => {
    const wanted = from(buffers(), total);
    const count = wanted.length === 0 ? 0 : tryScatter(source!, wanted, options.peek === true);
    if (count === undefined) return false;
    total += count;
    const isShort = options.waitAll === true && count > 0 && from(wanted, count).length > 0;
    return !isShort || options.peek === true || advance();
  };
  if (descriptor.kind === 'input' && !context.maySuspend) {
    total = readBlocking(context, descriptor, buffers());
    return finish();
  }
  if (source === undefined) {
    return readPlain(context, descriptor as InputDescriptor, buffers, (count) => {
      total = count;
      return finish();
    });
  }
  if (advance()) return finish();
  if (isNonblocking(descriptor)) return total > 0 ? finish() : Errno.again;
  if (!context.maySuspend) return refuseToWait('reading from a socket');
  return suspend(async (until) => {
    if (!flushNow(context)) {
      await flushed(context, until);
      checkOpen(context, descriptor);
      // What has come meanwhile wakes nobody.
      if (advance()) return finish();
    }
    do await untilOpen(context, descriptor, until, source.untilReadable());
    while (!advance());
    return finish();
  });
}

/** Reads what there is; without an end in between, as a stream that ends may go on later. */
function tryScatter(source: Source, buffers: readonly Uint8Array[], isPeek: boolean): number | undefined {
  const read = (buffer: Uint8Array) =>
    isPeek && 'tryPeek' in source
      ? (source as Source & { tryPeek: Source['tryRead'] }).tryPeek(buffer)
      : source.tryRead(buffer);
  if (buffers.length === 1) return read(buffers[0]!.subarray(0, MAX_STREAM_READ));
  const chunk = scratch.subarray(0, Math.min(byteCount(buffers), scratch.length));
  const count = read(chunk);
  if (count !== undefined) scatter(chunk.subarray(0, count), buffers);
  return count;
}

/** Reads for a guest that runs synchronously; the stream holds up the thread. */
function readBlocking(
  { descriptors }: WasiContext,
  { stream }: InputDescriptor,
  buffers: readonly Uint8Array[],
): number {
  if (buffers.length === 0) return 0;
  descriptors.flush();
  const isOne = buffers.length === 1;
  const chunk = isOne ? buffers[0]!.subarray(0, MAX_STREAM_READ) : scratch.subarray(0, byteCount(buffers));
  const count = stream.read(chunk);
  if (typeof count !== 'number') {
    // Nobody is left to hear of a rejection.
    count.catch(() => undefined);
    return refuseToWait('reading');
  }
  if (!isOne) scatter(chunk.subarray(0, count), buffers);
  return count;
}

/** Reads from a stream that can only be asked to read, and may answer with a promise. */
function readPlain(
  context: WasiContext,
  descriptor: InputDescriptor,
  buffers: () => readonly Uint8Array[],
  finish: (count: number) => Errno,
): Outcome {
  const chunk = new Uint8Array(Math.min(byteCount(buffers()), scratch.length));
  if (chunk.length === 0) return finish(0);
  const deliver = (count: number) => {
    scatter(chunk.subarray(0, count), buffers());
    return finish(count);
  };
  if (flushNow(context)) {
    const count = descriptor.stream.read(chunk);
    if (typeof count === 'number') return deliver(count);
    return suspend(async (until) => deliver(await untilOpen(context, descriptor, until, waitOf(count))));
  }
  return suspend(async (until) => {
    await flushed(context, until);
    checkOpen(context, descriptor);
    const count = descriptor.stream.read(chunk);
    return deliver(typeof count === 'number' ? count : await untilOpen(context, descriptor, until, waitOf(count)));
  });
}

function scatter(chunk: Uint8Array, buffers: readonly Uint8Array[]): void {
  let at = 0;
  for (const buffer of buffers) {
    const part = chunk.subarray(at, at + buffer.length);
    buffer.set(part);
    at += part.length;
  }
}

/** What is left of buffers after their first `count` bytes. */
function from(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  if (count === 0) return buffers;
  let left = count;
  return buffers.flatMap((buffer) => {
    const skipped = Math.min(left, buffer.length);
    left -= skipped;
    return skipped === buffer.length ? [] : [buffer.subarray(skipped)];
  });
}

/** Writes the guest's buffers whole, unless the descriptor does not block; then as much as there is room for. */
export function writeStream(
  context: WasiContext,
  memory: GuestMemory,
  descriptor: OutputDescriptor | SocketDescriptor,
  iovsPtr: number,
  iovsCount: number,
  nwrittenPtr: number,
): Outcome {
  let total = 0;
  const sink = sinkOf(descriptor);
  const buffers = () => loadIovecs(memory, iovsPtr, iovsCount);
  const finish = () => {
    storeU32(memory, nwrittenPtr, total);
    return Errno.success;
  };
  /** True when everything is written. */
  const advance = (): boolean => {
    for (const part of from(buffers(), total)) {
      const count = sink!.tryWrite(part);
      total += count;
      if (count < part.length) return false;
    }
    return true;
  };
  if (descriptor.kind === 'output' && (sink === undefined || !context.maySuspend)) {
    for (const buffer of buffers()) {
      descriptor.stream.write(buffer);
      total += buffer.length;
    }
    return finish();
  }
  if (advance()) return finish();
  if (isNonblocking(descriptor)) return total > 0 ? finish() : Errno.again;
  if (!context.maySuspend) return refuseToWait('writing to a socket');
  return suspend(async (until) => {
    do await untilOpen(context, descriptor, until, sink!.untilWritable());
    while (!advance());
    return finish();
  });
}

/** Hands on what output streams hold; false: a guest that runs asynchronously has to wait for room. */
export function flushNow({ descriptors, maySuspend }: WasiContext): boolean {
  if (maySuspend) return descriptors.tryFlush();
  descriptors.flush();
  return true;
}

/** Hands on what output streams hold, and waits for room. */
export async function flushed({ descriptors }: WasiContext, until: Until): Promise<void> {
  while (!descriptors.tryFlush()) await until(firstOf(descriptors.untilFlushable()));
}
