/**
 * Counts how often each instruction runs and which way each conditional branch goes, exactly, with few visits:
 * one for each conditional branch, and one for each run of instructions that no branch accounts for. A run
 * that is left in its middle, by a trap or for want of fuel, is put right when that is told.
 *
 *     counts[i]       of run i, from visits of its first instruction
 *     outcomes[o]     of outcome o; the outcomes of branch b are [outcomeAt[b], outcomeAt[b + 1])
 */
import type { OutcomeOf } from './branch-outcome.ts';
import type { Branch, CodeMap, Edge } from './code-map.ts';
import type { Asked } from './probing.ts';

/** How a run's count is known. */
const BY_VISITS = 0;
const BY_ITS_BRANCH = 1;
const BY_ORIGIN = 2;

/** A part of a run that ran once more (+1) or once less (−1) than the run was counted. */
interface Correction {
  readonly first: number;
  readonly end: number;
  readonly delta: 1 | -1;
}

export class RunCounter {
  readonly map: CodeMap;
  private readonly wanted: number;
  private readonly counts: Float64Array;
  private readonly outcomes: Float64Array;
  private readonly outcomeAt: Uint32Array;
  private readonly sourceOf: Uint8Array;
  /** By instruction: number of its branch plus one, 0 for none. */
  private readonly branchAt: Uint32Array;
  private readonly corrections: Correction[] = [];
  /** How often the code was left at an instruction that had run. */
  private readonly leftBehind = new Map<number, number>();
  private lastOutcome = -1;

  /** @param wanted counts beyond are of no interest; twice tells what was left in the middle from what never ran */
  constructor(map: CodeMap, wanted = Number.POSITIVE_INFINITY) {
    this.map = map;
    this.wanted = wanted;
    this.counts = new Float64Array(map.runCount);
    this.outcomeAt = new Uint32Array(map.branches.length + 1);
    this.branchAt = new Uint32Array(map.instructionCount);
    map.branches.forEach(({ instr, outcomeNames }, branch) => {
      this.branchAt[instr] = branch + 1;
      this.outcomeAt[branch + 1] = this.outcomeAt[branch]! + outcomeNames.length;
    });
    this.outcomes = new Float64Array(this.outcomeAt[map.branches.length]!);
    this.sourceOf = new Uint8Array(map.runCount);
    for (const run of map.origins.keys()) this.sourceOf[run] = BY_ORIGIN;
    for (const { instr } of map.branches) this.sourceOf[map.runOf[instr]!] = BY_ITS_BRANCH;
  }

  /** Number of the branch that an instruction is, −1 for others. */
  branchNumber(instr: number): number {
    return this.branchAt[instr]! - 1;
  }

  /** Must this instruction be visited? */
  isSite(instr: number): boolean {
    return this.branchAt[instr]! > 0 || this.isRunSite(instr);
  }

  private isRunSite(instr: number): boolean {
    const run = this.map.runOf[instr]!;
    return this.sourceOf[run] === BY_VISITS && this.map.runFirst[run] === instr;
  }

  /**
   * Counts the run that an instruction begins; ask it before the instruction.
   *
   * @param enough is called when it need not be asked again
   */
  runVisitor(instr: number, enough: () => void): Asked {
    const { counts } = this;
    const run = this.map.runOf[instr]!;
    const { wanted } = this;
    return () => {
      counts[run]! += 1;
      if (counts[run] === wanted) enough();
      return true;
    };
  }

  /** Counts the outcomes of a branch; ask it before the branch. */
  branchVisitor(branch: number, outcomeOf: OutcomeOf, enough: () => void): Asked {
    const { outcomes, wanted } = this;
    const first = this.outcomeAt[branch]!;
    return (t) => {
      const at = first + outcomeOf(t);
      outcomes[at]! += 1;
      this.lastOutcome = at;
      if (outcomes[at] === wanted && this.outcomesOf(branch).every((count) => count >= wanted)) enough();
      return true;
    };
  }

  outcomesOf(branch: number): Float64Array {
    return this.outcomes.subarray(this.outcomeAt[branch]!, this.outcomeAt[branch + 1]!);
  }

  /** The code was left behind `instr`, which has run, in the middle of its run. */
  leaveBehind(instr: number): void {
    this.leftBehind.set(instr, (this.leftBehind.get(instr) ?? 0) + 1);
    const { run, first, end } = this.runAround(instr);
    if (this.sourceOf[run] !== BY_ITS_BRANCH) this.correct(instr + 1, end, -1);
    else if (instr + 1 < end) this.correct(first, instr + 1, 1);
  }

  /**
   * The code was left before `instr`.
   *
   * @param wasAsked the visit there, if one was wanted, has taken place
   */
  leaveBefore(instr: number, wasAsked: boolean): void {
    const { run, first, end } = this.runAround(instr);
    if (this.sourceOf[run] === BY_ITS_BRANCH) {
      if (wasAsked && this.isCountedLast(instr)) this.outcomes[this.lastOutcome]! -= 1;
      this.correct(first, instr, 1);
    } else if (wasAsked || !this.isRunSite(instr)) this.correct(instr, end, -1);
  }

  private runAround(instr: number): { run: number; first: number; end: number } {
    const run = this.map.runOf[instr]!;
    return { run, first: this.map.runFirst[run]!, end: this.map.runFirst[run + 1]! };
  }

  /** Is an instruction the branch whose outcome was counted last? */
  private isCountedLast(instr: number): boolean {
    const branch = this.branchNumber(instr);
    if (branch < 0) return false;
    return this.lastOutcome >= this.outcomeAt[branch]! && this.lastOutcome < this.outcomeAt[branch + 1]!;
  }

  /** The code goes on at `instr`, maybe in the middle of its run: somebody began to look there. */
  enter(instr: number): void {
    const { run, first, end } = this.runAround(instr);
    if (this.sourceOf[run] === BY_ITS_BRANCH) this.correct(first, instr, -1);
    else if (!this.isRunSite(instr)) this.correct(instr, end, 1);
  }

  private correct(first: number, end: number, delta: 1 | -1): void {
    if (first < end) this.corrections.push({ first, end, delta });
  }

  /** How often a conditional branch went this way. */
  countOfEdge({ from, outcome }: Edge): number {
    return this.outcomesOf(this.branchNumber(from))[outcome]!;
  }

  /** How often control went on behind an instruction, as against being left there. */
  countBehind(instr: number, counts: Float64Array): number {
    return counts[instr]! - (this.leftBehind.get(instr) ?? 0);
  }

  /** How often a run was begun. */
  countOfRun(run: number): number {
    const { runFirst, origins } = this.map;
    if (this.sourceOf[run] === BY_VISITS) return this.counts[run]!;
    if (this.sourceOf[run] === BY_ITS_BRANCH) return sum(this.outcomesOf(this.branchNumber(runFirst[run + 1]! - 1)));
    return this.countOfEdge(origins.get(run)!);
  }

  /** How often each instruction has run. */
  instructionCounts(): Float64Array {
    const counts = new Float64Array(this.map.instructionCount);
    const { runFirst, runCount } = this.map;
    for (let run = 0; run < runCount; run++) counts.fill(this.countOfRun(run), runFirst[run], runFirst[run + 1]);
    for (const { first, end, delta } of this.corrections) {
      for (let instr = first; instr < end; instr++) counts[instr]! += delta;
    }
    return counts;
  }
}

function sum(counts: Float64Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

/** A conditional branch, and how often it went each way. */
export interface BranchCounts {
  readonly branch: Branch;
  readonly counts: Float64Array;
}
