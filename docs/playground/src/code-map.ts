/**
 * Where each instruction of a module is in its bytes and in the text that the page shows, and back. It knows
 * instructions of function bodies only: these are what runs.
 */
import { InstructionReader } from '../../../src/decoder/index.ts';
import {
  type InstructionRow,
  importCount,
  instrId,
  instructions,
  type Module as ModuleSyntax,
} from '../../../src/syntax/index.ts';

/** Half open, in UTF-16 units of the text or in bytes of the module. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Text offset of the instruction that begins at a byte; −1 for none. */
export type TextOffsetOf = (byteOffset: number) => number;

/** What only ends or divides blocks: it is no instruction that runs. */
const delimiters: ReadonlySet<number> = new Set(
  (['end', 'else', 'catch', 'catch_all', 'delegate'] as const).map((name) => instrId(name)),
);

export class CodeMap {
  private readonly module: ModuleSyntax;
  private readonly text: string;
  private readonly lineStarts: readonly number[];
  private readonly bodyStarts: readonly number[];
  /** Ascending byte offsets of instructions, and where each ends. */
  private readonly starts: Uint32Array;
  private readonly ends: Uint32Array;
  /** Text offset of each, in the order of `starts`; −1 when it is not written. */
  private readonly textOffsets: Int32Array;
  /** Indices into the arrays above of what is written, by text offset. */
  private readonly byText: Uint32Array;

  constructor(module: ModuleSyntax, text: string, textOffsetOf: TextOffsetOf) {
    this.module = module;
    this.text = text;
    this.lineStarts = startsOfLines(text);
    this.bodyStarts = module.funcs.map(({ body }) => body.byteOffset);
    const starts: number[] = [];
    const ends: number[] = [];
    for (const { body } of module.funcs) {
      const reader = new InstructionReader(module.bytes, body.byteOffset, body.byteOffset + body.byteLength);
      while (!reader.done) {
        reader.next();
        starts.push(reader.at);
        ends.push(reader.offset);
      }
    }
    this.starts = Uint32Array.from(starts);
    this.ends = Uint32Array.from(ends);
    this.textOffsets = Int32Array.from(starts, textOffsetOf);
    const { textOffsets } = this;
    const written = Uint32Array.from(textOffsets.keys()).filter((i) => textOffsets[i]! >= 0);
    // A printed text has them in order; sorting a million would take a second.
    const isSorted = written.every((index, i) => i === 0 || textOffsets[written[i - 1]!]! <= textOffsets[index]!);
    this.byText = isSorted ? written : written.sort((a, b) => textOffsets[a]! - textOffsets[b]!);
  }

  /** The instruction whose bytes hold `byteOffset`, as a range of bytes. */
  instructionAt(byteOffset: number): Range | undefined {
    const index = lastNotAbove(this.starts, byteOffset);
    if (index < 0 || byteOffset >= this.ends[index]!) return undefined;
    return { from: this.starts[index]!, to: this.ends[index]! };
  }

  /** Where the instruction that begins at `byteOffset` is written: its keyword and its immediates. */
  textRange(byteOffset: number): Range | undefined {
    const index = lastNotAbove(this.starts, byteOffset);
    if (index < 0 || this.starts[index] !== byteOffset) return undefined;
    const from = this.textOffsets[index]!;
    return from < 0 ? undefined : { from, to: this.endOfInstruction(from) };
  }

  /** As `textRange`, of the nearest instruction that begins at or before the byte. */
  nearestTextRange(byteOffset: number): Range | undefined {
    for (let i = lastNotAbove(this.starts, byteOffset); i >= 0; i--) {
      const found = this.textRange(this.starts[i]!);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The line that an instruction begins on, from 1. */
  lineOf(byteOffset: number): number | undefined {
    const range = this.textRange(byteOffset);
    return range === undefined ? undefined : lastNotAbove(this.lineStarts, range.from) + 1;
  }

  /** An instruction as it is written, without its operands. */
  textOf(byteOffset: number): string | undefined {
    const range = this.textRange(byteOffset);
    return range === undefined ? undefined : this.text.slice(range.from, range.to);
  }

  /** The row of the instruction that begins at a byte. */
  rowAt(byteOffset: number): InstructionRow {
    return instructions[this.read(byteOffset).id]!;
  }

  /** The local that the instruction at a byte uses. */
  localAt(byteOffset: number): number | undefined {
    const reader = this.read(byteOffset);
    return instructions[reader.id]!.imm === 'localidx' ? reader.index : undefined;
  }

  private read(byteOffset: number): InstructionReader {
    const reader = new InstructionReader(this.module.bytes, byteOffset);
    reader.next();
    return reader;
  }

  /** The function whose body holds a byte. */
  funcidxAt(byteOffset: number): number | undefined {
    const index = lastNotAbove(this.bodyStarts, byteOffset);
    const body = this.module.funcs[index]?.body;
    if (body === undefined || byteOffset >= body.byteOffset + body.byteLength) return undefined;
    return index + importCount(this.module, 'func');
  }

  /**
   * Where a run can stop that is to stop at a place of the text: of the first line from there on that has
   * instructions, the one that runs first.
   */
  firstStopFrom(textOffset: number): number | undefined {
    let first: number | undefined;
    let line = -1;
    for (let i = this.firstWritten(textOffset); i < this.byText.length; i++) {
      const index = this.byText[i]!;
      const byteOffset = this.starts[index]!;
      if (delimiters.has(this.read(byteOffset).id)) continue;
      const ownLine = lastNotAbove(this.lineStarts, this.textOffsets[index]!);
      if (first !== undefined && ownLine !== line) break;
      line = ownLine;
      first = Math.min(first ?? byteOffset, byteOffset);
    }
    return first;
  }

  /** Instructions of a function's body that use one of its locals. */
  usesOfLocal(funcidx: number, localidx: number): number[] {
    const func = this.module.funcs[funcidx - importCount(this.module, 'func')];
    if (func === undefined) return [];
    const { byteOffset, byteLength } = func.body;
    const reader = new InstructionReader(this.module.bytes, byteOffset, byteOffset + byteLength);
    const found: number[] = [];
    while (!reader.done) {
      reader.next();
      if (instructions[reader.id]!.imm === 'localidx' && reader.index === localidx) found.push(reader.at);
    }
    return found;
  }

  /** Byte offset of the instruction that is written at a place of the text. */
  instructionAtText(textOffset: number): number | undefined {
    const at = this.firstWritten(textOffset + 1) - 1;
    const index = this.byText[at];
    if (index === undefined) return undefined;
    const from = this.textOffsets[index]!;
    return textOffset < this.endOfInstruction(from) ? this.starts[index] : undefined;
  }

  /** Byte offsets of instructions written in a range of the text, in its order. */
  instructionsIn({ from, to }: Range): number[] {
    const found: number[] = [];
    for (let i = this.firstWritten(from); i < this.byText.length; i++) {
      const index = this.byText[i]!;
      if (this.textOffsets[index]! >= to) break;
      found.push(this.starts[index]!);
    }
    return found;
  }

  private firstWritten(textOffset: number): number {
    let low = 0;
    let high = this.byText.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.textOffsets[this.byText[middle]!]! < textOffset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Immediates end at a parenthesis, a comment, the line, or the next instruction; a parenthesis may be an `end`. */
  private endOfInstruction(from: number): number {
    if (this.text[from] === ')') return from + 1;
    const stop = /[()\n]|;;/g;
    stop.lastIndex = from;
    let to = stop.exec(this.text)?.index ?? this.text.length;
    const next = this.byText[this.firstWritten(from + 1)];
    if (next !== undefined) to = Math.min(to, this.textOffsets[next]!);
    while (to > from && /\s/.test(this.text[to - 1]!)) to--;
    return to;
  }
}

/** Index of the last element that is not above `value`, −1 when all are; `sorted` ascends. */
export function lastNotAbove(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Offsets of the first characters of a text's lines. */
export function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
