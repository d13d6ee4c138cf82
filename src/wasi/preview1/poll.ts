/**
 * Waiting: `poll_oneoff`.
 *
 * Files and output streams are always ready. An input stream counts as ready too, as hosts cannot tell:
 * the read that follows waits. So the call itself only ever waits for clocks.
 */
import { HostError } from '../host/host.ts';
import { addressOf, type GuestMemory, loadU8, loadU16, loadU32, loadU64, storeU8, storeU32, storeU64 } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import { Errno } from './errno.ts';
import { ClockId, Event, EventType, SUBSCRIPTION_CLOCK_ABSTIME, Subscription } from './types.ts';

interface PollEvent {
  readonly userdata: bigint;
  readonly type: number;
  readonly byteCount: number;
}

interface ClockSubscription {
  readonly userdata: bigint;
  /** How long from the call's start; below or at 0: over. */
  readonly remainingNs: bigint;
}

/**
 * `poll_oneoff(in: i32, out: i32, nsubscriptions: i32, nevents: i32) -> errno` — waits for the first of several events.
 *
 * A guest that runs asynchronously is suspended meanwhile; otherwise the host's thread waits.
 *
 * @param subscriptionsPtr guest byte address of the subscriptions, 48 bytes each, a multiple of 8
 * @param eventsPtr        guest byte address of the events, room for as many of 32 bytes each, a multiple of 8
 * @param count            number of subscriptions
 * @param eventCountPtr    guest byte address of the result, a multiple of 4: number of events stored, u32
 * @returns errno
 *   - `success` (0): at least one event is stored; its own errno is always 0
 *   - `badf` (8): a descriptor stands for nothing, or is not open for that use; no event is stored, as in wasmtime
 *   - `inval` (28): no subscription, an unknown kind, clock or flag
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For one subscription of userdata 7 to a clock, when its time has come, `eventsPtr = 8`:
 *
 *     byte      7  8 … 15  16 17 18 19 … 23  24 … 31  32 … 39  40
 *     memory    ?  07 … 00 00 00 00 00 … 00  00 … 00  00 … 00  ?
 *                  ^userdata ^error ^type    ^bytes   ^flags
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#poll_oneoff
 */
export function pollOneoff(
  context: WasiContext,
  memory: GuestMemory,
  subscriptionsPtr: number,
  eventsPtr: number,
  count: number,
  eventCountPtr: number,
): Outcome {
  const subscriptions = addressOf(memory, subscriptionsPtr, (count >>> 0) * Subscription.size, Subscription.align);
  addressOf(memory, eventsPtr, (count >>> 0) * Event.size, Event.align);
  addressOf(memory, eventCountPtr, 4, 4);
  if (count === 0) return Errno.inval;

  const clocks: ClockSubscription[] = [];
  const events: PollEvent[] = [];
  for (let index = 0; index < count >>> 0; index++) {
    const at = subscriptions + index * Subscription.size;
    if (loadU8(memory, at + Subscription.tag) === EventType.clock) clocks.push(loadClock(context, memory, at));
    else events.push(pollDescriptor(context, memory, at));
  }

  const finish = (waitedNs: bigint) => {
    const due = clocks.filter(({ remainingNs }) => remainingNs <= waitedNs).map(clockEvent);
    storeEvents(memory, eventsPtr, eventCountPtr, [...events, ...due]);
    return Errno.success;
  };
  let shortest = clocks[0]?.remainingNs ?? BigInt(0);
  for (const { remainingNs } of clocks) if (remainingNs < shortest) shortest = remainingNs;
  if (events.length > 0 || shortest <= 0) return finish(BigInt(0));

  context.descriptors.flush();
  if (context.maySuspend) return context.clock.sleepAsync(shortest).then(() => finish(shortest));
  context.clock.sleep(shortest);
  return finish(shortest);
}

function loadClock(context: WasiContext, memory: GuestMemory, at: number): ClockSubscription {
  const clockId = loadU32(memory, at + Subscription.clockId);
  const flags = loadU16(memory, at + Subscription.clockFlags);
  if (clockId !== ClockId.realtime && clockId !== ClockId.monotonic) throw new HostError('EINVAL');
  if ((flags & ~SUBSCRIPTION_CLOCK_ABSTIME) !== 0) throw new HostError('EINVAL');

  const userdata = loadU64(memory, at + Subscription.userdata);
  const timeoutNs = loadU64(memory, at + Subscription.timeout);
  if (flags === 0) return { userdata, remainingNs: timeoutNs };
  const nowNs = clockId === ClockId.realtime ? context.clock.realtimeNs() : context.clock.monotonicNs();
  return { userdata, remainingNs: timeoutNs - nowNs };
}

function clockEvent({ userdata }: ClockSubscription): PollEvent {
  return { userdata, type: EventType.clock, byteCount: 0 };
}

function pollDescriptor(context: WasiContext, memory: GuestMemory, at: number): PollEvent {
  const userdata = loadU64(memory, at + Subscription.userdata);
  const type = loadU8(memory, at + Subscription.tag);
  if (type !== EventType.fdRead && type !== EventType.fdWrite) throw new HostError('EINVAL');
  return { userdata, type, byteCount: readyBytes(context, loadU32(memory, at + Subscription.fd), type) };
}

/** How much can be read or written at once, as far as is known. EBADF when the descriptor is not open for it. */
function readyBytes(context: WasiContext, fd: number, type: number): number {
  const descriptor = context.descriptors.get(fd);
  const isRead = type === EventType.fdRead;
  if (descriptor.kind === 'input' && isRead) return 1;
  if (descriptor.kind === 'output' && !isRead) return 1;
  if (descriptor.kind === 'file' && !isRead && descriptor.writable) return 1;
  if (descriptor.kind !== 'file' || !isRead || !descriptor.readable) throw new HostError('EBADF');
  return Math.max(0, Number(descriptor.file.stat().sizeBytes) - descriptor.offset);
}

function storeEvents(memory: GuestMemory, eventsPtr: number, countPtr: number, events: readonly PollEvent[]): void {
  const start = addressOf(memory, eventsPtr, events.length * Event.size, Event.align);
  memory.range(start, events.length * Event.size).fill(0);
  for (const [index, event] of events.entries()) {
    const at = start + index * Event.size;
    storeU64(memory, at + Event.userdata, event.userdata);
    storeU8(memory, at + Event.type, event.type);
    storeU64(memory, at + Event.byteCount, event.byteCount);
  }
  storeU32(memory, countPtr, events.length);
}
