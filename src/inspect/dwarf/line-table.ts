/**
 * Which line of which source file the code of a module comes from, by its DWARF sections. They are read when
 * first asked for. What is damaged is left out and said in `problem`; nothing here throws for it.
 */
import { sectionIds } from '../../decoder/index.ts';
import { DecodeError, type Module } from '../../syntax/index.ts';
import { lastNotAbove } from '../../text/index.ts';
import { FileNames } from './file-names.ts';
import { readLineHeader } from './line-header.ts';
import { runLineProgram } from './line-program.ts';
import { type LineRows, NO_LINE, RowCollector } from './line-rows.ts';
import { DwarfSections } from './sections.ts';

/** A place in a source file. */
export interface SourceLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; 0: the table does not say. */
  readonly column: number;
}

interface Tables {
  readonly rows: LineRows;
  readonly files: readonly string[];
  readonly problem: string | undefined;
}

export class LineTable {
  private readonly module: Module;
  private readonly codeAt: number;
  private loaded: Tables | undefined;

  constructor(module: Module) {
    this.module = module;
    this.codeAt = codeSection(module).byteOffset;
  }

  /** Why there are no lines, or not all; `undefined` when every table was read. */
  get problem(): string | undefined {
    return this.tables().problem;
  }

  /** Has the module lines at all? */
  get isEmpty(): boolean {
    return this.tables().rows.addresses.length === 0;
  }

  /** Paths of the source files that code comes from. */
  get files(): readonly string[] {
    return this.tables().files;
  }

  /** The line of the code at a byte of the module; `undefined` where no line is known. */
  at(byteOffset: number): SourceLine | undefined {
    const { rows, files } = this.tables();
    const index = lastNotAbove(rows.addresses, byteOffset - this.codeAt);
    if (index < 0 || rows.lines[index] === NO_LINE) return undefined;
    return { file: files[rows.fileNumbers[index]!]!, line: rows.lines[index]!, column: rows.columns[index]! };
  }

  /**
   * Where the code of a line begins, ascending: more than once where it is inlined, unrolled or comes in pieces.
   *
   * @param file a path, or the end of one, as `main.c`
   */
  byteOffsets(file: string, line: number): number[] {
    const { rows } = this.tables();
    const wanted = this.fileNumbers(file);
    const found: number[] = [];
    let wasOn = false;
    for (let i = 0; i < rows.addresses.length; i++) {
      const isOn = rows.lines[i] === line && wanted.has(rows.fileNumbers[i]!);
      const isOver = rows.addresses[i + 1] === rows.addresses[i];
      if (isOn && !wasOn && rows.statements[i] === 1 && !isOver) found.push(this.codeAt + rows.addresses[i]!);
      // A row that the next one replaces, or that begins no statement, does not begin the line.
      if (!isOver && (!isOn || rows.statements[i] === 1)) wasOn = isOn;
    }
    return found;
  }

  /** The first line from `line` on that has code; `undefined` when none has. */
  lineWithCode(file: string, line: number): number | undefined {
    const { rows } = this.tables();
    const wanted = this.fileNumbers(file);
    let best: number | undefined;
    rows.lines.forEach((found, i) => {
      const isBetter = found >= line && found !== NO_LINE && (best === undefined || found < best);
      if (isBetter && rows.statements[i] === 1 && wanted.has(rows.fileNumbers[i]!)) best = found;
    });
    return best;
  }

  /** Numbers of the files whose path is `file` or ends with it as a path does. */
  private fileNumbers(file: string): ReadonlySet<number> {
    const numbers = new Set<number>();
    if (file === '') return numbers;
    this.files.forEach((path, number) => {
      if (path === file || path.endsWith(`/${file}`) || path.endsWith(`\\${file}`)) numbers.add(number);
    });
    return numbers;
  }

  private tables(): Tables {
    this.loaded ??= readTables(this.module);
    return this.loaded;
  }
}

function codeSection({ sections }: Module): { byteOffset: number; byteLength: number } {
  return sections.find(({ id }) => id === sectionIds.code) ?? { byteOffset: 0, byteLength: 0 };
}

function readTables(module: Module): Tables {
  const sections = new DwarfSections(module);
  const collector = new RowCollector(codeSection(module).byteLength);
  const names = new FileNames(module, sections);
  const problem = sections.has('.debug_line')
    ? readUnits(sections, collector, names)
    : 'the module has no section .debug_line';
  return { rows: collector.finish(), files: names.paths, problem: problem ?? names.problem };
}

/** Reads all units; a damaged one is passed over as long as its end is known. Returns what was wrong first. */
function readUnits(sections: DwarfSections, collector: RowCollector, names: FileNames): string | undefined {
  let problem: string | undefined;
  const reader = sections.reader('.debug_line');
  const sectionEnd = reader.end;
  while (reader.offset < sectionEnd) {
    const at = sections.offsetIn('.debug_line', reader);
    let unitEnd = sectionEnd;
    try {
      reader.seek(reader.offset, sectionEnd);
      const length = reader.unitLength();
      if (length > sectionEnd - reader.offset) reader.fail('a unit that passes its end');
      unitEnd = reader.offset + length;
      reader.seek(reader.offset, unitEnd);
      const header = readLineHeader(reader);
      collector.beginUnit(names.ofUnit(at, header));
      runLineProgram(reader, header, collector);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      problem ??= `.debug_line: ${error.message}`;
    }
    reader.seek(unitEnd, sectionEnd);
  }
  return problem;
}
