/**
 * Rows of all line tables of a module, by address: gathered sequence by sequence, then frozen into arrays.
 */
import type { RowSink } from './line-program.ts';

/** Rows with these line numbers stand for no line: code that the compiler made, and code that is no row's. */
export const NO_LINE = 0;
const MAX_LINE = 2 ** 31 - 1;

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

interface Row {
  readonly address: number;
  readonly file: number;
  readonly line: number;
  readonly column: number;
  readonly isStatement: boolean;
}

export class RowCollector implements RowSink {
  private readonly codeBytes: number;
  private readonly sequences: Row[][] = [];
  private current: Row[] = [];
  /** Gives a unit's file numbers numbers of the module's. */
  fileNumber: (file: number) => number = () => 0;

  /** @param codeBytes length of the code section's contents */
  constructor(codeBytes: number) {
    this.codeBytes = codeBytes;
  }

  row(address: number, file: number, line: number, column: number, isStatement: boolean): void {
    const known = line > 0 && line <= MAX_LINE ? line : NO_LINE;
    this.current.push({ address, file: this.fileNumber(file), line: known, column, isStatement });
  }

  endSequence(address: number): void {
    const rows = this.current;
    this.current = [];
    const first = rows[0]?.address ?? 0;
    // Linkers leave the tables of functions they drop at address 0 or beyond the code; no instruction is there.
    const isDropped = first <= 0 || first >= this.codeBytes;
    if (isDropped || rows.some((row) => row.address > this.codeBytes)) return;
    rows.push({ address, file: 0, line: NO_LINE, column: 0, isStatement: false });
    this.sequences.push(rows);
  }

  /** Begins a unit: rows of the last one that belong to no whole sequence are dropped. */
  beginUnit(fileNumber: (file: number) => number): void {
    this.current = [];
    this.fileNumber = fileNumber;
  }

  finish(): LineRows {
    this.sequences.sort((a, b) => a[0]!.address - b[0]!.address);
    const rows = this.sequences.flat();
    // Sound tables are in order by now; sorting is stable, so that a sequence's order at one address stays.
    if (rows.some((row, i) => i > 0 && row.address < rows[i - 1]!.address)) rows.sort((a, b) => a.address - b.address);
    return {
      addresses: Uint32Array.from(rows, ({ address }) => address),
      fileNumbers: Uint32Array.from(rows, ({ file }) => file),
      lines: Uint32Array.from(rows, ({ line }) => line),
      columns: Uint32Array.from(rows, ({ column }) => column),
      statements: Uint8Array.from(rows, ({ isStatement }) => (isStatement ? 1 : 0)),
    };
  }
}
