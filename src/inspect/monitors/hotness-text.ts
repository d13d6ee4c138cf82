/** Hot functions and hot loops as tables. */
import type { CallTree } from './call-tree.ts';
import type { CodeMap, Loop } from './code-map.ts';
import { countText, offsetText, shareText, tableText } from './text-table.ts';

export interface HotnessData {
  readonly map: CodeMap;
  /** Of each instruction. */
  readonly counts: Float64Array;
  readonly tree: CallTree;
  readonly nameOf: (funcidx: number) => string;
}

export interface HotFunction {
  readonly funcidx: number;
  readonly callCount: number;
  /** Instructions of its own, and with what it called. */
  readonly self: number;
  readonly total: number;
}

/** Functions that ran, the hottest first. */
export function hotFunctions({ tree }: HotnessData): HotFunction[] {
  const functions = [...tree.byFunction()].map(([funcidx, use]) => ({ funcidx, ...use }));
  return functions.sort((a, b) => b.self - a.self || b.total - a.total || a.funcidx - b.funcidx);
}

export interface HotLoop {
  readonly loop: Loop;
  readonly funcidx: number;
  readonly byteOffset: number;
  /** How often it was come to, and how often its body was begun. */
  readonly entryCount: number;
  readonly iterationCount: number;
  /** Instructions of the function inside of it, inner loops too, callees not. */
  readonly instructionCount: number;
}

/** Loops that ran, the hottest first. */
export function hotLoops({ map, counts }: HotnessData): HotLoop[] {
  const sums = new Float64Array(counts.length + 1);
  counts.forEach((count, instr) => {
    sums[instr + 1] = sums[instr]! + count;
  });
  const loops = map.loops.map((loop) => {
    const entryCount = counts[loop.instr]!;
    const hasBody = loop.end > loop.instr + 1;
    return {
      loop,
      funcidx: map.functionOf(loop.instr).funcidx,
      byteOffset: map.byteOffsets[loop.instr]!,
      entryCount,
      iterationCount: hasBody ? counts[loop.instr + 1]! : entryCount,
      instructionCount: sums[loop.end]! - sums[loop.instr + 1]!,
    };
  });
  return loops
    .filter(({ entryCount }) => entryCount > 0)
    .sort((a, b) => b.instructionCount - a.instructionCount || a.loop.instr - b.loop.instr);
}

/** @param limit rows of each table at most */
export function hotnessText(data: HotnessData, limit: number): string {
  const { counts, nameOf } = data;
  const whole = counts.reduce((sum, count) => sum + count, 0);
  const functions = hotFunctions(data);
  const loops = hotLoops(data);
  const functionRows = functions
    .slice(0, limit)
    .map(({ funcidx, callCount, self, total }) => [
      countText(self),
      shareText(self, whole),
      countText(total),
      shareText(total, whole),
      countText(callCount),
      nameOf(funcidx),
    ]);
  const loopRows = loops
    .slice(0, limit)
    .map((each) => [
      countText(each.instructionCount),
      shareText(each.instructionCount, whole),
      countText(each.iterationCount),
      countText(each.entryCount),
      offsetText(each.byteOffset),
      nameOf(each.funcidx),
    ]);
  const numbers = ['right', 'right', 'right', 'right', 'right', 'left'] as const;
  return [
    `${countText(whole)} instructions\n\nfunctions${hiddenText(functions.length, limit)}\n`,
    tableText(['self', '', 'total', '', 'calls', 'function'], numbers, functionRows),
    `\nloops${hiddenText(loops.length, limit)}\n`,
    tableText(['instructions', '', 'iterations', 'entries', 'offset', 'function'], numbers, loopRows),
  ].join('');
}

function hiddenText(count: number, limit: number): string {
  return count > limit ? `, the hottest ${limit} of ${countText(count)}` : '';
}
