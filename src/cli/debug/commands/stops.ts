/** Commands about breakpoints, watchpoints and catchpoints. */
import type { Session } from '../../../api/index.ts';
import type { BreakpointOptions } from '../../../inspect/index.ts';
import { Failure } from '../../failure.ts';
import { suggestion } from '../../nearest.ts';
import type { DebugCommand } from '../debug-command.ts';
import type { Debugger } from '../debugger.ts';
import { parseExpression } from '../expression/index.ts';
import { funcLabel, hex } from '../names.ts';
import { funcidxOf, placeOf } from '../places.ts';
import type { Point, PointFields } from '../points.ts';
import { formatPrintf } from '../printf.ts';
import { placeText } from '../views.ts';
import { watchSpec } from '../watch-spec.ts';

/** `$fac at fac.wat:6:5`, `0x1a3 in $main`. */
function describe({ program }: Debugger, byteOffsets: readonly number[]): string {
  const texts = byteOffsets.map((byteOffset) => {
    const funcidx = program.listing.funcidxAt(byteOffset);
    const label = funcidx === undefined ? '' : funcLabel(program.syntax, funcidx);
    const place = placeText(program, byteOffset);
    const address = program.listing.isOwn ? '' : `${hex(byteOffset)} in `;
    return `${address}${label}${place === undefined ? '' : ` at ${place}`}`;
  });
  return texts.join(' and ');
}

/** `PLACE if EXPRESSION` in its two parts. */
function splitCondition(args: string): { place: string; condition: string | undefined } {
  const match = /^(.*?)(?:^|\s+)if(?:\s+|(?=\())(.+)$/.exec(args);
  if (match === null) return { place: args, condition: undefined };
  return { place: match[1]!, condition: match[2]! };
}

function atPlaces(byteOffsets: readonly number[]): PointFields['set'] {
  return (session, options) => byteOffsets.map((byteOffset) => session.addBreakpoint({ ...options, byteOffset }));
}

function addBreakpoint(debug: Debugger, args: string, isTemporary: boolean): void {
  const { place, condition } = splitCondition(args);
  const { byteOffsets } = placeOf(debug.program, place, debug.here);
  if (condition !== undefined) parseExpression(condition);
  const what = describe(debug, byteOffsets);
  const set = atPlaces(byteOffsets);
  const point = debug.points.add({ kind: 'breakpoint', what, isTemporary, byteOffsets, set }, condition);
  debug.out(`${point.title}: ${what}`);
}

function addWatchpoint(debug: Debugger, args: string, access: 'write' | 'read' | 'any'): void {
  const { place, condition } = splitCondition(args);
  if (condition !== undefined) parseExpression(condition);
  const { spec, text, isLocal } = watchSpec(debug, place);
  const height = isLocal ? debug.session.depth - debug.level : 0;
  const hasReturned = (session: Session) => session.depth < height;
  const fields: PointFields = {
    kind: 'watchpoint',
    what: text,
    ...(isLocal ? { dies: hasReturned } : {}),
    set: (session) => [session.addWatchpoint({ ...spec, access })],
  };
  const point = debug.points.add(fields, condition);
  const how = { write: '', read: ' (reads)', any: ' (reads and writes)' }[access];
  debug.out(`${point.title}: ${text}${how}`);
}

const events: Readonly<Record<string, NonNullable<BreakpointOptions['on']>>> = {
  trap: 'trap',
  throw: 'throw',
  import: 'import-call',
  grow: 'memory.grow',
};

export const eventNames = Object.keys(events);

function addCatchpoint(debug: Debugger, args: string): void {
  const { place, condition } = splitCondition(args);
  const [word = '', name] = place.split(/\s+/);
  const on = events[word];
  if (on === undefined) {
    throw new Failure(`'${word}' is nothing to catch`, suggestion(word, eventNames));
  }
  if (condition !== undefined) parseExpression(condition);
  if (name !== undefined && word !== 'import') throw new Failure(`'catch ${word}' takes no name`);
  const wanted = name === undefined ? undefined : funcidxOf(debug.program, name);
  const what = [word, ...(wanted === undefined ? [] : [funcLabel(debug.program.syntax, wanted)])].join(' ');
  const { listing } = debug.program;
  const point = debug.points.add(
    {
      kind: 'catchpoint',
      what,
      set: (session, options) => [
        session.addBreakpoint({
          on,
          ...options,
          condition: (each) => {
            const isWanted = wanted === undefined || listing.instruction(each.frame.byteOffset)?.callee === wanted;
            return isWanted && options.condition!(each);
          },
        }),
      ],
    },
    condition,
  );
  debug.out(`${point.title}: ${what}`);
}

/** Points by their numbers, `2 4-6`; all when nothing is said. @throws {Failure} */
function pointsOf(debug: Debugger, args: string): readonly Point[] {
  if (args === '') return debug.points.all;
  return args.split(/[\s,]+/).flatMap((word) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(word);
    if (match === null) throw new Failure(`'${word}' is no number of a breakpoint`);
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (match[2] === undefined) return [debug.points.get(from)];
    return debug.points.all.filter(({ number }) => number >= from && number <= to);
  });
}

/** A number in front of the rest. @throws {Failure} without one */
function numbered(debug: Debugger, args: string): { point: Point; rest: string } {
  const match = /^(\d+)\s*([\s\S]*)$/.exec(args);
  if (match === null) throw new Failure('give the number of a breakpoint', "'info breakpoints' lists them");
  return { point: debug.points.get(Number(match[1])), rest: match[2]! };
}

async function readCommands(debug: Debugger): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = await debug.terminal.lines.next('> ');
    if (line === undefined || line.trim() === 'end') return lines;
    if (line.trim() !== '') lines.push(line);
  }
}

export const stopCommands: readonly DebugCommand[] = [
  {
    name: 'break',
    aliases: ['b', 'br'],
    usage: '[FUNC | LINE | FILE:LINE | *0xOFFSET] [if EXPR]',
    summary: 'stop before a place; without one, before the current instruction',
    details: 'The condition is asked each time: break fac if $n == 3',
    group: 'stops',
    completes: 'place',
    run: (debug, args) => addBreakpoint(debug, args, false),
  },
  {
    name: 'tbreak',
    aliases: ['tb'],
    usage: '[PLACE] [if EXPR]',
    summary: 'stop before a place once',
    group: 'stops',
    completes: 'place',
    run: (debug, args) => addBreakpoint(debug, args, true),
  },
  {
    name: 'watch',
    usage: '*ADDR:LEN | *(TYPE*)ADDR | $GLOBAL | local NAME | table[N][I] [if EXPR]',
    summary: 'stop after something has been written',
    details: 'A local is watched in the selected frame only, while that lasts.',
    group: 'stops',
    completes: 'expression',
    run: (debug, args) => addWatchpoint(debug, args, 'write'),
  },
  {
    name: 'rwatch',
    usage: 'WHAT [if EXPR]',
    summary: 'stop after something has been read',
    group: 'stops',
    completes: 'expression',
    run: (debug, args) => addWatchpoint(debug, args, 'read'),
  },
  {
    name: 'awatch',
    usage: 'WHAT [if EXPR]',
    summary: 'stop after something has been read or written',
    group: 'stops',
    completes: 'expression',
    run: (debug, args) => addWatchpoint(debug, args, 'any'),
  },
  {
    name: 'catch',
    usage: 'trap | throw | grow | import [NAME] [if EXPR]',
    summary: 'stop before a throw, a memory.grow or a call of an import',
    details: 'Traps stop the program anyway; catching them counts them and runs commands.',
    group: 'stops',
    completes: 'catch',
    run: addCatchpoint,
  },
  {
    name: 'dprintf',
    usage: 'PLACE, "FORMAT", EXPR, …',
    summary: 'write a line each time a place is passed, and go on',
    details: 'The format is C’s: %d %u %x %c %f %s (a string in memory), %% and \\n.',
    group: 'stops',
    completes: 'place',
    run(debug, args) {
      const comma = args.indexOf(',');
      if (comma < 0) throw new Failure('give a place and a format', 'dprintf fac, "n is %d\\n", $n');
      const format = args.slice(comma + 1).trim();
      const { byteOffsets } = placeOf(debug.program, args.slice(0, comma), debug.here);
      const what = `${describe(debug, byteOffsets)}, ${format}`;
      const point = debug.points.add({
        kind: 'log point',
        what,
        byteOffsets,
        log: () => formatPrintf(format, debug.innermostScope),
        set: atPlaces(byteOffsets),
      });
      debug.out(`${point.title}: ${what}`);
    },
  },
  {
    name: 'delete',
    aliases: ['d'],
    usage: '[NUMBER…]',
    summary: 'remove breakpoints; all of them without a number',
    group: 'stops',
    run(debug, args) {
      for (const point of pointsOf(debug, args)) debug.points.delete(point);
    },
  },
  {
    name: 'clear',
    usage: '[PLACE]',
    summary: 'remove the breakpoints at a place',
    group: 'stops',
    completes: 'place',
    run(debug, args) {
      const wanted = new Set(placeOf(debug.program, args, debug.here).byteOffsets);
      const found = debug.points.all.filter(({ fields }) => fields.byteOffsets?.some((each) => wanted.has(each)));
      if (found.length === 0) throw new Failure('there is no breakpoint');
      for (const point of found) debug.points.delete(point);
      debug.out(`Deleted: ${found.map(({ number }) => number).join(' ')}`);
    },
  },
  {
    name: 'enable',
    usage: '[NUMBER…]',
    summary: 'let breakpoints stop the program again',
    group: 'stops',
    run(debug, args) {
      for (const point of pointsOf(debug, args)) debug.points.setEnabled(point, true);
    },
  },
  {
    name: 'disable',
    usage: '[NUMBER…]',
    summary: 'keep breakpoints without stopping at them',
    group: 'stops',
    run(debug, args) {
      for (const point of pointsOf(debug, args)) debug.points.setEnabled(point, false);
    },
  },
  {
    name: 'ignore',
    usage: 'NUMBER COUNT',
    summary: 'pass a breakpoint COUNT times',
    group: 'stops',
    run(debug, args) {
      const { point, rest } = numbered(debug, args);
      if (!/^\d+$/.test(rest)) throw new Failure('say how many times', 'ignore 2 10');
      point.ignore = Number(rest);
      debug.out(`${point.title} will be passed ${rest} ${point.ignore === 1 ? 'time' : 'times'}.`);
    },
  },
  {
    name: 'condition',
    usage: 'NUMBER [EXPR]',
    summary: 'stop at a breakpoint only when EXPR is true; always, without one',
    group: 'stops',
    run(debug, args) {
      const { point, rest } = numbered(debug, args);
      if (rest !== '') parseExpression(rest);
      point.condition = rest === '' ? undefined : rest;
      debug.out(rest === '' ? `${point.title} now stops always.` : `${point.title} now stops if ${rest}.`);
    },
  },
  {
    name: 'commands',
    usage: '[NUMBER]',
    summary: "run commands at each stop at a breakpoint: the lines that follow, up to 'end'",
    details: "'silent' as the first of them lets the stop itself go unsaid.",
    group: 'stops',
    async run(debug, args) {
      const point = args === '' ? debug.points.all.at(-1) : numbered(debug, args).point;
      if (point === undefined) throw new Failure('there is no breakpoint');
      point.commands = await readCommands(debug);
    },
  },
];
