/** Commands that show code: the text, the instructions. */
import { Failure } from '../../failure.ts';
import { paint, printable } from '../../output.ts';
import type { DebugCommand } from '../debug-command.ts';
import type { Debugger } from '../debugger.ts';
import { type ListedText, textAt, textNamed } from '../listed-text.ts';
import { hex } from '../names.ts';
import { funcidxOf, placeOf } from '../places.ts';
import { annotationText } from '../views.ts';

/** Lines `[first, last]` of a text, the current one marked. */
function showLines(debug: Debugger, text: ListedText, first: number, last: number): void {
  if (first > text.lineCount) throw new Failure(`the text ends at line ${text.lineCount}`);
  const end = Math.min(last, text.lineCount);
  const width = String(end).length;
  const current = debug.here === undefined ? undefined : text.lineOf(debug.here);
  for (let line = first; line <= end; line++) {
    const isCurrent = line === current;
    const margin = `${isCurrent ? '=>' : '  '} ${String(line).padStart(width)}  `;
    const row = `${margin}${printable(text.line(line).replaceAll('\t', ' '))}`.trimEnd();
    debug.out(isCurrent ? paint(1, 'green', row) : row);
  }
  debug.listed = { text, first, last: end };
}

type Range = readonly [text: ListedText, first: number, last: number];

function around(debug: Debugger, text: ListedText, line: number): Range {
  const { listsize } = debug.settings;
  const first = Math.max(1, line - Math.floor(listsize / 2));
  return [text, first, first + listsize - 1];
}

/** The lines that words of `list` are about. @throws {Failure} for a place that is none */
function rangeOf(debug: Debugger, args: string): Range {
  const { listsize } = debug.settings;
  const { text, first, last } = debug.listed ?? { text: textAt(debug, debug.here), first: undefined, last: undefined };
  if (args === '-') {
    const before = first ?? Math.max(1, currentLine(debug, text) - Math.floor(listsize / 2));
    if (before <= 1) throw new Failure('the text begins here');
    return [text, Math.max(1, before - listsize), before - 1];
  }
  const range = /^(\d+)\s*,\s*(\d+)?$/.exec(args);
  if (range !== null) {
    const from = Math.max(1, Number(range[1]));
    return [text, from, range[2] === undefined ? from + listsize - 1 : Number(range[2])];
  }
  if (args === '' && last !== undefined) return [text, last + 1, last + listsize];
  if (args === '') return around(debug, text, currentLine(debug, text));
  if (/^\d+$/.test(args)) return around(debug, text, Number(args));
  const file = /^(.*):(\d+)$/.exec(args);
  if (file !== null && !file[1]!.endsWith(':')) return around(debug, textNamed(debug, file[1]!), Number(file[2]));
  const [byteOffset] = placeOf(debug.program, args, debug.here).byteOffsets;
  const found = textAt(debug, byteOffset);
  return around(debug, found, found.lineOf(byteOffset!) ?? 1);
}

/** Where the guest stands in a text; where nothing runs, the first code. */
function currentLine(debug: Debugger, text: ListedText): number {
  const line = debug.here === undefined ? undefined : text.lineOf(debug.here);
  return line ?? debug.program.listing.lineWithCode(1) ?? 1;
}

function disassemble(debug: Debugger, args: string, format: string): void {
  const { listing, syntax } = debug.program;
  const { here } = debug;
  if (args === '' && here === undefined) throw new Failure('nothing runs', 'name a function');
  const funcidx = args === '' ? listing.funcidxAt(here!) : funcidxOf(debug.program, args);
  const lines = funcidx === undefined ? [] : listing.instructions(funcidx);
  if (funcidx === undefined || lines.length === 0) throw new Failure(`${args} has no code: it is imported`);
  debug.out(`${debug.funcLabel(funcidx)}:`);
  const width = hex(lines.at(-1)!.byteOffset).length;
  // The last `end` closes the function, and stands in no line.
  for (const { byteOffset, byteLength, depth } of lines.slice(0, -1)) {
    const isCurrent = byteOffset === here;
    const bytes = [...syntax.bytes.subarray(byteOffset, byteOffset + Math.min(byteLength, MAX_SHOWN_BYTES))];
    const raw = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const column = format === 'r' ? `${raw.padEnd(3 * MAX_SHOWN_BYTES)}` : '';
    const values = isCurrent ? annotationText(debug.program, debug.frame) : undefined;
    const text = `${'  '.repeat(Math.min(depth, MAX_INDENT))}${printable(listing.instructionText(byteOffset))}`;
    const beside = values === undefined ? '' : `  ;; ${printable(values)}`;
    const row = `${isCurrent ? '=>' : '  '} ${hex(byteOffset).padStart(width)}  ${column}${text}${beside}`;
    debug.out(isCurrent ? paint(1, 'green', row) : row);
  }
}

const MAX_SHOWN_BYTES = 8;
const MAX_INDENT = 20;

export const codeCommands: readonly DebugCommand[] = [
  {
    name: 'list',
    aliases: ['l'],
    usage: '[LINE | FUNC | FILE:LINE | FIRST,LAST | -]',
    summary: 'show lines of the text around a place; without one, those that follow',
    details: [
      "The text is the module's own, or the source file that its code was compiled from when that is here",
      "('set directory FOLDER' says where), else the module as 'glassbox print' writes it.",
    ].join('\n'),
    group: 'code',
    repeats: 'bare',
    completes: 'place',
    run: (debug, args) => showLines(debug, ...rangeOf(debug, args)),
  },
  {
    name: 'disassemble',
    aliases: ['disas'],
    usage: '[/r] [FUNC]',
    summary: 'show the instructions of a function with their byte offsets; with /r their bytes, too',
    group: 'code',
    completes: 'place',
    run: disassemble,
  },
];
