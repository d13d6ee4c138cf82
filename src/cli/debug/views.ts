/** What the debugger shows of a place: frames in one line, and the source around an instruction with its values. */
import { annotation, type Frame, globalsOf } from '../../inspect/index.ts';
import { paint, printable } from '../output.ts';
import { funcLabel, hex, shortPath, variableLabel } from './names.ts';
import type { Program } from './program.ts';
import type { SourceFiles } from './source-files.ts';

/** Longer values are cut where they stand beside code. */
const MAX_BESIDE = 60;

function cut(text: string): string {
  return text.length > MAX_BESIDE ? `${text.slice(0, MAX_BESIDE - 1)}…` : text;
}

/** A value's text, also when it cannot be read now. */
export function textOfVariable(variable: { readonly text: string }): string {
  try {
    return variable.text;
  } catch (error) {
    return `<${(error as Error).message}>`;
  }
}

/** `fac.wat:6:23`, `main.c:12:5`; `undefined` for code that has no lines but printed ones. */
export function placeText(program: Program, byteOffset: number): string | undefined {
  const { listing, lines, fileName } = program;
  const place = listing.isOwn ? listing.place(byteOffset) : undefined;
  if (place !== undefined) return `${fileName}:${place.line}:${place.column}`;
  const source = lines.at(byteOffset);
  if (source === undefined) return undefined;
  return `${shortPath(source.file)}:${source.line}${source.column === 0 ? '' : `:${source.column}`}`;
}

/** `$fac ($n=5) at fac.wat:6:23`. */
export function frameText(program: Program, frame: Frame): string {
  if (frame.kind === 'host') return `<host> ${frame.name ?? ''}`.trim();
  const { byteOffset } = frame;
  const params = frame.locals.filter((local) => 'isParam' in local && local.isParam);
  const args = params.map((param) => {
    const text = cut(textOfVariable(param));
    return param.name === undefined || param.name === '' ? text : `${variableLabel('local', param)}=${text}`;
  });
  const place = placeText(program, byteOffset);
  const address = program.listing.isOwn ? '' : `${hex(byteOffset)} in `;
  const at = place === undefined ? '' : ` at ${place}`;
  return `${address}${funcLabel(program.syntax, frame.funcidx)} (${args.join(', ')})${at}`;
}

/** The values beside a frame's instruction. */
export function annotationText(program: Program, frame: Frame): string | undefined {
  if (frame.kind === 'host' || frame.problem !== undefined) return undefined;
  const globalText = (globalidx: number) => globalsOf(frame.instance)[globalidx]?.text;
  const text = annotation(program.listing, frame, globalText);
  return text === undefined ? undefined : cut(text);
}

/**
 * The lines around a frame's instruction: an arrow before its own, its values beside it, or below where the line
 * has more than the one instruction.
 *
 * @param around lines before and after
 */
export function sourceView(program: Program, files: SourceFiles, frame: Frame, around: number): string[] {
  if (frame.kind === 'host') return [];
  const { listing } = program;
  const place = listing.place(frame.byteOffset);
  if (place === undefined) return [];
  const first = Math.max(1, place.line - around);
  const last = Math.min(listing.lineCount, place.line + around);
  const width = String(last).length;
  const rows = sourceFileRow(program, files, frame.byteOffset);
  for (let line = first; line <= last; line++) {
    const text = printable(listing.line(line).replaceAll('\t', ' ')).trimEnd();
    if (line !== place.line) rows.push(paint(1, 'dim', `   ${String(line).padStart(width)}  ${text}`).trimEnd());
    else rows.push(...currentRows(program, frame, `=> ${String(line).padStart(width)}  `, text, place.column));
  }
  return rows;
}

/** The line of the source file that the code was compiled from. */
function sourceFileRow({ lines }: Program, files: SourceFiles, byteOffset: number): string[] {
  const source = lines.at(byteOffset);
  const text = source && files.line(source.file, source.line);
  return source === undefined || text === undefined
    ? []
    : [`${shortPath(source.file)}:${source.line}  ${printable(text.replaceAll('\t', ' ')).trim()}`];
}

function currentRows(program: Program, frame: Frame, margin: string, text: string, column: number): string[] {
  const { listing } = program;
  const beside = annotationText(program, frame);
  const values = beside === undefined ? '' : `  ${paint(1, 'cyan', `;; ${printable(beside)}`)}`;
  const place = listing.place(frame.byteOffset)!;
  const isAlone = listing.byteOffsetsOnLine(place.line).length <= 1 && text.slice(0, column - 1).trim() === '';
  const arrow = paint(1, 'green', margin);
  if (isAlone) return [`${arrow}${text}${values}`];
  const mark = `${' '.repeat(margin.length + column - 1)}${paint(1, 'green', '^')} `;
  return [`${arrow}${text}`, `${mark}${printable(listing.instructionText(frame.byteOffset))}${values}`];
}
