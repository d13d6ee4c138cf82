/**
 * Going through a recorded call: to any instant, back over and out of functions, back to breakpoints and
 * watchpoints, and the question who wrote something last. Built on checkpoints and replays of the history.
 */
import type { Fiber } from '../../interpreter/index.ts';
import type { Removal } from '../points/looked-at.ts';
import { watchedText } from '../points/watched-text.ts';
import type { WatchTarget } from '../points/watchpoint.ts';
import type { Session } from '../session.ts';
import type { Stop } from '../stop.ts';
import { instructionCountOf, waitingCall } from '../visit.ts';
import type { History } from './history.ts';

/** Something that a search through the past has come by. */
interface Hit {
  /** The moment before the instruction. */
  readonly instructionCount: number;
  readonly stop: Stop;
}

/** A search in progress: points tell it what they would have paused for. */
export interface Scan {
  hit(t: Fiber, stop: Stop): void;
  /** The instruction at hand is the last one that has run: a host call. */
  hitByHost(t: Fiber, stop: Stop): void;
}

/** The last write to something. */
export interface LastWrite {
  /** The moment before the instruction that wrote, or called the host function that did. */
  readonly instructionCount: number;
  readonly funcidx: number;
  /** Of the function, when it has one. */
  readonly name: string | undefined;
  /** Byte offset of the instruction in its module. */
  readonly byteOffset: number;
  readonly instruction: string;
  readonly before: string;
  readonly after: string;
}

export class Travel {
  private readonly session: Session;
  private readonly history: History;

  constructor(session: Session, history: History) {
    this.session = session;
    this.history = history;
  }

  /** @throws {SnapshotError} for a moment that is not in the recording though others after it are */
  goTo(instructionCount: number): Stop {
    const { startCount, endCount } = this.history;
    this.history.checkReach(Math.min(instructionCount, endCount));
    if (instructionCount < startCount) return this.arriveAt(startCount, 'start-of-history');
    return instructionCount < endCount ? this.arriveAt(instructionCount, 'step') : this.arriveAtEnd();
  }

  /** The end of what is known; when the call ended there, its end. */
  private arriveAtEnd(): Stop {
    const { endStop, endCount } = this.history;
    if (endStop === undefined) return this.arriveAt(endCount, 'end-of-history');
    this.moveTo(endCount - 1);
    return this.session.arrive(this.session.runQuietly(endCount) ?? this.history.stopAtEnd());
  }

  private arriveAt(instructionCount: number, reason: Stop['reason']): Stop {
    this.moveTo(instructionCount);
    return this.session.arrive({ reason });
  }

  /** Puts the guest to an instant. */
  private moveTo(instructionCount: number): void {
    const { history, session } = this;
    const index = history.before(instructionCount);
    const now = session.instructionCount;
    const canGoOn = history.isReplaying && !this.hasEnded && history.countOf(index) <= now && now <= instructionCount;
    if (!canGoOn) history.putBack(index);
    if (session.instructionCount < instructionCount) session.runQuietly(instructionCount);
    // Nobody has been asked there yet who is to be told.
    if (!canGoOn || now < instructionCount) history.fiber.passed = null;
  }

  private get hasEnded(): boolean {
    const { fiber } = this.history;
    const reason = this.session.stop?.reason;
    return fiber.sp === 0 || fiber.hasExited || reason === 'exit' || reason === 'trap';
  }

  /** Comes to the end again in clear code, where every operand is in its place. */
  seeEnd(): void {
    const { history, session } = this;
    history.checkReach(history.endCount);
    history.putBack(history.before(history.endCount - 1));
    session.runQuietly(history.endCount - 1);
    session.runQuietly(history.endCount);
  }

  stepBackOver(): Stop {
    const { session, history } = this;
    const now = session.instructionCount;
    const height = history.fiber.sp;
    const stop = this.goTo(now - 1);
    if (history.fiber.sp <= height || stop.reason === 'start-of-history') return stop;
    return this.arriveAtCall(this.lastEntry(now, (t) => waitingCall(t) === height));
  }

  stepBackOut(): Stop {
    const { session, history } = this;
    const height = waitingCall(history.fiber);
    const call =
      height <= 0 ? undefined : this.lastEntry(session.instructionCount + 1, (t) => waitingCall(t) === height);
    return this.arriveAtCall(call);
  }

  private arriveAtCall(instructionCount: number | undefined): Stop {
    if (instructionCount === undefined) return this.arriveAt(this.history.startCount, 'start-of-history');
    return this.arriveAt(instructionCount, 'step');
  }

  /** The moment before the last call, before `end`, whose entry passes `test`. */
  private lastEntry(end: number, test: (t: Fiber) => boolean): number | undefined {
    let found: number | undefined;
    const listener = (t: Fiber): void => {
      // The call is counted already, the function's first instruction is not.
      const count = instructionCountOf(t) - 1;
      if (t === this.history.fiber && count < end - 1 && test(t)) found = count;
    };
    const install = (): Removal[] => this.session.lookedAt.map((looked) => looked.visitEntries(listener));
    this.searchBack(end, noScan, install, () => found !== undefined);
    return found;
  }

  runBack(): Stop {
    const hit = this.lastHit(this.session.instructionCount, () => true);
    if (hit === undefined) return this.arriveAt(this.history.startCount, 'start-of-history');
    const { watchpoint } = hit.stop;
    if (watchpoint === undefined) {
      this.moveTo(hit.instructionCount);
      return this.session.arrive(hit.stop);
    }
    return this.session.arrive({ ...hit.stop, ...this.valuesAround(hit, watchpoint.target) });
  }

  lastWrite(target: WatchTarget): LastWrite | undefined {
    const { session } = this;
    const now = session.instructionCount;
    const { stop } = session;
    const watchpoint = session.points.addWatchpoint(target, 'write');
    try {
      const hit = this.lastHit(now, (found) => found.watchpoint === watchpoint);
      return hit && this.describe(hit, target);
    } finally {
      watchpoint.remove();
      if (stop?.reason === 'exit' || stop?.reason === 'trap') this.arriveAtEnd();
      else {
        this.moveTo(now);
        session.arrive(stop ?? { reason: 'step' });
      }
    }
  }

  private describe(hit: Hit, target: WatchTarget): LastWrite {
    const values = this.valuesAround(hit, target);
    this.session.arrive(hit.stop);
    const { funcidx, name, byteOffset, instruction } = this.session.frame;
    return { instructionCount: hit.instructionCount, funcidx, name, byteOffset, instruction, ...values };
  }

  /** Stands before the instruction of a hit. */
  private valuesAround({ instructionCount }: Hit, target: WatchTarget): { before: string; after: string } {
    const { fiber } = this.history;
    this.moveTo(instructionCount + 1);
    const after = watchedText(target, fiber);
    this.moveTo(instructionCount);
    return { before: watchedText(target, fiber), after };
  }

  /** The last moment before `end` that a point pauses at. */
  private lastHit(end: number, fits: (stop: Stop) => boolean): Hit | undefined {
    let found: Hit | undefined;
    const note = (instructionCount: number, stop: Stop): void => {
      if (instructionCount < end && fits(stop)) found = { instructionCount, stop };
    };
    const scan: Scan = {
      hit: (t, stop) => note(instructionCountOf(t), stop),
      hitByHost: (t, stop) => note(instructionCountOf(t) - 1, stop),
    };
    this.searchBack(
      end,
      scan,
      () => [],
      () => found !== undefined,
    );
    return found;
  }

  /** Replays the stretches between checkpoints, the last one first, until something is found. */
  private searchBack(end: number, scan: Scan, install: () => readonly Removal[], isFound: () => boolean): void {
    const { history, session } = this;
    let until = end;
    while (until > history.startCount) {
      const index = history.before(until - 1);
      const from = history.countOf(index);
      history.putBack(index);
      const removals = install();
      try {
        session.runQuietly(until, scan);
      } finally {
        for (const remove of removals) remove();
      }
      if (isFound()) return;
      // The replay may have taken checkpoints of its own.
      if (history.beginsAfterGap(history.before(from))) history.checkReach(from - 1);
      until = from;
    }
  }
}

const noScan: Scan = { hit: () => undefined, hitByHost: () => undefined };
