/** The texts that `list` shows: a source file that DWARF names, when it is here, else the module's text. */
import { Failure } from '../failure.ts';
import type { Debugger } from './debugger.ts';
import { shortPath } from './names.ts';

export interface ListedText {
  readonly lineCount: number;
  /** From 1. */
  line(line: number): string;
  /** The line that code comes from, when it comes from this text. */
  lineOf(byteOffset: number): number | undefined;
}

function moduleText({ program: { listing } }: Debugger): ListedText {
  return {
    lineCount: listing.lineCount,
    line: (line) => listing.line(line),
    lineOf: (byteOffset) => listing.place(byteOffset)?.line,
  };
}

function sourceText({ program, files }: Debugger, path: string): ListedText | undefined {
  const lineCount = files.lineCount(path);
  if (lineCount === 0) return undefined;
  return {
    lineCount,
    line: (line) => files.line(path, line) ?? '',
    lineOf: (byteOffset) => {
      const source = program.lines.at(byteOffset);
      return source?.file === path ? source.line : undefined;
    },
  };
}

/** The text that code comes from; the module's where nothing runs. */
export function textAt(debug: Debugger, byteOffset: number | undefined): ListedText {
  const { listing, lines } = debug.program;
  const source = byteOffset === undefined || listing.isOwn ? undefined : lines.at(byteOffset);
  return (source && sourceText(debug, source.file)) ?? moduleText(debug);
}

/** The text of a file by its name. @throws {Failure} when no code comes from it, or it is not here */
export function textNamed(debug: Debugger, file: string): ListedText {
  const { program } = debug;
  if (file === program.fileName || file === program.options.path) return moduleText(debug);
  const path = program.lines.files.find((each) => each === file || each.endsWith(`/${file}`));
  if (path === undefined) throw new Failure(`no code comes from a file '${file}'`, "'info source' lists them");
  const text = sourceText(debug, path);
  if (text === undefined)
    throw new Failure(`${shortPath(path)} is not here`, "'set directory FOLDER' says where it is");
  return text;
}
