/**
 * Byte offsets of instructions in an assembled module ↔ places in its source text.
 *
 * Three typed arrays, two words an instruction: sorted byte offsets, the source offset of each, and
 * where lines start. Locals, types and sections have no entries.
 */
import type { TextPosition } from '../syntax/index.ts';
import { lastNotAbove, positionIn } from './source-position.ts';

export class SourceMap {
  /** Byte offset of each instruction in the binary, ascending. */
  private readonly byteOffsets: Uint32Array;
  /** Source offset of the instruction's keyword, in the order of `byteOffsets`. */
  private readonly sourceOffsets: Uint32Array;
  private readonly lineStarts: Uint32Array;
  /** Indices into the two arrays above, by source offset; made when first asked for. */
  private bySource: Uint32Array | undefined;

  constructor(byteOffsets: Uint32Array, sourceOffsets: Uint32Array, lineStarts: Uint32Array) {
    this.byteOffsets = byteOffsets;
    this.sourceOffsets = sourceOffsets;
    this.lineStarts = lineStarts;
  }

  /** Number of instructions with a place. */
  get size(): number {
    return this.byteOffsets.length;
  }

  /** Where the instruction that starts at `byteOffset` is written; `undefined` when none starts there. */
  position(byteOffset: number): TextPosition | undefined {
    const index = lastNotAbove(this.byteOffsets, byteOffset);
    if (index < 0 || this.byteOffsets[index] !== byteOffset) return undefined;
    return positionIn(this.lineStarts, this.sourceOffsets[index]!);
  }

  /** Byte offsets of the instructions whose keywords stand on `line` (from 1), in the order of the text. */
  byteOffsetsOnLine(line: number): number[] {
    const from = this.lineStarts[line - 1];
    if (from === undefined) return [];
    const to = this.lineStarts[line] ?? Infinity;
    const order = this.sourceOrder();
    const found: number[] = [];
    for (let i = this.firstFrom(order, from); i < order.length; i++) {
      const index = order[i]!;
      if (this.sourceOffsets[index]! >= to) break;
      found.push(this.byteOffsets[index]!);
    }
    return found;
  }

  private sourceOrder(): Uint32Array {
    if (this.bySource !== undefined) return this.bySource;
    const { sourceOffsets } = this;
    const order = Uint32Array.from(sourceOffsets.keys());
    this.bySource = order.sort((a, b) => sourceOffsets[a]! - sourceOffsets[b]! || a - b);
    return this.bySource;
  }

  /** First place in `order` whose source offset is at least `from`. */
  private firstFrom(order: Uint32Array, from: number): number {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sourceOffsets[order[middle]!]! < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
