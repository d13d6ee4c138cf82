/** Commands about frames. */
import { Failure } from '../../failure.ts';
import type { DebugCommand } from '../debug-command.ts';
import type { Debugger } from '../debugger.ts';
import { countOf } from '../expression/index.ts';
import { showSource } from '../stops.ts';
import { frameText } from '../views.ts';
import { countArgument } from './running.ts';

/** Frames that `backtrace` shows unless told. */
const SHOWN_FRAMES = 30;

function frameRow(debug: Debugger, level: number): string {
  return levelText(level) + frameText(debug.program, debug.frameAt(level));
}

function levelText(level: number): string {
  return `${`#${level}`.padEnd(3)} `;
}

/** Selects a frame and shows it. */
export function select(debug: Debugger, level: number): void {
  debug.frameAt(level);
  debug.level = level;
  debug.listed = undefined;
  debug.out(frameRow(debug, level));
  showSource(debug);
}

function backtrace(debug: Debugger, args: string): void {
  const limit = args === '' ? SHOWN_FRAMES : countOf(debug.evaluate(args), 'count');
  const frames = debug.session.framesUpTo(limit + 1);
  if (frames.length === 0) throw new Failure('there are no frames');
  frames.slice(0, limit).forEach((frame, level) => {
    debug.out(levelText(level) + frameText(debug.program, frame));
  });
  if (frames.length > limit) debug.out(`… and more; 'backtrace ${Math.max(limit, 1) * 2}' shows more`);
}

export const frameCommands: readonly DebugCommand[] = [
  {
    name: 'backtrace',
    aliases: ['bt', 'where'],
    usage: '[COUNT]',
    summary: 'list the frames, innermost first',
    group: 'stack',
    run: backtrace,
  },
  {
    name: 'frame',
    aliases: ['f'],
    usage: '[LEVEL]',
    summary: 'select a frame; show the selected one',
    group: 'stack',
    run: (debug, args) => select(debug, args === '' ? debug.level : countOf(debug.evaluate(args), 'level')),
  },
  {
    name: 'up',
    usage: '[COUNT]',
    summary: 'select the frame that called this one',
    group: 'stack',
    repeats: 'same',
    run(debug, args) {
      const wanted = debug.level + countArgument(debug, args);
      const { length } = debug.session.framesUpTo(wanted + 1);
      if (length - 1 <= debug.level) throw new Failure('this is the outermost frame');
      select(debug, Math.min(wanted, length - 1));
    },
  },
  {
    name: 'down',
    usage: '[COUNT]',
    summary: 'select the frame that this one called',
    group: 'stack',
    repeats: 'same',
    run(debug, args) {
      if (debug.level === 0) throw new Failure('this is the innermost frame');
      select(debug, Math.max(0, debug.level - countArgument(debug, args)));
    },
  },
  {
    name: 'tree',
    usage: '[DEPTH]',
    summary: 'show the calls of this run so far as a tree',
    details: "Calls of one function from one place in the tree are counted together. 'set calls off' saves their time.",
    group: 'stack',
    run(debug, args) {
      const depth = args === '' ? Number.POSITIVE_INFINITY : countArgument(debug, args);
      if (debug.run === undefined) throw new Failure('the program is not being run', "'run' starts it");
      if (debug.calls === undefined) throw new Failure('calls were not kept', "'set calls on' before 'run' keeps them");
      for (const row of debug.calls.rows((funcidx) => debug.funcLabel(funcidx), depth, MAX_TREE_ROWS)) debug.out(row);
    },
  },
];

const MAX_TREE_ROWS = 1000;
