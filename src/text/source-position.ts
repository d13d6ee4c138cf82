/**
 * Offsets in a source text ↔ lines and columns. A line ends at LF, CR LF or CR; lines and columns
 * count from 1, columns and offsets in UTF-16 units.
 */
import type { TextPosition } from '../syntax/index.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Index of the last element of the ascending `values` that is ≤ `value`, −1 when all are greater. */
export function lastNotAbove(values: Uint32Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Offset of each line's first character. */
export function lineStartsOf(source: string): Uint32Array {
  const starts = [0];
  for (let i = 0; i < source.length; i++) {
    const code = source.charCodeAt(i);
    if (code === LF || (code === CR && source.charCodeAt(i + 1) !== LF)) starts.push(i + 1);
  }
  return Uint32Array.from(starts);
}

export function positionIn(lineStarts: Uint32Array, offset: number): TextPosition {
  const index = lastNotAbove(lineStarts, offset);
  return { line: index + 1, column: offset - lineStarts[index]! + 1, offset };
}
