/** Places in code as the user writes them: `FUNC`, `function INDEX`, `*0xOFFSET`, `LINE`, `FILE:LINE`. */
import type { CodeLine, Listing } from '../../inspect/index.ts';
import { isDelimiter } from '../../inspect/index.ts';
import { importCount } from '../../syntax/index.ts';
import { Failure } from '../failure.ts';
import { suggestion } from '../nearest.ts';
import { hex, nameOfFunc, shortPath } from './names.ts';
import type { Program } from './program.ts';

/** A place found: instructions to stop before, one in each function that has a part of it. */
export interface Place {
  readonly byteOffsets: readonly number[];
  /** As the user wrote it. */
  readonly text: string;
}

/**
 * @param here where the selected frame stands: lines without a file are of its file
 * @throws {Failure} for a place that is none
 */
export function placeOf(program: Program, text: string, here?: number): Place {
  const trimmed = text.trim();
  if (trimmed === '') {
    if (here === undefined)
      throw new Failure('nothing runs, so there is no place here', "name a place: 'FUNC', 'LINE'");
    return { byteOffsets: [here], text: `*${hex(here)}` };
  }
  if (trimmed.startsWith('*')) return offsetPlace(program, trimmed);
  if (/^\d+$/.test(trimmed)) return linePlace(program, trimmed, Number(trimmed), here);
  const match = /^(.*):(\d+)$/.exec(trimmed);
  if (match !== null && !match[1]!.endsWith(':')) return fileLinePlace(program, trimmed, match[1]!, Number(match[2]));
  return funcPlace(program, trimmed);
}

/** The instruction at a byte or the next one that can be stopped at. */
function stopFrom(listing: Listing, byteOffset: number): CodeLine | undefined {
  let found = listing.instructionFrom(byteOffset);
  while (found !== undefined && isDelimiter(found.id)) {
    found = listing.instructionFrom(found.byteOffset + found.byteLength);
  }
  return found;
}

function offsetPlace(program: Program, text: string): Place {
  const digits = text.slice(1).trim();
  const byteOffset = /^(?:0x[\da-f]+|\d+)$/i.test(digits) ? Number(digits) : Number.NaN;
  if (Number.isNaN(byteOffset)) throw new Failure(`'${digits}' is no byte offset`, 'write *0x2a');
  const found = program.listing.instruction(byteOffset);
  if (found !== undefined && !isDelimiter(found.id)) return { byteOffsets: [byteOffset], text };
  const next = stopFrom(program.listing, byteOffset);
  throw new Failure(
    `no instruction to stop at begins at byte ${hex(byteOffset)}`,
    next === undefined ? "'disassemble FUNC' shows offsets" : `the next one begins at *${hex(next.byteOffset)}`,
  );
}

/** Index of a function by its name, `$name`, `function 3`, or number. @throws {Failure} when there is none */
export function funcidxOf(program: Program, text: string): number {
  const { syntax } = program;
  const count = importCount(syntax, 'func') + syntax.funcs.length;
  const index = /^(?:func(?:tion)?\s+)?(\d+)$/.exec(text)?.[1];
  if (index !== undefined && Number(index) < count) return Number(index);
  const wanted = text.replace(/^\$/, '').replace(/^"(.*)"$/, '$1');
  for (const [funcidx, name] of syntax.names.functions) if (name === wanted) return funcidx;
  const exported = syntax.exports.find(({ kind, name }) => kind === 'func' && name === wanted);
  if (exported !== undefined) return exported.index;
  for (let funcidx = 0; funcidx < count; funcidx++) if (nameOfFunc(syntax, funcidx) === wanted) return funcidx;
  throw new Failure(`there is no function '${text}'`, suggestion(wanted, [...functionNames(program)]));
}

/** Names of functions, each once. */
export function functionNames(program: Program): ReadonlySet<string> {
  const { names, exports } = program.syntax;
  return new Set([
    ...names.functions.values(),
    ...exports.filter(({ kind }) => kind === 'func').map(({ name }) => name),
  ]);
}

function funcPlace(program: Program, text: string): Place {
  const funcidx = funcidxOf(program, text);
  const first = program.listing.instructions(funcidx).find(({ id }) => !isDelimiter(id));
  if (first !== undefined) return { byteOffsets: [first.byteOffset], text };
  const isImport = program.listing.instructions(funcidx).length === 0;
  throw new Failure(
    isImport ? `'${text}' is imported: it has no code here` : `'${text}' has no instruction to stop at`,
    isImport ? `'catch import ${text}' stops before calls of it` : undefined,
  );
}

/** A line without a file: of the source file that the frame stands in, or of the module's text. */
function linePlace(program: Program, text: string, line: number, here: number | undefined): Place {
  const source = here === undefined || program.listing.isOwn ? undefined : program.lines.at(here);
  return source === undefined ? textLinePlace(program, text, line) : sourceLinePlace(program, text, source.file, line);
}

function fileLinePlace(program: Program, text: string, file: string, line: number): Place {
  const isModule = file === program.fileName || file === program.options.path;
  return isModule ? textLinePlace(program, text, line) : sourceLinePlace(program, text, file, line);
}

function textLinePlace({ listing }: Program, text: string, line: number): Place {
  const found = listing.lineWithCode(line);
  if (found === undefined) throw new Failure(`no code stands on line ${line} or after it`);
  return { byteOffsets: firstOfEach(listing, listing.byteOffsetsOnLine(found)), text };
}

function sourceLinePlace({ lines, listing }: Program, text: string, file: string, line: number): Place {
  const found = lines.lineWithCode(file, line);
  if (found === undefined) {
    const known = lines.files.some((path) => shortPath(path) === shortPath(file));
    if (known) throw new Failure(`no code comes from line ${line} of ${file} or after it`);
    throw new Failure(
      `no code comes from a file '${file}'`,
      lines.isEmpty ? `there are no source lines: ${lines.problem}` : suggestion(file, lines.files.map(shortPath)),
    );
  }
  const stops = lines.byteOffsets(file, found).flatMap((byteOffset) => stopFrom(listing, byteOffset)?.byteOffset ?? []);
  return { byteOffsets: firstOfEach(listing, stops), text };
}

/** The lowest offset in each function: where the line is entered. */
function firstOfEach(listing: Listing, byteOffsets: readonly number[]): number[] {
  const first = new Map<number, number>();
  for (const byteOffset of [...byteOffsets].sort((a, b) => a - b)) {
    const funcidx = listing.funcidxAt(byteOffset) ?? -1;
    if (!first.has(funcidx)) first.set(funcidx, byteOffset);
  }
  return [...first.values()];
}
