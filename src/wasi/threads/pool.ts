/**
 * The workers of a thread group. A thread that is to run gets an idle one; while there is none it stands in a queue,
 * and workers are made a few at a time. Those that become idle are kept for the next threads.
 */
import type { ThreadWorker, WorkerEvents, WorkerMessage } from './messages.ts';
import { Slot, type ThreadStart } from './slot.ts';

/** Workers that start at the same time: more would only start more slowly. */
const MAX_STARTING = 2;
/** Workers in waiting once the guest has started a thread: so many can start without waiting for a worker. */
const SPARE_COUNT = 2;
/** Idle workers that are kept. */
const MAX_IDLE = 16;

/** A worker. */
export class Member {
  readonly slot = new Slot();
  /** Its agent's number among those that share descriptors; 0: it does not. */
  agent = 0;
  /** Of the thread that runs in it; −1: none. */
  tid = -1;
  isReady = false;
  isClosed = false;
  /** The answer to come of the call that its thread waits for. */
  pending: (PromiseLike<unknown> & { cancel?(): void }) | undefined;
  worker: ThreadWorker | undefined;

  /** It ends once its thread has. */
  close(): void {
    this.isClosed = true;
    this.slot.close();
  }

  terminate(): void {
    this.worker?.terminate();
  }
}

export interface PoolEvents {
  /** Not about pool matters alone: calls, ends, failures of threads. */
  message(member: Member, message: WorkerMessage): void;
  /** A worker has ended that should not have. */
  failed(member: Member, error: unknown): void;
  /** A worker has ended. */
  ended(member: Member): void;
}

export class Pool {
  readonly members = new Set<Member>();
  private readonly start: (member: Member, events: WorkerEvents) => ThreadWorker;
  private readonly events: PoolEvents;
  private readonly idle: Member[] = [];
  private queue: ThreadStart[] = [];
  private startingCount = 0;
  private spareCount = 0;
  private isClosed = false;
  /** Of workers that are gone. */
  private instructions = 0;
  private calls = 0;

  constructor(start: (member: Member, events: WorkerEvents) => ThreadWorker, events: PoolEvents) {
    this.start = start;
    this.events = events;
  }

  /** Runs a thread as soon as there is a worker for it. */
  run(start: ThreadStart): void {
    if (start.tid !== 0) this.spareCount = SPARE_COUNT;
    this.queue.push(start);
    this.fill();
  }

  /** Keeps at least so many workers ready for further threads. */
  warm(spareCount: number): void {
    this.spareCount = Math.max(this.spareCount, spareCount);
    this.fill();
  }

  /** The worker's thread has ended. */
  ended(member: Member): void {
    member.tid = -1;
    if (this.isClosed) return;
    if (this.idle.length < MAX_IDLE || this.queue.length > 0) this.idle.push(member);
    else member.close();
    this.fill();
  }

  /** Lets every worker end, as soon as its thread has; threads in the queue never start. */
  close(): void {
    this.isClosed = true;
    this.queue = [];
    for (const member of this.members) member.close();
  }

  get counts(): { readonly instructions: number; readonly calls: number } {
    let { instructions, calls } = this;
    for (const { slot } of this.members) {
      instructions += slot.counts.instructions;
      calls += slot.counts.calls;
    }
    return { instructions, calls };
  }

  private fill(): void {
    while (this.queue.length > 0 && this.idle.length > 0) {
      const member = this.idle.pop()!;
      const start = this.queue.shift()!;
      member.tid = start.tid;
      member.slot.start(start);
    }
    const wantedCount = this.queue.length + Math.max(0, this.spareCount - this.idle.length);
    while (this.startingCount < Math.min(MAX_STARTING, wantedCount)) this.add();
  }

  private add(): void {
    const member = new Member();
    this.members.add(member);
    this.startingCount++;
    member.worker = this.start(member, {
      message: (message) => this.receive(member, message),
      failed: (error) => this.lose(member, error),
      exited: () => this.lose(member, new Error('it ended by itself')),
    });
  }

  private receive(member: Member, message: WorkerMessage): void {
    if (message === 'ready') {
      this.startingCount--;
      member.isReady = true;
      if (this.isClosed) return;
      this.idle.push(member);
      this.fill();
    } else this.events.message(member, message);
  }

  private lose(member: Member, error: unknown): void {
    if (!this.members.delete(member)) return;
    if (!member.isReady) this.startingCount--;
    const { instructions, calls } = member.slot.counts;
    this.instructions += instructions;
    this.calls += calls;
    const at = this.idle.indexOf(member);
    if (at >= 0) this.idle.splice(at, 1);
    if (!member.isClosed) this.events.failed(member, error);
    this.events.ended(member);
  }
}
