/** Breakpoints: where a guest pauses before an instruction, and under which conditions. */
import type { Fiber } from '../../interpreter/index.ts';
import type { Func } from '../../runtime/index.ts';
import { instructions } from '../../syntax/index.ts';
import type { Session } from '../session.ts';
import { readerAt } from './access.ts';
import { idsMatching, type Removal, type Site } from './looked-at.ts';

/** Classes of instructions that a breakpoint may stand for, by what users call them. */
export type BreakEvent = 'trap' | 'import-call' | 'memory.grow' | 'throw';

export interface BreakpointOptions {
  /** Function by name or index: before its first instruction. */
  readonly func?: string | number | undefined;
  /** Byte offset in the module: before the instruction there, or the next one that is reached in the text. */
  readonly byteOffset?: number | undefined;
  /** Line of the module's text. */
  readonly line?: number | undefined;
  /** At every instruction of a class; `trap`: when a call that the session made ends by an error. */
  readonly on?: BreakEvent | undefined;
  /** Pauses only when true. */
  readonly condition?: ((session: Session) => boolean) | undefined;
  /** Passes that do not pause, at first. */
  readonly ignore?: number | undefined;
  /** Does not pause: hands a text to the session's `onLog`. */
  readonly log?: ((session: Session) => string) | undefined;
  /** Goes away when it has paused once. */
  readonly once?: boolean | undefined;
}

export class Breakpoint {
  readonly id: number;
  readonly options: BreakpointOptions;
  /** Where it is, one for each place; none for `on: 'trap'`. */
  readonly places: readonly BreakPlace[];
  isEnabled = true;
  /** Times that its condition held. */
  hits = 0;
  /** Passes still to be ignored. */
  ignore: number;
  private readonly takeOut: Removal;

  /** @internal */
  constructor(id: number, options: BreakpointOptions, places: readonly BreakPlace[], takeOut: Removal) {
    this.id = id;
    this.options = options;
    this.places = places;
    this.ignore = options.ignore ?? 0;
    this.takeOut = takeOut;
  }

  remove(): void {
    this.takeOut();
  }

  /** @internal Counts a pass. @returns whether it pauses */
  passes(session: Session, log: (text: string) => void): boolean {
    const { condition, log: text, once } = this.options;
    if (!this.isEnabled || condition?.(session) === false) return false;
    this.hits++;
    if (this.ignore > 0) {
      this.ignore--;
      return false;
    }
    if (text !== undefined) {
      log(text(session));
      return false;
    }
    if (once === true) this.remove();
    return true;
  }
}

export interface BreakPlace {
  readonly funcidx: number;
  readonly byteOffset: number;
}

/** Instructions that an event may happen at. */
export const eventIds = {
  'import-call': idsMatching('*call*'),
  'memory.grow': idsMatching('memory.grow'),
  throw: new Set([...idsMatching('throw*'), ...idsMatching('rethrow')]),
} as const;

/** The function that a call instruction, about to run, calls; undefined when it will trap. */
export function calleeOf(t: Fiber, site: Site): Func | undefined {
  const { index, index2 } = readerAt(site);
  const { name } = instructions[site.id]!;
  if (name.endsWith('call')) return site.instance.funcs[index];
  const at = t.fp + site.endAt - 2;
  if (name.endsWith('call_ref')) return (t.R[at >> 1] as Func | null) ?? undefined;
  return (site.instance.tables[index2]?.elements[t.I[at]! >>> 0] as Func | null | undefined) ?? undefined;
}
