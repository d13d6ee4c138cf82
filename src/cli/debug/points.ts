/**
 * Breakpoints, watchpoints and catchpoints by number: what the user asked for, kept over runs, and what stands
 * for it in the session of the run in progress.
 */
import type { Session } from '../../api/index.ts';
import type { Breakpoint, BreakpointOptions, Stop, Watchpoint } from '../../inspect/index.ts';
import { Failure } from '../failure.ts';

export type PointKind = 'breakpoint' | 'watchpoint' | 'catchpoint' | 'log point';

/** Puts a point into a session. Conditions, counts and logs are the table's. */
export type Setter = (session: Session, options: PointOptions) => readonly (Breakpoint | Watchpoint)[];

export type PointOptions = Pick<BreakpointOptions, 'condition' | 'log'>;

export interface PointFields {
  readonly kind: PointKind;
  /** `$fac at fac.wat:6`, `*0x10:4`. */
  readonly what: string;
  readonly isTemporary?: boolean;
  /** Bytes of the module that it stands before, for `clear`. */
  readonly byteOffsets?: readonly number[];
  /** What a log point writes, when it is one. */
  readonly log?: () => string;
  /** It looks at something of one run, such as a frame's local, and goes with it. */
  readonly dies?: (session: Session) => boolean;
  readonly set: Setter;
}

export class Point {
  readonly number: number;
  readonly fields: PointFields;
  isEnabled = true;
  condition: string | undefined;
  /** Passes still to be ignored. */
  ignore = 0;
  hits = 0;
  commands: readonly string[] = [];
  /** What stands for it in the session. */
  live: readonly (Breakpoint | Watchpoint)[] = [];

  constructor(number: number, fields: PointFields, condition: string | undefined) {
    this.number = number;
    this.fields = fields;
    this.condition = condition;
  }

  get title(): string {
    const { kind, isTemporary } = this.fields;
    const temporary = isTemporary === true ? 'Temporary ' : '';
    return `${temporary === '' ? kind.charAt(0).toUpperCase() + kind.slice(1) : temporary + kind} ${this.number}`;
  }
}

export class PointTable {
  private readonly points = new Map<number, Point>();
  private lastNumber = 0;
  private session: Session | undefined;
  private isQuiet = false;
  /** Is a condition true where the guest is about to stand? */
  private readonly holds: (condition: string, point: Point) => boolean;

  constructor(holds: (condition: string, point: Point) => boolean) {
    this.holds = holds;
  }

  get all(): readonly Point[] {
    return [...this.points.values()];
  }

  /** @throws {Failure} when there is none of this number */
  get(number: number): Point {
    const point = this.points.get(number);
    if (point === undefined) throw new Failure(`there is no breakpoint ${number}`, "'info breakpoints' lists them");
    return point;
  }

  /** @throws {UsageError} for a place that the session refuses */
  add(fields: PointFields, condition?: string): Point {
    const point = new Point(this.lastNumber + 1, fields, condition);
    if (this.session !== undefined) this.install(point, this.session);
    this.lastNumber = point.number;
    this.points.set(point.number, point);
    return point;
  }

  delete(point: Point): void {
    for (const each of point.live) each.remove();
    this.points.delete(point.number);
  }

  setEnabled(point: Point, isEnabled: boolean): void {
    point.isEnabled = isEnabled;
    for (const each of point.live) each.isEnabled = isEnabled;
  }

  /** Puts all points into a new session; counts begin anew. Points of the last run's frames are gone. */
  attach(session: Session): void {
    this.detach();
    this.session = session;
    for (const point of this.all) {
      point.hits = 0;
      this.install(point, session);
    }
  }

  /** The session is closed, or about to be. Points that belong to its run go. @returns these */
  detach(): readonly Point[] {
    this.session = undefined;
    for (const point of this.all) point.live = [];
    return this.drop(this.all.filter(({ fields }) => fields.dies !== undefined));
  }

  /** Removes points whose frame has returned. @returns these */
  removeDead(session: Session): readonly Point[] {
    return this.drop(this.all.filter(({ fields }) => fields.dies?.(session) === true));
  }

  private drop(points: readonly Point[]): readonly Point[] {
    for (const point of points) this.delete(point);
    return points;
  }

  private install(point: Point, session: Session): void {
    const { log } = point.fields;
    point.live = point.fields.set(session, {
      condition: () => this.passes(point),
      ...(log === undefined ? {} : { log: () => (this.isQuiet ? '' : log()) }),
    });
    for (const each of point.live) each.isEnabled = point.isEnabled;
  }

  /** Does something that passes points again: nothing is counted, and log points write nothing. */
  quietly<Result>(step: () => Result): Result {
    this.isQuiet = true;
    try {
      return step();
    } finally {
      this.isQuiet = false;
    }
  }

  /** Counts a pass that reached the point. @returns whether it stops there */
  private passes(point: Point): boolean {
    if (point.condition !== undefined && !this.holds(point.condition, point)) return false;
    if (this.isQuiet) return true;
    point.hits++;
    if (point.ignore === 0) return true;
    point.ignore--;
    return false;
  }

  /**
   * The point that a stop is about.
   *
   * @param asks whether it stops there after all: watchpoints have conditions and counts, too
   */
  at(stop: Stop): Point | undefined;
  at(stop: Stop, asks: true): Point | 'passed' | undefined;
  at(stop: Stop, asks = false): Point | 'passed' | undefined {
    const watchpoint = this.behind(stop.watchpoint);
    if (asks && watchpoint !== undefined && !this.passes(watchpoint)) return 'passed';
    return this.behind(stop.breakpoint) ?? watchpoint;
  }

  private behind(live: Breakpoint | Watchpoint | undefined): Point | undefined {
    return live && this.all.find((each) => each.live.includes(live));
  }
}
