/**
 * Runs the program of a unit in `.debug_line`: a small state machine whose rows say which line the code from an
 * address on comes from.
 *
 * @see https://dwarfstd.org/doc/DWARF5.pdf §6.2.5
 */
import type { DwarfReader } from './dwarf-reader.ts';
import { type LineHeader, readOldFile } from './line-header.ts';

/** Takes rows. A sequence is a run of rows of one stretch of code; its last row only says where it ends. */
export interface RowSink {
  row(address: number, file: number, line: number, column: number, isStatement: boolean): void;
  endSequence(address: number): void;
}

const standard = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  negateStatement: 6,
  constAddPc: 8,
  fixedAdvancePc: 9,
} as const;
const extended = { endSequence: 1, setAddress: 2, defineFile: 3 } as const;
const MAX_SPECIAL_OPCODE = 255;

/** Runs what is left of the reader. @throws {DecodeError} */
export function runLineProgram(reader: DwarfReader, header: LineHeader, sink: RowSink): void {
  new LineProgram(reader, header, sink).run();
}

class LineProgram {
  private readonly reader: DwarfReader;
  private readonly header: LineHeader;
  private readonly sink: RowSink;
  private readonly opcodeBase: number;
  private address = 0;
  private operation = 0;
  private file = 1;
  private line = 1;
  private column = 0;
  private isStatement: boolean;

  constructor(reader: DwarfReader, header: LineHeader, sink: RowSink) {
    this.reader = reader;
    this.header = header;
    this.sink = sink;
    this.opcodeBase = header.operandCounts.length + 1;
    this.isStatement = header.defaultIsStatement;
  }

  run(): void {
    const { reader, opcodeBase } = this;
    while (!reader.done) {
      const opcode = reader.u8();
      if (opcode >= opcodeBase) this.special(opcode);
      else if (opcode === 0) this.extended();
      else this.standard(opcode);
    }
  }

  private reset(): void {
    this.address = 0;
    this.operation = 0;
    this.file = 1;
    this.line = 1;
    this.column = 0;
    this.isStatement = this.header.defaultIsStatement;
  }

  private emit(): void {
    this.sink.row(this.address, this.file, this.line, this.column, this.isStatement);
  }

  private advance(operations: number): void {
    const { minInstructionBytes, maxOperations } = this.header;
    const total = this.operation + operations;
    this.address += minInstructionBytes * Math.floor(total / maxOperations);
    this.operation = total % maxOperations;
  }

  private special(opcode: number): void {
    const { lineBase, lineRange } = this.header;
    const adjusted = opcode - this.opcodeBase;
    this.advance(Math.floor(adjusted / lineRange));
    this.line += lineBase + (adjusted % lineRange);
    this.emit();
  }

  private standard(opcode: number): void {
    const { reader, header } = this;
    switch (opcode) {
      case standard.copy:
        this.emit();
        break;
      case standard.advancePc:
        this.advance(reader.uleb());
        break;
      case standard.advanceLine:
        this.line += reader.sleb();
        break;
      case standard.setFile:
        this.file = reader.uleb();
        break;
      case standard.setColumn:
        this.column = reader.uleb();
        break;
      case standard.negateStatement:
        this.isStatement = !this.isStatement;
        break;
      case standard.constAddPc:
        this.advance(Math.floor((MAX_SPECIAL_OPCODE - this.opcodeBase) / header.lineRange));
        break;
      case standard.fixedAdvancePc:
        this.address += reader.u16();
        this.operation = 0;
        break;
      default:
        // The header says how long those are that do not matter or are not known.
        for (let count = header.operandCounts[opcode - 1]!; count > 0; count--) reader.uleb();
    }
  }

  private extended(): void {
    const { reader, header } = this;
    const length = reader.uleb();
    const start = reader.skip(length);
    const end = reader.offset;
    if (length === 0) return;
    reader.offset = start;
    const opcode = reader.u8();
    if (opcode === extended.endSequence) {
      this.sink.endSequence(this.address);
      this.reset();
    } else if (opcode === extended.setAddress) {
      this.address = reader.unsigned(length - 1);
      this.operation = 0;
    } else if (opcode === extended.defineFile) header.files.push(readOldFile(reader));
    reader.offset = end;
  }
}
