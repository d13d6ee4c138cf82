/**
 * Collects the printer's lines and which byte of the module each stands for, so that a line of text
 * and a place in the binary find each other.
 */
import { UsageError } from '../syntax/index.ts';

/** A line, counted from 1, and the offset of what stands on it in `Module.bytes`. */
export interface LineOffset {
  readonly line: number;
  readonly byteOffset: number;
}

export interface PrintedModule {
  readonly text: string;
  /** In the text's order; lines that stand for no byte (`end` of a function, strings' rows) are left out. */
  readonly lines: readonly LineOffset[];
}

/** JavaScript engines hold strings of 2^28 and more characters; the text of a hostile module could pass any limit. */
const MAX_CHARACTERS = 2 ** 28 - 1;
/** Deeper blocks are not indented further: the indentation alone would grow with the square of the depth. */
const MAX_INDENT = 32;

const indents = Array.from({ length: MAX_INDENT + 1 }, (_, depth) => '  '.repeat(depth));

export class TextLines {
  private readonly rows: string[] = [];
  private readonly offsets: LineOffset[] = [];
  private readonly wantsOffsets: boolean;
  private characterCount = 0;

  /** Offsets of millions of lines take much memory: only who asks gets them. */
  constructor(wantsOffsets: boolean) {
    this.wantsOffsets = wantsOffsets;
  }

  get lineCount(): number {
    return this.rows.length;
  }

  /** @throws {UsageError} when the text becomes longer than a string can be */
  add(indent: number, text: string, byteOffset?: number): void {
    const row = indents[Math.min(indent, MAX_INDENT)] + text;
    this.count(row.length + 1);
    this.rows.push(row);
    if (this.wantsOffsets && byteOffset !== undefined) this.offsets.push({ line: this.rows.length, byteOffset });
  }

  /** Goes on in the last line. */
  append(text: string): void {
    this.count(text.length);
    this.rows[this.rows.length - 1] += text;
  }

  private count(added: number): void {
    this.characterCount += added;
    if (this.characterCount <= MAX_CHARACTERS) return;
    throw new UsageError(
      `the module's text is longer than ${MAX_CHARACTERS} characters; print single functions instead`,
    );
  }

  finish(): PrintedModule {
    this.rows.push('');
    return { text: this.rows.join('\n'), lines: this.offsets };
  }
}
