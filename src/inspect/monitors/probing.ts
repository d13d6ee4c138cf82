/** What monitors need of a looked-at instance: to be told of its code as it comes, and asked where they say. */
import { type Fiber, hookAfter } from '../../interpreter/index.ts';
import type { Code, Instance, Instr } from '../../runtime/index.ts';
import { UsageError } from '../../syntax/index.ts';
import type { Site } from '../points/looked-at.ts';
import type { Session } from '../session.ts';
import type { SessionListener } from '../session-observer.ts';

/** Takes back what was put in. */
export type Removal = () => void;

/** Is asked before an instruction; it answers true: nothing pauses for a monitor. */
export type Asked = (t: Fiber, site: Site) => true;

export interface Probing {
  readonly instance: Instance;
  /** Tells of each function whose clear code there is, and will be. */
  eachCode(listener: (code: Code) => void): Removal;
  /** Asks before the instruction whose check in clear code this is. */
  visitAt(code: Code, check: Instr, asked: Asked): Removal;
  /** Tells of every entry of a function, its locals set. */
  visitEntries(listener: (t: Fiber, place: { readonly code: Code }) => void): Removal;
  /** Tells when the call whose check this is has returned normally. */
  tellAfter(check: Instr, listener: (t: Fiber) => void): Removal;
  /** Tells of what happens between instructions. */
  listen(listener: SessionListener): Removal;
  /** The fiber that stands in the middle of a call, if one does. */
  standing(): Fiber | undefined;
}

/**
 * What the session sees going forward; what it runs once more to find something in the past is not told.
 *
 * @throws {UsageError} when the session does not look at the instance
 */
export function probingOf(session: Session, instance: Instance): Probing {
  const lookedAt = session.lookedAtOf(instance);
  if (lookedAt === undefined) throw new UsageError('the session does not look at this instance');
  const isReplay = () => session.scan !== undefined;
  const standing = () => (session.currentFiber?.sp === 0 ? undefined : session.currentFiber);
  return {
    instance,
    standing,
    eachCode: (listener) => lookedAt.eachCode(listener),
    visitAt(code, check, asked) {
      const removal = lookedAt.visitCheck(code, check, (t, site) => isReplay() || asked(t, site));
      const t = standing();
      // Others have been asked here before the guest paused; it goes on without asking again.
      if (t?.n === check && wasAsked(t)) asked(t, check.k as Site);
      return removal;
    },
    visitEntries: (listener) =>
      lookedAt.visitEntries((t, site) => {
        if (!isReplay()) listener(t, site);
      }),
    tellAfter: (check, listener) =>
      hookAfter(check, (t, hook) => {
        if (!isReplay()) listener(t);
        return hook.next;
      }),
    listen: (listener) => session.listen(listener),
  };
}

/** Has a fiber that stands at a probe asked there? */
export function wasAsked({ n, passed }: Fiber): boolean {
  return n !== null && passed === n;
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
