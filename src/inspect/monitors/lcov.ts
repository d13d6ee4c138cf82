/**
 * Coverage as an lcov tracefile: lines and branches of one source file. What is counted is not its business.
 *
 * @see https://manpages.debian.org/unstable/lcov/geninfo.1
 */

export interface LineCount {
  /** From 1. */
  readonly line: number;
  readonly count: number;
}

export interface FunctionLine extends LineCount {
  readonly name: string;
}

export interface BranchLine {
  readonly line: number;
  /** Of each outcome. */
  readonly counts: readonly number[];
  /** Whether the branch was reached at all; its outcomes are unknown (`-`) if not. */
  readonly isReached: boolean;
}

/** One source file's coverage, in the order of its lines. */
export interface SourceCoverage {
  readonly path: string;
  readonly functions: readonly FunctionLine[];
  readonly lines: readonly LineCount[];
  readonly branches: readonly BranchLine[];
}

/** Names end at the line's end and lie behind a comma. */
function recordName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return name.replace(/[\u0000-\u001f,]/g, '_');
}

const isHit = ({ count }: LineCount) => count > 0;

/** The text of a tracefile. */
export function lcovText({ path, functions, lines, branches }: SourceCoverage): string {
  const rows = ['TN:', `SF:${path}`];
  for (const { line, name } of functions) rows.push(`FN:${line},${recordName(name)}`);
  for (const { count, name } of functions) rows.push(`FNDA:${count},${recordName(name)}`);
  rows.push(`FNF:${functions.length}`, `FNH:${functions.filter(isHit).length}`);
  let outcomeCount = 0;
  let hitCount = 0;
  for (const { line, counts, isReached } of branches) {
    counts.forEach((count, outcome) => {
      rows.push(`BRDA:${line},0,${outcome},${isReached ? count : '-'}`);
      outcomeCount++;
      if (count > 0) hitCount++;
    });
  }
  rows.push(`BRF:${outcomeCount}`, `BRH:${hitCount}`);
  for (const { line, count } of lines) rows.push(`DA:${line},${count}`);
  rows.push(`LF:${lines.length}`, `LH:${lines.filter(isHit).length}`, 'end_of_record', '');
  return rows.join('\n');
}
