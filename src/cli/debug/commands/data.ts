/** Commands that show and change values. */
import { Failure } from '../../failure.ts';
import { printable } from '../../output.ts';
import type { DebugCommand } from '../debug-command.ts';
import type { Debugger } from '../debugger.ts';
import { showDisplay } from '../displays.ts';
import { examine } from '../examine.ts';
import { checkFormat, countOf, formatted, parseExpression, typeOf } from '../expression/index.ts';
import { hex } from '../names.ts';
import { placeOf } from '../places.ts';
import { formatPrintf } from '../printf.ts';
import { changeSetting } from '../settings.ts';

function checkedFormat(format: string): string | undefined {
  if (format === '') return undefined;
  checkFormat(format);
  return format;
}

function print(debug: Debugger, args: string, format: string): void {
  const letter = checkedFormat(format);
  const value = args === '' ? debug.values.printed.at(-1) : debug.evaluate(args);
  if (value === undefined) throw new Failure('nothing has been printed yet');
  debug.values.printed.push(value);
  debug.out(`$${debug.values.printed.length} = ${printable(formatted(value, letter))}`);
}

/** `x/5i PLACE`: instructions from a place in code on. */
function instructions(debug: Debugger, args: string, count: number): void {
  const { listing } = debug.program;
  const offset = /^(?:\$pc|\*?0x[\da-f]+|\d+)$/i.test(args) ? debug.evaluate(args.replace('*', '')) : undefined;
  let at =
    offset === undefined ? placeOf(debug.program, args, debug.here).byteOffsets[0]! : countOf(offset, 'byte offset');
  for (let i = 0; i < count; i++) {
    const found = listing.instructionFrom(at);
    // The last `end` closes the function, and stands in no line.
    if (found === undefined || listing.instructionText(found.byteOffset) === '') break;
    const isCurrent = found.byteOffset === debug.here;
    debug.out(
      `${isCurrent ? '=>' : '  '} ${hex(found.byteOffset)}  ${printable(listing.instructionText(found.byteOffset))}`,
    );
    at = found.byteOffset + found.byteLength;
  }
}

function x(debug: Debugger, args: string, format: string): void {
  const code = /^(\d*)i$/.exec(format);
  if (code !== null) {
    instructions(debug, args, code[1] === '' ? 1 : Number(code[1]));
    return;
  }
  const used = format === '' ? (debug.examined?.format ?? '') : format;
  const place = args === '' ? debug.examined?.place : debug.evaluate(args);
  if (place === undefined) throw new Failure('give an address', 'x/16xb 0x400');
  const { rows, next } = examine(debug.scope, place, used);
  for (const row of rows) debug.out(row);
  debug.examined = { place: next, format: used };
}

function addDisplay(debug: Debugger, args: string, format: string): void {
  if (args === '') {
    for (const display of debug.displays) showDisplay(debug, display);
    return;
  }
  parseExpression(args);
  const number = (debug.displays.at(-1)?.number ?? 0) + 1;
  const display = { number, text: args, format };
  debug.displays.push(display);
  showDisplay(debug, display);
}

function removeDisplays(debug: Debugger, args: string): void {
  const numbers = args.split(/[\s,]+/).filter((word) => word !== '');
  for (const word of numbers) {
    const at = debug.displays.findIndex(({ number }) => String(number) === word);
    if (at < 0) throw new Failure(`there is no display ${word}`, "'info display' lists them");
    debug.displays.splice(at, 1);
  }
  if (numbers.length === 0) debug.displays.length = 0;
}

export const dataCommands: readonly DebugCommand[] = [
  {
    name: 'print',
    aliases: ['p', 'inspect'],
    usage: '[/FORMAT] EXPR',
    summary: 'show the value of an expression',
    details: [
      'C’s operators, with: $n (a local, else a global, else a variable of your own), local[0], global[0],',
      'operand[0] (on top of the stack), table[0][3], memory[0][16], *(i32*)ADDR, *(u8*)ADDR@16, (u32)EXPR,',
      '$1 (the first value printed), $pc, $count (instructions so far). Types: i8 u8 i16 u16 i32 u32 i64 u64 f32 f64.',
      'Formats: x hexadecimal, d, u, o octal, t binary, c character, a address, z with zeros, f float, s string.',
    ].join('\n'),
    group: 'data',
    completes: 'expression',
    run: print,
  },
  {
    name: 'x',
    usage: '[/COUNT FORMAT UNIT] ADDR',
    summary: 'show memory: x/16xb 0x400, x/4dw $p, x/2g 8, x/s $text',
    details: [
      'Formats as for print; units: b (1 byte), h (2), w (4), g (8). Without an address it goes on.',
      'Another memory than the first: x/4xw &memory[1][0x400]. Instructions: x/5i $pc, x/5i FUNC',
    ].join('\n'),
    group: 'data',
    repeats: 'bare',
    completes: 'expression',
    run: x,
  },
  {
    name: 'set',
    usage: 'PLACE = EXPR | SETTING VALUE',
    summary: 'change a local, a global, an operand, memory; or a setting',
    details: [
      'Places: $n, local[0], global[0], operand[0], table[0][3], memory[0][16], *(i32*)ADDR; others with a `$` are yours.',
      'Settings: context LINES, listsize LINES, calls on|off, record on|off, args WORDS.',
    ].join('\n'),
    group: 'data',
    completes: 'expression',
    run(debug, args) {
      if (changeSetting(debug, args)) return;
      const text = args.replace(/^var(?:iable)?\s+/, '');
      if (parseExpression(text).kind !== 'assignment') {
        throw new Failure(`'${text}' sets nothing`, 'write set PLACE = VALUE');
      }
      debug.evaluate(text);
    },
  },
  {
    name: 'whatis',
    aliases: ['ptype'],
    usage: 'EXPR',
    summary: 'show the type of an expression',
    group: 'data',
    completes: 'expression',
    run: (debug, args) => debug.out(`type = ${printable(typeOf(debug.evaluate(args)))}`),
  },
  {
    name: 'display',
    usage: '[/FORMAT] [EXPR]',
    summary: 'show an expression at every stop; without one, show all of them now',
    details: 'With a unit or a count in its format it shows memory, as x does.',
    group: 'data',
    completes: 'expression',
    run: addDisplay,
  },
  {
    name: 'undisplay',
    usage: '[NUMBER…]',
    summary: 'show expressions no more; none of them without a number',
    group: 'data',
    run: removeDisplays,
  },
  {
    name: 'printf',
    usage: '"FORMAT", EXPR, …',
    summary: 'write values as C’s printf does',
    group: 'data',
    completes: 'expression',
    run: (debug, args) => debug.terminal.out(formatPrintf(args, debug.scope)),
  },
  {
    name: 'echo',
    usage: 'TEXT',
    summary: 'write a text; \\n ends a line',
    group: 'data',
    run: (debug, args) => debug.terminal.out(args.replace(/\\n/g, '\n').replace(/\\t/g, '\t')),
  },
];
