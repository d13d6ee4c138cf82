/** Puts the visits that a RunCounter needs into the code of an instance, function by function as they come. */
import { type Fiber, isEntry, isStop, stopsOf } from '../../interpreter/index.ts';
import type { Instr } from '../../runtime/index.ts';
import { outcomeReader } from './branch-outcome.ts';
import { type Asked, type Probing, type Removal, removeAll, wasAsked } from './probing.ts';
import type { RunCounter } from './run-counter.ts';

/** @returns takes the visits out again; what was counted stays */
export function watchRuns(probing: Probing, counter: RunCounter): Removal {
  const removals: Removal[] = [];
  const standing = probing.standing();
  const entered = standing === undefined ? -1 : instrWhere(probing, counter, standing);
  if (entered >= 0) counter.enter(entered);
  const listening = probing.eachCode((code) => {
    for (const check of stopsOf(code)) {
      const instr = counter.map.instrAt(check.pc);
      if (!counter.isSite(instr)) continue;
      const removal = probing.visitAt(
        code,
        check,
        visitorAt(counter, check, instr, () => removal()),
      );
      removals.push(removal);
    }
  });
  const ended = probing.listen({
    ended(t) {
      if (!t.hasExited) leaveAt(probing, counter, t);
    },
  });
  removals.push(listening, ended);
  return () => {
    const left = probing.standing();
    if (left !== undefined) leaveAt(probing, counter, left);
    removeAll(removals)();
  };
}

/** The code is left where a fiber stands: behind an instruction that failed, or before one that is to run. */
function leaveAt(probing: Probing, counter: RunCounter, t: Fiber): void {
  const instr = instrWhere(probing, counter, t);
  if (instr < 0) return;
  if (isStop(t.n!)) counter.leaveBefore(instr, wasAsked(t));
  else counter.leaveBehind(instr);
}

/** The instruction where a fiber stands; −1 outside of the instance's code, and where a function is entered. */
function instrWhere({ instance }: Probing, { map }: RunCounter, { n, instance: current }: Fiber): number {
  return n === null || n.pc < 0 || current !== instance || isEntry(n) ? -1 : map.instrAt(n.pc);
}

function visitorAt(counter: RunCounter, check: Instr, instr: number, enough: () => void): Asked {
  const { map } = counter;
  const number = counter.branchNumber(instr);
  if (number < 0) return counter.runVisitor(instr, enough);
  return counter.branchVisitor(number, outcomeReader(check, map.ids[instr]!, map.branches[number]!), enough);
}
