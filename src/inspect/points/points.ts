/** The breakpoints, watchpoints and probes of a session, and where they stand in its instances' code. */
import { clearAt, type Fiber, isStop } from '../../interpreter/index.ts';
import type { Code } from '../../runtime/index.ts';
import { type InstrId, UsageError } from '../../syntax/index.ts';
import { functionByName } from '../names.ts';
import type { Session } from '../session.ts';
import type { Stop } from '../stop.ts';
import { Visit } from '../visit.ts';
import { type BreakPlace, Breakpoint, type BreakpointOptions, calleeOf, eventIds } from './breakpoint.ts';
import { idsMatching, type LookedAt, type Removal, type Site, type Visitor } from './looked-at.ts';
import { watchedText } from './watched-text.ts';
import { touches, touchingIds, type WatchAccess, Watchpoint, type WatchTarget } from './watchpoint.ts';

/** A probe of the session's; it stays until it is removed. */
export interface Probe {
  remove(): void;
}

export interface ProbeCallbacks {
  readonly before?: ((visit: Visit) => void) | undefined;
  /** After the instruction, in the same frame: for a call after its return. Not after what leaves the frame. */
  readonly after?: ((visit: Visit) => void) | undefined;
}

/** Watched values before a host function ran. */
export type SeenValues = readonly (readonly [Watchpoint, string])[];

type Removable = Breakpoint | Watchpoint | Probe;

export class Points {
  private readonly session: Session;
  private readonly lookedAt: readonly LookedAt[];
  private readonly active = new Set<Removable>();
  private lastId = 0;

  constructor(session: Session, lookedAt: readonly LookedAt[]) {
    this.session = session;
    this.lookedAt = lookedAt;
  }

  get breakpoints(): Breakpoint[] {
    return [...this.active].filter((each) => each instanceof Breakpoint);
  }

  get watchpoints(): Watchpoint[] {
    return [...this.active].filter((each) => each instanceof Watchpoint);
  }

  /** Does anything stand in the code? */
  get isEmpty(): boolean {
    return this.active.size === 0;
  }

  removeAll(): void {
    for (const each of [...this.active]) each.remove();
  }

  // Breakpoints.

  /** @throws {UsageError} for a place that is none, saying which there are */
  addBreakpoint(options: BreakpointOptions): Breakpoint {
    const removals: Removal[] = [];
    const places: BreakPlace[] = [];
    const visitor: Visitor = (t, site) => this.breakAt(breakpoint, t, site);
    const breakpoint: Breakpoint = new Breakpoint(++this.lastId, options, places, () => {
      for (const remove of removals) remove();
      this.active.delete(breakpoint);
    });
    if (options.on !== undefined) this.breakOn(options.on, visitor, removals);
    else {
      const { looked, code, pc } = this.placeOf(options);
      const removal = pc === undefined ? looked.visitFirst(code, visitor) : looked.visitAt(code, pc, visitor);
      if (removal === undefined) throw new UsageError('no instruction that can be reached is there');
      removals.push(removal);
      places.push({ funcidx: code.funcidx, byteOffset: pc ?? code.func.body.byteOffset });
    }
    this.active.add(breakpoint);
    return breakpoint;
  }

  private breakAt(breakpoint: Breakpoint, t: Fiber, site: Site): boolean {
    const { on, condition } = breakpoint.options;
    const { scan } = this.session;
    if (scan !== undefined) {
      const isWanted = breakpoint.isEnabled && (on !== 'import-call' || isImportCall(t, site));
      if (isWanted && condition?.(this.session) !== false) scan.hit(t, { reason: 'breakpoint', breakpoint });
      return true;
    }
    if (this.session.pauses.hasBeenSeen(t)) return true;
    if (on === 'import-call' && !isImportCall(t, site)) return true;
    if (!breakpoint.passes(this.session, (text) => this.session.log(text))) return true;
    return this.session.pauses.haltFor({ reason: 'breakpoint', breakpoint });
  }

  private breakOn(event: keyof typeof eventIds | 'trap', visitor: Visitor, removals: Removal[]): void {
    if (event === 'trap') return;
    const ids: ReadonlySet<InstrId> | undefined = eventIds[event];
    if (ids === undefined)
      throw new UsageError(`there is no event '${event}': trap, ${Object.keys(eventIds).join(', ')}`);
    for (const looked of this.lookedAt) removals.push(looked.visitClass(ids, visitor, undefined));
  }

  /** @internal A trap ends the call. @returns the breakpoint that waited for one, counted */
  onTrap(): Pick<Stop, 'breakpoint'> {
    const log = (text: string): void => this.session.log(text);
    const waiting = this.breakpoints.filter(({ options }) => options.on === 'trap');
    const [breakpoint] = waiting.filter((each) => each.passes(this.session, log));
    return breakpoint === undefined ? {} : { breakpoint };
  }

  private placeOf({ func, byteOffset, line }: BreakpointOptions): {
    looked: LookedAt;
    code: Code;
    pc: number | undefined;
  } {
    if (func !== undefined) return { ...this.functionOf(func), pc: undefined };
    if (line !== undefined) return this.placeOnLine(line);
    if (byteOffset === undefined) throw new UsageError('a breakpoint needs func, byteOffset, line or on');
    for (const looked of this.lookedAt) {
      const found = placeAt(looked, byteOffset);
      if (found !== undefined) return { looked, ...found };
    }
    throw new UsageError(`byte ${byteOffset} is in no function’s body`);
  }

  private placeOnLine(line: number): { looked: LookedAt; code: Code; pc: number } {
    for (const looked of this.lookedAt) {
      const offsets = this.session.machine.byteOffsetsOnLine(looked.instance, line);
      for (const byteOffset of offsets) {
        const found = placeAt(looked, byteOffset);
        if (found !== undefined) return { looked, ...found };
      }
    }
    throw new UsageError(`no instruction begins on line ${line}`);
  }

  private functionOf(func: string | number): { looked: LookedAt; code: Code } {
    for (const looked of this.lookedAt) {
      const funcidx = typeof func === 'number' ? func : functionByName(looked.instance, func);
      const code = funcidx === undefined ? undefined : looked.codeOf(funcidx);
      if (code !== undefined) return { looked, code };
    }
    throw new UsageError(`there is no function ${typeof func === 'number' ? func : JSON.stringify(func)} with a body`);
  }

  // Watchpoints.

  addWatchpoint(target: WatchTarget, access: WatchAccess = 'write'): Watchpoint {
    const ids = touchingIds(target, access);
    const visitor: Visitor = (t, site) => this.watchAt(watchpoint, t, site);
    const removals = this.lookedAt.map((looked) => looked.visitClass(ids, visitor, undefined));
    const watchpoint: Watchpoint = new Watchpoint(++this.lastId, target, access, () => {
      for (const remove of removals) remove();
      this.active.delete(watchpoint);
    });
    this.active.add(watchpoint);
    return watchpoint;
  }

  private watchAt(watchpoint: Watchpoint, t: Fiber, site: Site): boolean {
    const { target, access, isEnabled } = watchpoint;
    if (!isEnabled || !touches(t, site, target, access)) return true;
    const { scan } = this.session;
    if (scan !== undefined) {
      scan.hit(t, { reason: 'watchpoint', watchpoint });
      return true;
    }
    const before = watchedText(target, t);
    watchpoint.hits++;
    this.session.pauses.after(t, () => ({ reason: 'watchpoint', watchpoint, before, after: watchedText(target, t) }));
    return true;
  }

  /** @internal What is watched, before a host function that may write it. */
  beforeHost(): SeenValues {
    const watchpoints = this.watchpoints.filter(
      ({ isEnabled, access, target }) => isEnabled && access !== 'read' && target.kind !== 'local',
    );
    return watchpoints.map((each) => [each, watchedText(each.target, undefined)]);
  }

  /** @internal Pauses when a host function has changed what is watched. */
  afterHost(seen: SeenValues): void {
    for (const [watchpoint, before] of seen) {
      const after = watchedText(watchpoint.target, undefined);
      if (after === before) continue;
      const stop: Stop = { reason: 'watchpoint', watchpoint, before, after };
      const { scan, currentFiber } = this.session;
      if (scan !== undefined) {
        scan.hitByHost(currentFiber!, stop);
        continue;
      }
      watchpoint.hits++;
      this.session.pauses.haltFor(stop);
      this.session.pauses.soon();
    }
  }

  // Probes.

  /**
   * Calls back at every instruction of a class.
   *
   * @param pattern `i32.add`, `*.load`, `*`: a mnemonic, stars stand for anything
   * @throws {UsageError} when it fits no instruction
   */
  addProbe(pattern: string, { before, after }: ProbeCallbacks): Probe {
    const ids = idsMatching(pattern);
    if (ids.size === 0) throw new UsageError(`no instruction is called ${JSON.stringify(pattern)}`);
    const { machine } = this.session;
    const visitor: Visitor | undefined =
      before &&
      ((t, site) => {
        if (this.session.scan === undefined) before(new Visit(t, site, machine));
        return true;
      });
    const listener =
      after &&
      ((t: Fiber, site: Site): void => {
        if (this.session.scan === undefined) after(new Visit(t, site, machine));
      });
    return this.keep(this.lookedAt.map((looked) => looked.visitClass(ids, visitor, listener)));
  }

  /** Calls back at every entry of a function, its locals set. */
  onEnter(callback: (visit: Visit) => void): Probe {
    const { machine } = this.session;
    const listener = (t: Fiber, site: Site): void => {
      if (this.session.scan === undefined) callback(new Visit(t, site, machine));
    };
    return this.keep(this.lookedAt.map((looked) => looked.visitEntries(listener)));
  }

  private keep(removals: readonly Removal[]): Probe {
    const probe: Probe = {
      remove: () => {
        for (const each of removals) each();
        this.active.delete(probe);
      },
    };
    this.active.add(probe);
    return probe;
  }
}

function isImportCall(t: Fiber, site: Site): boolean {
  return calleeOf(t, site)?.host != null;
}

/** The first reachable instruction at or behind a byte offset of a function's body. */
function placeAt(looked: LookedAt, byteOffset: number): { code: Code; pc: number } | undefined {
  const code = looked.codeAround(byteOffset);
  const pc = code && firstReachable(code, byteOffset);
  return code === undefined || pc === undefined ? undefined : { code, pc };
}

function firstReachable(code: Code, byteOffset: number): number | undefined {
  clearAt(code, code.func.body.byteOffset);
  let first: number | undefined;
  for (const [pc, instr] of code.clear!.byPc!) {
    if (pc < byteOffset || instr.pc !== pc || !isStop(instr)) continue;
    if (first === undefined || pc < first) first = pc;
  }
  return first;
}
