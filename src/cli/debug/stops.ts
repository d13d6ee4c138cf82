/** What is said of a stop: why, where, the source there, and the displays. */
import type { Stop } from '../../inspect/index.ts';
import { Exhaustion, HostExit, Trap, UncaughtException } from '../../syntax/index.ts';
import { printable } from '../output.ts';
import type { Debugger } from './debugger.ts';
import { showDisplays } from './displays.ts';
import { textOf, valueOfVariable } from './expression/index.ts';
import type { Point } from './points.ts';
import { frameText, sourceView } from './views.ts';

export function showStop(debug: Debugger, stop: Stop, point: Point | undefined): void {
  if (stop.reason === 'exit') {
    showLastWatched(debug, stop, point);
    debug.out(exitText(debug, stop));
    return;
  }
  const reason = reasonText(stop, point);
  const frame = debug.session.framesUpTo(1)[0];
  if (frame === undefined) {
    if (reason !== undefined) debug.out(reason);
    return;
  }
  for (const line of watchedLines(stop)) debug.out(line);
  const where = frameText(debug.program, frame);
  debug.out(reason === undefined ? where : `${reason}, ${where}`);
  showSource(debug);
  showDisplays(debug);
}

/** What the last instruction of a call has touched: there is no place to stop at behind it. */
export function showLastWatched(debug: Debugger, stop: Stop, point: Point | undefined): void {
  if (point === undefined || stop.watchpoint === undefined) return;
  debug.out(`${point.title}, by the last instruction`);
  for (const line of watchedLines(stop)) debug.out(line);
}

/** The source around the selected frame's instruction. */
export function showSource(debug: Debugger): void {
  for (const row of sourceView(debug.program, debug.files, debug.frame, debug.settings.context)) debug.out(row);
}

/** Why it stands there; nothing for a step. */
function reasonText(stop: Stop, point: Point | undefined): string | undefined {
  if (stop.reason === 'trap') return failureText(stop.error);
  if (stop.reason === 'pause') return 'Interrupted';
  if (stop.reason === 'start-of-history') return 'The recording begins here';
  if (stop.reason === 'end-of-history') return 'The recording ends here';
  return point?.title;
}

export function failureText(error: unknown): string {
  const message = printable(error instanceof Error ? error.message : String(error));
  if (error instanceof Trap) return `Trap: ${message}`;
  if (error instanceof Exhaustion) return `Limit: ${message}`;
  return error instanceof UncaughtException ? `Exception: ${message}` : `Error: ${message}`;
}

function watchedLines({ watchpoint, before, after }: Stop): string[] {
  if (watchpoint === undefined) return [];
  if (before === after) return [`Value: ${after}`];
  return [`Old value: ${before}`, `New value: ${after}`];
}

const EXIT_CODE_MASK = 0xff;

function exitText({ run }: Debugger, { error, results = [] }: Stop): string {
  if (error instanceof HostExit) return `The program exited with code ${error.exitCode & EXIT_CODE_MASK}.`;
  if (run?.entry === '_start') return 'The program exited with code 0.';
  const name = printable(run?.entry ?? 'the function');
  return results.length === 0 ? `${name} returned.` : `${name} returned ${results.map(resultText).join(', ')}.`;
}

function resultText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return textOf(valueOfVariable({ type: 'f64', value, text: 'nan' }));
  if (value === null) return 'null';
  return typeof value === 'function' ? 'a function' : 'a reference';
}
