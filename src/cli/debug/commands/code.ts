/** Commands that show code: the text, the instructions. */
import { Failure } from '../../failure.ts';
import { paint, printable } from '../../output.ts';
import type { DebugCommand } from '../debug-command.ts';
import type { Debugger } from '../debugger.ts';
import { hex } from '../names.ts';
import { funcidxOf, placeOf } from '../places.ts';
import { annotationText } from '../views.ts';

/** Lines `[first, last]` of the module's text, the current one marked. */
function showLines(debug: Debugger, first: number, last: number): void {
  const { listing } = debug.program;
  if (first > listing.lineCount) throw new Failure(`the text ends at line ${listing.lineCount}`);
  const end = Math.min(last, listing.lineCount);
  const width = String(end).length;
  const current = debug.here === undefined ? undefined : listing.place(debug.here)?.line;
  for (let line = first; line <= end; line++) {
    const isCurrent = line === current;
    const margin = `${isCurrent ? '=>' : '  '} ${String(line).padStart(width)}  `;
    const text = `${margin}${printable(listing.line(line).replaceAll('\t', ' '))}`.trimEnd();
    debug.out(isCurrent ? paint(1, 'green', text) : text);
  }
  debug.listed = { first, last: end };
}

function list(debug: Debugger, args: string): void {
  const { listsize } = debug.settings;
  if (args === '-') {
    const { first } = debug.listed ?? { first: Math.max(1, centre(debug, '') - Math.floor(listsize / 2)) };
    if (first <= 1) throw new Failure('the text begins here');
    showLines(debug, Math.max(1, first - listsize), first - 1);
    return;
  }
  const range = /^(\d+)\s*,\s*(\d+)?$/.exec(args);
  if (range !== null) {
    const first = Math.max(1, Number(range[1]));
    showLines(debug, first, range[2] === undefined ? first + listsize - 1 : Number(range[2]));
    return;
  }
  if (args === '' && debug.listed !== undefined) {
    const { last } = debug.listed;
    showLines(debug, last + 1, last + listsize);
    return;
  }
  const first = Math.max(1, centre(debug, args) - Math.floor(listsize / 2));
  showLines(debug, first, first + listsize - 1);
}

/** The line that a listing is around. */
function centre(debug: Debugger, args: string): number {
  if (/^\d+$/.test(args)) return Number(args);
  const { listing } = debug.program;
  const byteOffset = args === '' ? debug.here : placeOf(debug.program, args, debug.here).byteOffsets[0];
  if (byteOffset !== undefined) return listing.place(byteOffset)?.line ?? 1;
  // Nothing runs: where a debugger begins to read.
  return listing.lineWithCode(1) ?? 1;
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
    usage: '[LINE | FUNC | FIRST,LAST | -]',
    summary: 'show lines of the text around a place; without one, those that follow',
    details: "The text is the user's own, or the module as 'glassbox print' writes it.",
    group: 'code',
    repeats: 'bare',
    completes: 'place',
    run: list,
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
