/** What a coverage report is made of: counts by instruction and branch, summed by function. Formats read it. */
import type { CodeMap, FunctionMap } from './code-map.ts';
import type { BranchCounts } from './run-counter.ts';

export interface CoverageData {
  readonly map: CodeMap;
  /** Of each instruction. */
  readonly counts: Float64Array;
  readonly branches: readonly BranchCounts[];
  readonly title: string;
  readonly nameOf: (funcidx: number) => string;
}

/** How much of something was reached. */
export interface Reached {
  readonly hit: number;
  readonly of: number;
}

export interface FunctionCoverage {
  readonly func: FunctionMap;
  readonly name: string;
  readonly callCount: number;
  readonly instructions: Reached;
  /** Outcomes of conditional branches. */
  readonly outcomes: Reached;
  readonly branches: readonly BranchCounts[];
}

/** The functions of the module, in its order. */
export function functionsOf({ map, counts, branches, nameOf }: CoverageData): FunctionCoverage[] {
  let at = 0;
  return map.functions.map((func) => {
    const own: BranchCounts[] = [];
    while (at < branches.length && branches[at]!.branch.instr < func.end) own.push(branches[at++]!);
    const instructions = reached(counts.subarray(func.first, func.end));
    const outcomes = own.map(({ counts: ways }) => reached(ways)).reduce(add, nothing);
    const callCount = func.first < func.end ? counts[func.first]! : 0;
    return { func, name: nameOf(func.funcidx), callCount, instructions, outcomes, branches: own };
  });
}

const nothing: Reached = { hit: 0, of: 0 };

export function add(a: Reached, b: Reached): Reached {
  return { hit: a.hit + b.hit, of: a.of + b.of };
}

function reached(counts: Float64Array): Reached {
  let hit = 0;
  for (const count of counts) if (count > 0) hit++;
  return { hit, of: counts.length };
}

export interface CoverageTotals {
  readonly instructions: Reached;
  readonly outcomes: Reached;
  readonly functions: Reached;
}

export function totalsOf(functions: readonly FunctionCoverage[]): CoverageTotals {
  return {
    instructions: functions.map((each) => each.instructions).reduce(add, nothing),
    outcomes: functions.map((each) => each.outcomes).reduce(add, nothing),
    functions: { hit: functions.filter(isReached).length, of: functions.length },
  };
}

/** Has any of it run? A function without instructions counts as never reached: nothing tells. */
export function isReached({ instructions }: FunctionCoverage): boolean {
  return instructions.hit > 0;
}
