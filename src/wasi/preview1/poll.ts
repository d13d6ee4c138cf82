/**
 * Waiting for the first of several events: `poll_oneoff`.
 *
 * Looks at all subscriptions; when none is due, waits until one may be, and looks again.
 */
import { HostError } from '../host/host.ts';
import { firstOf, type Readiness, type Wait } from '../host/waiting.ts';
import {
  addressOf,
  type GuestMemory,
  loadU8,
  loadU16,
  loadU32,
  loadU64,
  storeU8,
  storeU16,
  storeU32,
  storeU64,
} from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import type { Descriptor } from './descriptors.ts';
import { Errno, errnoOfPosix } from './errno.ts';
import { flushed, flushNow, refuseToWait, sinkOf, sourceOf } from './streaming.ts';
import { suspend } from './suspension.ts';
import {
  ClockId,
  EVENT_HANGUP,
  Event,
  EventType,
  SUBSCRIPTION_CLOCK_ABSTIME,
  Subscription,
  type SubscriptionLayout,
} from './types.ts';

interface PollEvent {
  readonly userdata: bigint;
  readonly type: number;
  readonly errno: Errno;
  readonly byteCount: number;
  readonly flags: number;
}

interface ClockSubscription {
  readonly kind: 'clock';
  readonly userdata: bigint;
  /** How long from now; below or at 0: its time has come. */
  readonly leftNs: () => bigint;
}

interface DescriptorSubscription {
  readonly kind: 'descriptor';
  readonly userdata: bigint;
  readonly type: number;
  readonly descriptor: Descriptor;
}

type Subscribed = ClockSubscription | DescriptorSubscription;

/**
 * `poll_oneoff(in: i32, out: i32, nsubscriptions: i32, nevents: i32) -> errno` — waits for the first of several events.
 *
 * A guest that runs asynchronously is suspended meanwhile; otherwise the host's thread waits. Files are always ready,
 * and so are streams that cannot tell: a read or write then waits by itself.
 *
 * An event of a descriptor tells how many bytes there are at least, and with flag 1 (hangup) that the other side has
 * closed or that the file is at its end.
 *
 * @param subscriptionsPtr guest byte address of the subscriptions, 48 bytes each, a multiple of 8
 * @param eventsPtr        guest byte address of the events, room for as many of 32 bytes each, a multiple of 8
 * @param count            number of subscriptions
 * @param eventCountPtr    guest byte address of the result, a multiple of 4: number of events stored, u32
 * @returns errno
 *   - `success` (0): at least one event is stored; an event's own errno is not 0 when its descriptor has failed, or
 *     was closed (`badf`) while the call waited
 *   - `badf` (8): a descriptor stands for nothing, or is not open for that use; no event is stored, as in wasmtime
 *   - `inval` (28): no subscription, an unknown kind, clock or flag
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 * @throws {UsageError} when a guest that runs synchronously would wait for ever
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
  return poll(context, memory, subscriptionsPtr, eventsPtr, count, eventCountPtr, Subscription);
}

/** As `pollOneoff`, for subscriptions of either version. */
export function poll(
  context: WasiContext,
  memory: GuestMemory,
  subscriptionsPtr: number,
  eventsPtr: number,
  count: number,
  eventCountPtr: number,
  layout: SubscriptionLayout,
): Outcome {
  const start = addressOf(memory, subscriptionsPtr, (count >>> 0) * layout.size, layout.align);
  addressOf(memory, eventsPtr, (count >>> 0) * Event.size, Event.align);
  addressOf(memory, eventCountPtr, 4, 4);
  if (count === 0) return Errno.inval;

  const subscribed: Subscribed[] = [];
  for (let index = 0; index < count >>> 0; index++) {
    subscribed.push(load(context, memory, start + index * layout.size, layout));
  }
  const tryFinish = (): Errno | undefined => {
    const events = dueEvents(context, subscribed);
    if (events.length === 0) return undefined;
    storeEvents(memory, eventsPtr, eventCountPtr, events);
    return Errno.success;
  };
  const outcome = tryFinish();
  if (outcome !== undefined) return outcome;
  if (!context.maySuspend) return pollBlocking(context, subscribed, tryFinish);
  return suspend(async (until) => {
    if (!flushNow(context)) await flushed(context, until);
    for (;;) {
      const late = tryFinish();
      if (late !== undefined) return late;
      await until(firstOf(waitsFor(context, subscribed)));
    }
  });
}

/** How long the thread is held up between two looks at what comes from outside. */
const LOOK_NS = BigInt(2e6);

function pollBlocking(context: WasiContext, subscribed: readonly Subscribed[], tryFinish: () => Errno | undefined) {
  context.descriptors.flush();
  const isOutside = subscribed.some((each) => each.kind === 'descriptor' && sourceOf(each.descriptor)?.isOutside);
  for (;;) {
    const leftNs = shortestNs(subscribed);
    if (leftNs === undefined && !isOutside) return refuseToWait('poll_oneoff');
    const isLong = leftNs === undefined || leftNs > LOOK_NS;
    context.clock.sleep(isOutside && isLong ? LOOK_NS : leftNs!);
    const outcome = tryFinish();
    if (outcome !== undefined) return outcome;
  }
}

function shortestNs(subscribed: readonly Subscribed[]): bigint | undefined {
  let shortest: bigint | undefined;
  for (const each of subscribed) {
    if (each.kind !== 'clock') continue;
    const leftNs = each.leftNs();
    if (shortest === undefined || leftNs < shortest) shortest = leftNs;
  }
  return shortest;
}

/** What may make one of them due. */
function waitsFor(context: WasiContext, subscribed: readonly Subscribed[]): Wait[] {
  const leftNs = shortestNs(subscribed);
  const waits = leftNs === undefined ? [] : [context.clock.timer(leftNs > 0 ? leftNs : BigInt(0))];
  for (const each of subscribed) {
    if (each.kind === 'descriptor') waits.push(untilReady(each), context.descriptors.untilClosed(each.descriptor));
  }
  return waits;
}

function untilReady({ descriptor, type }: DescriptorSubscription): Wait {
  if (descriptor.kind === 'listener') return descriptor.listener.untilConnected();
  // What is neither is always ready, and nobody waits for it.
  return type === EventType.fdRead ? sourceOf(descriptor)!.untilReadable() : sinkOf(descriptor)!.untilWritable();
}

function load(context: WasiContext, memory: GuestMemory, at: number, layout: SubscriptionLayout): Subscribed {
  const userdata = loadU64(memory, at + layout.userdata);
  const type = loadU8(memory, at + layout.tag);
  if (type === EventType.clock) return loadClock(context, memory, at, layout, userdata);
  if (type !== EventType.fdRead && type !== EventType.fdWrite) throw new HostError('EINVAL');
  const descriptor = context.descriptors.get(loadU32(memory, at + layout.fd));
  if (!isOpenFor(descriptor, type === EventType.fdRead)) throw new HostError('EBADF');
  return { kind: 'descriptor', userdata, type, descriptor };
}

function loadClock(
  { clock }: WasiContext,
  memory: GuestMemory,
  at: number,
  layout: SubscriptionLayout,
  userdata: bigint,
): ClockSubscription {
  const clockId = loadU32(memory, at + layout.clockId);
  const flags = loadU16(memory, at + layout.clockFlags);
  if (clockId !== ClockId.realtime && clockId !== ClockId.monotonic) throw new HostError('EINVAL');
  if ((flags & ~SUBSCRIPTION_CLOCK_ABSTIME) !== 0) throw new HostError('EINVAL');

  const timeoutNs = loadU64(memory, at + layout.timeout);
  if (flags !== 0 && clockId === ClockId.realtime) {
    return { kind: 'clock', userdata, leftNs: () => timeoutNs - clock.realtimeNs() };
  }
  // However the wall clock is set meanwhile, a duration lasts as long.
  const dueNs = flags === 0 ? clock.monotonicNs() + timeoutNs : timeoutNs;
  return { kind: 'clock', userdata, leftNs: () => dueNs - clock.monotonicNs() };
}

function isOpenFor(descriptor: Descriptor, isRead: boolean): boolean {
  switch (descriptor.kind) {
    case 'input':
    case 'listener':
      return isRead;
    case 'output':
      return !isRead;
    case 'file':
      return isRead ? descriptor.readable : descriptor.writable;
    case 'socket':
      return true;
    case 'directory':
      return false;
  }
}

function dueEvents(context: WasiContext, subscribed: readonly Subscribed[]): PollEvent[] {
  return subscribed.flatMap((each) => {
    const event = each.kind === 'clock' ? clockEvent(each) : descriptorEvent(context, each);
    return event === undefined ? [] : [event];
  });
}

function clockEvent({ userdata, leftNs }: ClockSubscription): PollEvent | undefined {
  if (leftNs() > 0) return undefined;
  return { userdata, type: EventType.clock, errno: Errno.success, byteCount: 0, flags: 0 };
}

function descriptorEvent(
  { descriptors }: WasiContext,
  { userdata, type, descriptor }: DescriptorSubscription,
): PollEvent | undefined {
  const failed = (errno: Errno) => ({ userdata, type, errno, byteCount: 0, flags: 0 });
  if (!descriptors.isOpen(descriptor)) return failed(Errno.badf);
  try {
    const ready = readinessOf(descriptor, type === EventType.fdRead);
    if (ready === undefined) return undefined;
    const { byteCount, isHungUp } = ready;
    return { userdata, type, errno: Errno.success, byteCount, flags: isHungUp ? EVENT_HANGUP : 0 };
  } catch (error) {
    if (error instanceof HostError) return failed(errnoOfPosix(error.code));
    throw error;
  }
}

const alwaysReady: Readiness = { byteCount: 1, isHungUp: false };

/** How much can be read or written at once, as far as is known; `undefined`: nothing yet. */
function readinessOf(descriptor: Descriptor, isRead: boolean): Readiness | undefined {
  if (descriptor.kind === 'listener') {
    const { waitingCount } = descriptor.listener;
    return waitingCount === 0 ? undefined : { byteCount: waitingCount, isHungUp: false };
  }
  if (descriptor.kind === 'file' && isRead) {
    const byteCount = Math.max(0, Number(descriptor.file.stat().sizeBytes) - descriptor.offset);
    return { byteCount, isHungUp: byteCount === 0 };
  }
  if (isRead) {
    const source = sourceOf(descriptor);
    return source === undefined ? alwaysReady : source.readable();
  }
  const sink = sinkOf(descriptor);
  return sink === undefined ? alwaysReady : sink.writable();
}

function storeEvents(memory: GuestMemory, eventsPtr: number, countPtr: number, events: readonly PollEvent[]): void {
  const start = addressOf(memory, eventsPtr, events.length * Event.size, Event.align);
  memory.range(start, events.length * Event.size).fill(0);
  for (const [index, event] of events.entries()) {
    const at = start + index * Event.size;
    storeU64(memory, at + Event.userdata, event.userdata);
    storeU16(memory, at + Event.error, event.errno);
    storeU8(memory, at + Event.type, event.type);
    storeU64(memory, at + Event.byteCount, event.byteCount);
    storeU16(memory, at + Event.flags, event.flags);
  }
  storeU32(memory, countPtr, events.length);
}
