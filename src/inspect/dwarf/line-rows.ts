/**
 * Rows of all line tables of a module, by address: gathered sequence by sequence, then put in order. Columns
 * of numbers, since tables have millions of rows.
 */
import { DecodeError } from '../../syntax/index.ts';
import type { RowSink } from './line-program.ts';

/** Rows with this line number stand for no line: code that the compiler made, and code that is no row's. */
export const NO_LINE = 0;
const MAX_LINE = 2 ** 31 - 1;
/** Sections made to be large say nothing that is worth more memory than this many rows take. */
const MAX_ROWS = 2 ** 24;
const INITIAL_ROWS = 1024;

/** Rows in ascending order of address. Several may have one address: the last counts. */
export interface LineRows {
  /** Relative to the code section's contents. */
  readonly addresses: Uint32Array;
  readonly fileNumbers: Uint32Array;
  /** `NO_LINE` ends a stretch of code with a line. */
  readonly lines: Uint32Array;
  readonly columns: Uint32Array;
  /** 1 where a statement begins: the rows that breakpoints are set at. */
  readonly statements: Uint8Array;
}

function emptyRows(length: number): LineRows {
  return {
    addresses: new Uint32Array(length),
    fileNumbers: new Uint32Array(length),
    lines: new Uint32Array(length),
    columns: new Uint32Array(length),
    statements: new Uint8Array(length),
  };
}

/** Copies rows `[from, to)` behind the first `at` of others. */
function copyRows(target: LineRows, at: number, source: LineRows, from: number, to: number): void {
  for (const column of ['addresses', 'fileNumbers', 'lines', 'columns', 'statements'] as const) {
    target[column].set(source[column].subarray(from, to), at);
  }
}

export class RowCollector implements RowSink {
  private readonly codeBytes: number;
  private rows = emptyRows(INITIAL_ROWS);
  /** Rows of whole sequences; those behind them are of the one that is being read. */
  private kept = 0;
  private length = 0;
  private hasAddressBeyond = false;
  private readonly sequences: { readonly from: number; readonly to: number }[] = [];
  /** Gives a unit's file numbers numbers of the module's. */
  private fileNumber: (file: number) => number = () => 0;

  /** @param codeBytes length of the code section's contents */
  constructor(codeBytes: number) {
    this.codeBytes = codeBytes;
  }

  row(address: number, file: number, line: number, column: number, isStatement: boolean): void {
    const known = line > 0 && line <= MAX_LINE ? line : NO_LINE;
    this.add(address, this.fileNumber(file), known, column, isStatement);
  }

  endSequence(address: number): void {
    const first = this.length > this.kept ? this.rows.addresses[this.kept]! : 0;
    // Linkers leave the tables of functions they drop at address 0 or beyond the code; no instruction is there.
    const isDropped = first === 0 || this.hasAddressBeyond;
    if (!isDropped) {
      this.add(Math.min(address, this.codeBytes), 0, NO_LINE, 0, false);
      this.sequences.push({ from: this.kept, to: this.length });
      this.kept = this.length;
    }
    this.dropUnfinished();
  }

  /** Begins a unit: rows of the last one that belong to no whole sequence are dropped. */
  beginUnit(fileNumber: (file: number) => number): void {
    this.dropUnfinished();
    this.fileNumber = fileNumber;
  }

  finish(): LineRows {
    const { rows, sequences, kept } = this;
    const { addresses } = rows;
    sequences.sort((a, b) => addresses[a.from]! - addresses[b.from]!);
    const ordered = emptyRows(kept);
    let at = 0;
    for (const { from, to } of sequences) {
      copyRows(ordered, at, rows, from, to);
      at += to - from;
    }
    // Sound tables are in order by now.
    const isInOrder = ordered.addresses.every((address, i) => i === 0 || address >= ordered.addresses[i - 1]!);
    return isInOrder ? ordered : sortedRows(ordered);
  }

  private dropUnfinished(): void {
    this.length = this.kept;
    this.hasAddressBeyond = false;
  }

  private add(address: number, fileNumber: number, line: number, column: number, isStatement: boolean): void {
    const at = this.length;
    if (at >= this.rows.addresses.length) this.grow();
    const { rows } = this;
    if (!(address < this.codeBytes || (address === this.codeBytes && line === NO_LINE))) this.hasAddressBeyond = true;
    rows.addresses[at] = address;
    rows.fileNumbers[at] = fileNumber;
    rows.lines[at] = line;
    rows.columns[at] = column;
    rows.statements[at] = isStatement ? 1 : 0;
    this.length = at + 1;
  }

  private grow(): void {
    const { length } = this.rows.addresses;
    if (length >= MAX_ROWS) throw new DecodeError(`line tables of more than ${MAX_ROWS} rows`, 0);
    const grown = emptyRows(2 * length);
    copyRows(grown, 0, this.rows, 0, length);
    this.rows = grown;
  }
}

/** Sorting is stable: a sequence's order at one address stays. */
function sortedRows(rows: LineRows): LineRows {
  const order = Uint32Array.from(rows.addresses.keys()).sort(
    (a, b) => rows.addresses[a]! - rows.addresses[b]! || a - b,
  );
  return {
    addresses: order.map((i) => rows.addresses[i]!),
    fileNumbers: order.map((i) => rows.fileNumbers[i]!),
    lines: order.map((i) => rows.lines[i]!),
    columns: order.map((i) => rows.columns[i]!),
    statements: Uint8Array.from(order, (i) => rows.statements[i]!),
  };
}
