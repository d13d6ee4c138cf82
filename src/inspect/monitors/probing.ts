/** What monitors need of a looked-at instance: to be told of its code as it comes, and asked where they say. */
import type { Fiber } from '../../interpreter/index.ts';
import type { Code, Func, HostArguments, Instance, Instr } from '../../runtime/index.ts';
import type { Site } from '../points/looked-at.ts';

/** Takes back what was put in. */
export type Removal = () => void;

/** Is asked before an instruction; it answers true: nothing pauses for a monitor. */
export type Asked = (t: Fiber, site: Site) => true;

/** Is told of calls of host functions: before, and after they have returned. */
export interface HostListener {
  before(t: Fiber, f: Func, args: HostArguments): void;
  after(t: Fiber, f: Func, args: HostArguments): void;
}

export interface Probing {
  readonly instance: Instance;
  /** Tells of each function whose clear code there is, and will be. */
  eachCode(listener: (code: Code) => void): Removal;
  /** Asks before the instruction whose check in clear code this is. */
  visitAt(code: Code, check: Instr, asked: Asked): Removal;
  /** Tells when the call whose check this is has returned normally. */
  tellAfter(check: Instr, listener: (t: Fiber) => void): Removal;
  /** Tells of every entry of a function, its locals set. */
  visitEntries(listener: (t: Fiber, place: { readonly code: Code }) => void): Removal;
  /** Tells when an exception has landed: a handler's code runs next. */
  onLanding(listener: (t: Fiber) => void): Removal;
  onHostCall(listener: HostListener): Removal;
}

/** Instructions of the store that have run before the one that a fiber stands at. */
export function countAt({ meter, sliceFuel, fuel }: Fiber): number {
  return meter.instructionCount + (sliceFuel - fuel);
}

/** One removal for many. */
export function removeAll(removals: readonly Removal[]): Removal {
  return () => {
    for (const remove of removals) remove();
  };
}
