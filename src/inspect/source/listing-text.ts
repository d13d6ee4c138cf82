/**
 * The lines that a listing shows, and which instructions stand on them: the user's own text where the module
 * was made of it, else the module as it is printed.
 */
import type { Module } from '../../syntax/index.ts';
import { lastNotAbove, type PrintedModule, PrintedParts, type SourceMap } from '../../text/index.ts';

/** A line and a column, both from 1. */
export interface ListingPlace {
  readonly line: number;
  readonly column: number;
}

export interface ListingText {
  readonly lineCount: number;
  /** A line without its end, from 1; empty where there is none. */
  line(line: number): string;
  /** Where the instruction at a byte of the module stands. */
  place(byteOffset: number): ListingPlace | undefined;
  /** The instructions on a line, in the order of the text. */
  byteOffsetsOnLine(line: number): readonly number[];
}

/** Text that the user wrote, with the map that its assembly left. */
export class OwnText implements ListingText {
  private readonly lines: readonly string[];
  private readonly sourceMap: SourceMap;

  constructor(text: string, sourceMap: SourceMap) {
    this.lines = text.split(/\r\n|\n|\r/);
    this.sourceMap = sourceMap;
  }

  get lineCount(): number {
    return this.lines.length;
  }

  line(line: number): string {
    return this.lines[line - 1] ?? '';
  }

  place(byteOffset: number): ListingPlace | undefined {
    return this.sourceMap.position(byteOffset);
  }

  byteOffsetsOnLine(line: number): readonly number[] {
    return this.sourceMap.byteOffsetsOnLine(line);
  }
}

/** A part of the printed text: its lines, and where its instructions stand. */
interface Part {
  readonly lines: readonly string[];
  /** Byte offset of what a line stands for, by the line's place in the part; absent for lines without code. */
  readonly byteOffsetOf: ReadonlyMap<number, number>;
  readonly lineOf: ReadonlyMap<number, number>;
}

/** Functions whose text is kept: those that a debugger walks through. */
const KEPT_PARTS = 64;

/** A module as `printModule` writes it, function by function. */
export class PrintedText implements ListingText {
  private readonly module: Module;
  private readonly parts: PrintedParts;
  private readonly kept = new Map<number, Part>();
  private starts: Uint32Array | undefined;
  private beforePart: Part | undefined;
  private afterPart: Part | undefined;

  constructor(module: Module) {
    this.module = module;
    this.parts = new PrintedParts(module);
  }

  get lineCount(): number {
    return lastOf(this.funcStarts()) + this.after.lines.length - 2;
  }

  line(line: number): string {
    if (line < 1) return '';
    const starts = this.funcStarts();
    const index = lastNotAbove(starts, line);
    if (index < 0) return this.before.lines[line - 1] ?? '';
    const isAfter = index === this.module.funcs.length;
    // The first row of what follows only ends the row before.
    const own = isAfter ? this.after.lines[line - starts[index]! + 1] : this.func(index).lines[line - starts[index]!];
    return (own ?? '') + (line === lastOf(starts) - 1 ? this.after.lines[0]! : '');
  }

  place(byteOffset: number): ListingPlace | undefined {
    const index = this.funcAt(byteOffset);
    const line = index === undefined ? undefined : this.func(index).lineOf.get(byteOffset);
    if (index === undefined || line === undefined) return undefined;
    const text = this.func(index).lines[line]!;
    return { line: this.funcStarts()[index]! + line, column: text.length - text.trimStart().length + 1 };
  }

  byteOffsetsOnLine(line: number): readonly number[] {
    const starts = this.funcStarts();
    const index = lastNotAbove(starts, line);
    if (index < 0 || index >= this.module.funcs.length) return [];
    const byteOffset = this.func(index).byteOffsetOf.get(line - starts[index]!);
    return byteOffset === undefined ? [] : [byteOffset];
  }

  /** Index in `Module.funcs` of the function whose body a byte is in. */
  private funcAt(byteOffset: number): number | undefined {
    const { funcs } = this.module;
    let low = 0;
    let high = funcs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (funcs[middle]!.body.byteOffset <= byteOffset) low = middle + 1;
      else high = middle;
    }
    const body = funcs[low - 1]?.body;
    return body !== undefined && byteOffset < body.byteOffset + body.byteLength ? low - 1 : undefined;
  }

  private get before(): Part {
    this.beforePart ??= partOf(this.parts.before());
    return this.beforePart;
  }

  private get after(): Part {
    this.afterPart ??= partOf(this.parts.after());
    return this.afterPart;
  }

  private func(index: number): Part {
    let part = this.kept.get(index);
    if (part === undefined) {
      part = partOf(this.parts.func(index), this.module.funcs[index]!.body.byteOffset);
      // The oldest goes: a map keeps the order of its entries.
      if (this.kept.size >= KEPT_PARTS) for (const [oldest] of [...this.kept].slice(0, 1)) this.kept.delete(oldest);
      this.kept.set(index, part);
    }
    return part;
  }

  /** First line of each function, and of what follows them. */
  private funcStarts(): Uint32Array {
    if (this.starts !== undefined) return this.starts;
    let line = this.before.lines.length + 1;
    const starts = this.module.funcs.map((_, index) => {
      const start = line;
      line += this.parts.funcLineCount(index);
      return start;
    });
    this.starts = Uint32Array.from([...starts, line]);
    return this.starts;
  }
}

/** @param bodyAt first byte of the function's body: the head's line stands for no instruction */
function partOf({ text, lines }: PrintedModule, bodyAt = Infinity): Part {
  const byteOffsetOf = new Map<number, number>();
  const lineOf = new Map<number, number>();
  for (const { line, byteOffset } of lines) {
    if (byteOffset < bodyAt) continue;
    byteOffsetOf.set(line - 1, byteOffset);
    lineOf.set(byteOffset, line - 1);
  }
  // The text ends with a line end, but for an empty one.
  return { lines: text.replace(/\n$/, '').split('\n'), byteOffsetOf, lineOf };
}

function lastOf(starts: Uint32Array): number {
  return starts[starts.length - 1]!;
}
