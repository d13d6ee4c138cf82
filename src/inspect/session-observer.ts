/** What the interpreter tells a session: handed on to points, listeners and the history. */
import type { Fiber, Observer } from '../interpreter/index.ts';
import type { Func, HostArguments, Instance, Instr } from '../runtime/index.ts';
import type { ForeignCalls, Stage } from './foreign-calls.ts';
import type { History } from './history/history.ts';
import type { Scan } from './history/travel.ts';
import type { Pauses } from './pauses.ts';
import type { Site } from './points/looked-at.ts';
import type { Points } from './points/points.ts';

/** Who is told of what happens between instructions; each part may be absent. */
export interface SessionListener {
  /** An exception has landed: a handler's code runs next. */
  landed?(t: Fiber): void;
  /** A call that the embedder made has ended, well (`t.hasExited`) or at `t.n`. */
  ended?(t: Fiber): void;
  beforeHost?(t: Fiber, f: Func, args: HostArguments): void;
  /** A host function has returned; not told when it threw. */
  afterHost?(t: Fiber, f: Func, args: HostArguments): void;
}

/** What changes while a session is open. */
export interface Scene extends Stage {
  history: History | undefined;
  /** Points are asked on behalf of one who looks for something in the past. */
  scan: Scan | undefined;
  /** While a step waits for frames to return: the height of the control stack that ends it; else −1. */
  floor: number;
  /** The session made the call itself. */
  isOwn: boolean;
}

export class SessionObserver implements Observer {
  readonly listeners = new Set<SessionListener>();
  private readonly scene: Scene;
  private readonly pauses: Pauses;
  private readonly points: Points;
  private readonly foreign: ForeignCalls;

  constructor(scene: Scene, pauses: Pauses, points: Points, foreign: ForeignCalls) {
    this.scene = scene;
    this.pauses = pauses;
    this.points = points;
    this.foreign = foreign;
  }

  visit(t: Fiber, probe: Instr): boolean {
    const { visitors } = probe.k as Site;
    const { scene } = this;
    const { fiber } = scene;
    scene.fiber = t;
    let goesOn = true;
    try {
      for (const visitor of visitors.length === 1 ? visitors : [...visitors]) {
        if (!visitor(t, probe.k as Site)) goesOn = false;
      }
    } finally {
      scene.fiber = fiber;
    }
    return goesOn;
  }

  landed(t: Fiber): void {
    this.tell((listener) => listener.landed?.(t));
    const { fiber, floor } = this.scene;
    if (t !== fiber || floor < 0 || t.sp > floor) return;
    this.pauses.limitReason = 'step';
    this.pauses.soon();
  }

  paused(t: Fiber): Promise<void> | undefined {
    return this.foreign.paused(t);
  }

  ended(t: Fiber): void {
    this.tell((listener) => listener.ended?.(t));
    this.scene.history?.ended(t);
    if (!this.scene.isOwn && t.depth === 0) this.foreign.ended(t);
  }

  sliced(t: Fiber, from: Instr, n: Instr): void {
    this.scene.history?.sliced(t, from, n);
  }

  calledBack(t: Fiber, f: Func, args: HostArguments): void {
    this.scene.history?.calledBack(t, f, args);
  }

  refusesGrowth(t: Fiber): boolean {
    return this.scene.history?.refusesGrowth(t) ?? false;
  }

  growthRefused(t: Fiber): void {
    this.scene.history?.growthRefused(t);
  }

  callHost(t: Fiber, f: Func, caller: Instance, args: HostArguments): Promise<void> | undefined {
    this.tell((listener) => listener.beforeHost?.(t, f, args));
    const promise = this.watchedHost(t, f, caller, args);
    const tellOfReturn = (): void => this.tell((listener) => listener.afterHost?.(t, f, args));
    if (promise === undefined) tellOfReturn();
    return promise?.then(tellOfReturn);
  }

  /** Calls a host function and looks what it has changed. */
  private watchedHost(t: Fiber, f: Func, caller: Instance, args: HostArguments): Promise<void> | undefined {
    const { history } = this.scene;
    const seen = this.points.beforeHost();
    let promise: Promise<void> | undefined;
    try {
      promise = history === undefined ? f.host!(caller, args) : history.callHost(t, f, caller, args);
    } finally {
      if (promise === undefined) this.points.afterHost(seen);
    }
    return promise?.finally(() => this.points.afterHost(seen));
  }

  /** Listeners hear of what happens once, not of replays. */
  private tell(of: (listener: SessionListener) => void): void {
    if (this.scene.scan !== undefined) return;
    for (const listener of this.listeners) of(listener);
  }
}
