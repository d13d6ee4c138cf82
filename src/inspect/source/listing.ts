/**
 * A module as something to read and to point at: lines of text ↔ instructions ↔ functions, in the user's own
 * text or in the printed one. Nothing is printed before it is shown.
 */
import { importCount, type Module } from '../../syntax/index.ts';
import type { SourceMap } from '../../text/index.ts';
import { type CodeLine, CodeReader, isDelimiter } from './function-code.ts';
import { type ListingPlace, type ListingText, OwnText, PrintedText } from './listing-text.ts';

/** The text that a module was assembled from. */
export interface ListingSource {
  readonly text: string;
  readonly sourceMap: SourceMap;
}

/** Functions whose instructions are kept. */
const KEPT_FUNCTIONS = 64;

export class Listing {
  readonly module: Module;
  /** Is this the user's own text, and not the printed one? */
  readonly isOwn: boolean;
  private readonly text: ListingText;
  private readonly printed: ListingText;
  private readonly code: CodeReader;
  private readonly kept = new Map<number, readonly CodeLine[]>();
  private readonly importedFuncCount: number;

  constructor(module: Module, source?: ListingSource) {
    this.module = module;
    this.isOwn = source !== undefined;
    this.printed = new PrintedText(module);
    this.text = source === undefined ? this.printed : new OwnText(source.text, source.sourceMap);
    this.code = new CodeReader(module);
    this.importedFuncCount = importCount(module, 'func');
  }

  get lineCount(): number {
    return this.text.lineCount;
  }

  /** A line without its end, from 1; empty where there is none. */
  line(line: number): string {
    return this.text.line(line);
  }

  /** Where the instruction at a byte of the module stands; `undefined` when none begins there. */
  place(byteOffset: number): ListingPlace | undefined {
    return this.text.place(byteOffset);
  }

  /** Instructions that stand on a line and can be stopped at, in the order of the text. */
  byteOffsetsOnLine(line: number): readonly number[] {
    return this.text.byteOffsetsOnLine(line).filter((byteOffset) => {
      const found = this.instruction(byteOffset);
      return found !== undefined && !isDelimiter(found.id);
    });
  }

  /** The first line from `line` on that can be stopped at. */
  lineWithCode(line: number): number | undefined {
    for (let at = Math.max(1, line); at <= this.lineCount; at++) {
      if (this.byteOffsetsOnLine(at).length > 0) return at;
    }
    return undefined;
  }

  /** Index of the function whose body a byte of the module is in. */
  funcidxAt(byteOffset: number): number | undefined {
    const { funcs } = this.module;
    let low = 0;
    let high = funcs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (funcs[middle]!.entry.byteOffset <= byteOffset) low = middle + 1;
      else high = middle;
    }
    const entry = funcs[low - 1]?.entry;
    if (entry === undefined || byteOffset >= entry.byteOffset + entry.byteLength) return undefined;
    return this.importedFuncCount + low - 1;
  }

  /** The instructions of a function, delimiters too; none for an import. */
  instructions(funcidx: number): readonly CodeLine[] {
    let lines = this.kept.get(funcidx);
    if (lines === undefined) {
      lines = this.code.read(funcidx);
      // The oldest goes: a map keeps the order of its entries.
      if (this.kept.size >= KEPT_FUNCTIONS) for (const [oldest] of [...this.kept].slice(0, 1)) this.kept.delete(oldest);
      this.kept.set(funcidx, lines);
    }
    return lines;
  }

  /** The instruction that begins at a byte of the module. */
  instruction(byteOffset: number): CodeLine | undefined {
    const found = this.instructionFrom(byteOffset);
    return found?.byteOffset === byteOffset ? found : undefined;
  }

  /**
   * The first instruction of the same function that begins at a byte of the module or after it: DWARF lines
   * begin at a function's locals, too.
   */
  instructionFrom(byteOffset: number): CodeLine | undefined {
    const funcidx = this.funcidxAt(byteOffset);
    if (funcidx === undefined) return undefined;
    const lines = this.instructions(funcidx);
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (lines[middle]!.byteOffset < byteOffset) low = middle + 1;
      else high = middle;
    }
    return lines[low];
  }

  /** An instruction as the printed text has it, `i32.load offset=8`; with its label's number when it is a block. */
  instructionText(byteOffset: number): string {
    const place = this.printed.place(byteOffset);
    // The last parenthesis of a function stands in the row of its last instruction.
    return place === undefined ? '' : withoutClosing(this.printed.line(place.line).trim());
  }
}

function withoutClosing(text: string): string {
  let depth = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '\\' && isQuoted) i++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (char === '(') depth++;
    else if (char === ')' && --depth < 0) return text.slice(0, i);
  }
  return text;
}
