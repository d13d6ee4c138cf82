/** Commands that begin a run and go on in it. */
import type { Session } from '../../../api/index.ts';
import type { Frame, Stop } from '../../../inspect/index.ts';
import { importCount } from '../../../syntax/index.ts';
import { Failure } from '../../failure.ts';
import { printable } from '../../output.ts';
import type { DebugCommand } from '../debug-command.ts';
import type { Debugger } from '../debugger.ts';
import { countOf } from '../expression/index.ts';
import { lineKey } from '../line-key.ts';
import { placeOf } from '../places.ts';
import type { Entry } from '../run.ts';
import { frameText, textOfVariable } from '../views.ts';
import { splitWords } from '../words.ts';

/** The number after a command: 1 unless given. @throws {Failure} for what is none */
export function countArgument(debug: Debugger, args: string): number {
  return args === '' ? 1 : countOf(debug.evaluate(args), 'count');
}

/** Begins a run; `goOn`: up to the first thing that stops it. */
async function begin(debug: Debugger, entry: Entry, goOn: boolean): Promise<void> {
  const stop = debug.begin(entry);
  debug.entry = entry;
  await debug.arrive(stop, goOn);
}

/** What `run` calls, with other arguments if some are given. */
function entryWith({ entry }: Debugger, args: string): Entry {
  const words = splitWords(args);
  return words.length === 0 ? entry : { ...entry, args: words };
}

type Step = (session: Session) => Stop | Promise<Stop>;

/** Repeats a step until something else stops the guest. */
async function repeated(debug: Debugger, args: string, step: Step): Promise<void> {
  const count = countArgument(debug, args);
  if (count < 1) throw new Failure('the count is 1 at least');
  await debug.go(async (session) => {
    let stop = await step(session);
    for (let i = 1; i < count && stop.reason === 'step'; i++) stop = await step(session);
    return stop;
  });
}

/** Runs to a place, or until the frame has returned, whichever comes first. */
async function runTo(debug: Debugger, place: string, staysInFrame: boolean): Promise<void> {
  const { byteOffsets, text } = placeOf(debug.program, place, debug.here);
  const point = debug.points.add({
    kind: 'breakpoint',
    what: text,
    byteOffsets,
    set: (session, options) => byteOffsets.map((byteOffset) => session.addBreakpoint({ ...options, byteOffset })),
  });
  try {
    await debug.go(async (session) => {
      const frame = staysInFrame ? session.framesUpTo(2)[1] : undefined;
      const stop = await (frame === undefined ? session.runAsync() : debug.stepOut(session));
      // The place itself is nothing to speak of.
      return stop.breakpoint !== undefined && point.live.includes(stop.breakpoint) ? { reason: 'step' } : stop;
    });
  } finally {
    debug.points.delete(point);
  }
}

/** Steps until the line is another, or the frame has returned. */
function toNextLine(debug: Debugger, step: Step, isLater: boolean): Step {
  return async (session) => {
    const { depth } = session;
    const first = session.framesUpTo(1)[0];
    const from = first && lineKey(debug.program, first);
    for (;;) {
      const stop = await step(session);
      const frame = session.framesUpTo(1)[0];
      if (stop.reason !== 'step' || frame === undefined || from === undefined) return stop;
      const key = lineKey(debug.program, frame);
      // Code that has no line belongs to no one.
      if (key === undefined) continue;
      if (session.depth !== depth || key.file !== from.file) return stop;
      if (isLater ? key.line > from.line : key.line !== from.line) return stop;
    }
  };
}

/** Out of the selected frame; what it returned is said. */
async function finish(debug: Debugger): Promise<void> {
  const { level, frame } = debug;
  const { isAlive } = debug;
  let returned: string | undefined;
  if (isAlive) debug.out(`Run till exit from ${frameText(debug.program, frame)}`);
  await debug.go(async (session) => {
    let stop = await debug.stepOut(session);
    for (let i = 0; i < level && stop.reason === 'step'; i++) stop = await debug.stepOut(session);
    if (stop.reason === 'step' && frame.kind === 'wasm') returned = resultsText(debug, session.frame, frame.funcidx);
    return stop;
  });
  if (returned !== undefined) debug.out(`Value returned: ${returned}`);
}

/** What a function has just left on its caller's stack. */
function resultsText({ program }: Debugger, caller: Frame, funcidx: number): string | undefined {
  const { funcs, types } = program.syntax;
  const comp = types[funcs[funcidx - importCount(program.syntax, 'func')]?.typeidx ?? -1]?.comp;
  if (comp?.kind !== 'func' || comp.results.length === 0) return undefined;
  const results = caller.operands.slice(-comp.results.length);
  return printable(results.map(textOfVariable).join(', '));
}

export const runningCommands: readonly DebugCommand[] = [
  {
    name: 'run',
    aliases: ['r'],
    usage: '[ARGS…]',
    summary: 'start the program, with other arguments if given',
    details: "It runs until a breakpoint, a trap or its end. What is being run ends. 'start' stops at once.",
    group: 'running',
    run: (debug, args) => begin(debug, entryWith(debug, args), true),
  },
  {
    name: 'start',
    aliases: ['starti'],
    usage: '[ARGS…]',
    summary: 'start the program and stop before its first instruction',
    group: 'running',
    run: (debug, args) => begin(debug, entryWith(debug, args), false),
  },
  {
    name: 'invoke',
    usage: 'NAME [ARGS…]',
    summary: 'run an exported function with arguments',
    details: "As --invoke on the command line; 'run' then calls it again. 'start' stops before its first instruction.",
    group: 'running',
    completes: 'export',
    async run(debug, args) {
      const [name, ...rest] = splitWords(args);
      if (name === undefined) throw new Failure('name an exported function', "'info exports' lists them");
      await begin(debug, { name: name.replace(/^\$/, ''), args: rest }, true);
    },
  },
  {
    name: 'step',
    aliases: ['s', 'stepi', 'si'],
    usage: '[COUNT]',
    summary: 'run one instruction, into the function that it calls',
    group: 'running',
    repeats: 'same',
    run: (debug, args) => repeated(debug, args, (session) => session.step()),
  },
  {
    name: 'next',
    aliases: ['n', 'nexti', 'ni'],
    usage: '[COUNT]',
    summary: 'run one instruction, and all that it calls',
    group: 'running',
    repeats: 'same',
    run: (debug, args) => repeated(debug, args, (session) => debug.stepOver(session)),
  },
  {
    name: 'step-line',
    aliases: ['sl'],
    usage: '[COUNT]',
    summary: 'run to another line, into functions that are called',
    details: 'Lines are those of the source file that DWARF names, else of the text of the module.',
    group: 'running',
    repeats: 'same',
    run: (debug, args) =>
      repeated(
        debug,
        args,
        toNextLine(debug, (session) => session.step(), false),
      ),
  },
  {
    name: 'next-line',
    aliases: ['nl'],
    usage: '[COUNT]',
    summary: 'run to another line of this function, and all that is called on the way',
    group: 'running',
    repeats: 'same',
    run: (debug, args) =>
      repeated(
        debug,
        args,
        toNextLine(debug, (session) => debug.stepOver(session), false),
      ),
  },
  {
    name: 'finish',
    aliases: ['fin'],
    summary: 'run until the selected frame has returned',
    group: 'running',
    repeats: 'same',
    run: finish,
  },
  {
    name: 'continue',
    aliases: ['c', 'fg'],
    usage: '[COUNT]',
    summary: 'run until something stops the program; pass COUNT − 1 stops at this breakpoint',
    group: 'running',
    repeats: 'same',
    async run(debug, args) {
      const count = countArgument(debug, args);
      const stop = debug.living.stop!;
      const point = debug.points.all.find(
        ({ live }) => stop.breakpoint !== undefined && live.includes(stop.breakpoint),
      );
      if (point !== undefined && count > 1) point.ignore = count - 1;
      await debug.goOn();
    },
  },
  {
    name: 'until',
    aliases: ['u'],
    usage: '[PLACE]',
    summary: 'run to a later line of this function: past the end of a loop; or to a place',
    group: 'running',
    repeats: 'same',
    completes: 'place',
    async run(debug, args) {
      if (args !== '') return runTo(debug, args, true);
      return debug.go(toNextLine(debug, (session) => debug.stepOver(session), true));
    },
  },
  {
    name: 'advance',
    usage: 'PLACE',
    summary: 'run to a place',
    group: 'running',
    completes: 'place',
    async run(debug, args) {
      if (args === '') throw new Failure('name a place to run to', "'FUNC', 'LINE', 'FILE:LINE' or '*0xOFFSET'");
      await runTo(debug, args, false);
    },
  },
  {
    name: 'kill',
    aliases: ['k'],
    summary: 'end the run',
    group: 'running',
    run(debug) {
      if (debug.run === undefined) throw new Failure('the program is not being run');
      debug.end();
      debug.out('The run has been ended.');
    },
  },
];
