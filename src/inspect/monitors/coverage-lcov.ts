/** Coverage by line of the module's printed text, for lcov and what reads its files. */
import { type PrintedModule, printModuleLines } from '../../text/index.ts';
import { type CoverageData, functionsOf } from './coverage-data.ts';
import { lcovText, type SourceCoverage } from './lcov.ts';

/** The module's text, one instruction a line, and the line of each byte offset. */
export class WatLines {
  readonly text: string;
  private readonly lineByOffset: ReadonlyMap<number, number>;

  constructor({ module }: CoverageData['map']) {
    const printed: PrintedModule = printModuleLines(module);
    this.text = printed.text;
    this.lineByOffset = new Map(printed.lines.map(({ line, byteOffset }) => [byteOffset, line]));
  }

  /** From 1; 0 for what has no line. */
  lineAt(byteOffset: number): number {
    return this.lineByOffset.get(byteOffset) ?? 0;
  }
}

/** @param path of the file that holds `lines.text` */
export function lcovOf(data: CoverageData, lines: WatLines, path: string): string {
  const { map, counts } = data;
  const lineOf = (instr: number) => lines.lineAt(map.byteOffsets[instr]!);
  const functions = functionsOf(data);
  const coverage: SourceCoverage = {
    path,
    functions: functions.map(({ func, name, callCount }) => {
      return { line: lines.lineAt(func.func.entry.byteOffset), name, count: callCount };
    }),
    lines: Array.from(counts, (count, instr) => ({ line: lineOf(instr), count })),
    branches: data.branches.map(({ branch, counts: ways }) => {
      return { line: lineOf(branch.instr), counts: [...ways], isReached: counts[branch.instr]! > 0 };
    }),
  };
  return lcovText(coverage);
}
