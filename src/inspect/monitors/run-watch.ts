/** Puts the visits that a RunCounter needs into the code of an instance, function by function as they come. */
import { type Fiber, isEntry, isStop, stopsOf } from '../../interpreter/index.ts';
import type { Instr } from '../../runtime/index.ts';
import { outcomeReader } from './branch-outcome.ts';
import { type Asked, type Probing, type Removal, removeAll } from './probing.ts';
import type { RunCounter } from './run-counter.ts';

/** @returns takes the visits out again; what was counted stays */
export function watchRuns(probing: Probing, counter: RunCounter): Removal {
  const removals: Removal[] = [];
  const listening = probing.eachCode((code) => {
    for (const check of stopsOf(code)) {
      const instr = counter.map.instrAt(check.pc);
      if (counter.isSite(instr)) removals.push(probing.visitAt(code, check, visitorAt(counter, check, instr)));
    }
  });
  const ended = probing.listen({
    ended(t) {
      if (!t.hasExited) leaveAt(probing, counter, t);
    },
  });
  removals.push(listening, ended);
  return () => {
    const standing = probing.standing();
    if (standing !== undefined) leaveAt(probing, counter, standing);
    removeAll(removals)();
  };
}

/** The code is left where a fiber stands: behind an instruction that failed, or before one that is to run. */
function leaveAt({ instance }: Probing, counter: RunCounter, { n, instance: current }: Fiber): void {
  if (n === null || n.pc < 0 || current !== instance || isEntry(n)) return;
  const instr = counter.map.instrAt(n.pc);
  if (instr >= 0) counter.leave(instr, !isStop(n));
}

function visitorAt(counter: RunCounter, check: Instr, instr: number): Asked {
  const { map } = counter;
  const number = counter.branchNumber(instr);
  if (number < 0) return counter.runVisitor(instr);
  return counter.branchVisitor(number, outcomeReader(check, map.ids[instr]!, map.branches[number]!));
}
