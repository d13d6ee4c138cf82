/**
 * Runs, which may stop at an instruction: what `run` and `resume` share. A run is a few steps, calls of exports one
 * after the other. What is left of one when it stops is saved by snapshots/.
 */
import { callValues, GuestCall, type Instance, type Store, type Value } from '../api/index.ts';
import { Exhaustion, type ExhaustionKind } from '../syntax/index.ts';
import type { Wasi } from '../wasi/index.ts';
import { type Arguments, type Option, quantity } from './command.ts';
import { exitCodes, usageFailure } from './failure.ts';
import { invocationOf } from './invocation.ts';
import { exitCodeOf, handOn } from './outcome.ts';
import { writeErr, writeOut } from './output.ts';
import { countText, parseCount } from './quantities.ts';
import { Signals } from './signals.ts';
import { valueText } from './values.ts';

export const stopOptions: readonly Option[] = [
  { name: 'stop-after', value: 'N', help: 'stop after N more instructions, and save all state to --snapshot' },
  { name: 'snapshot', value: 'FILE', help: "where to; 'glassbox resume FILE' goes on from there" },
];

/** Where a run is to stop. */
export interface StopOrder {
  readonly instructions: number;
  readonly snapshotPath: string;
}

/** @throws {Failure} for one option without the other, and beside monitors */
export function stopOf(args: Arguments): StopOrder | undefined {
  const instructions = quantity(args, 'stop-after', parseCount, 'a whole number of instructions');
  const snapshotPath = args.value('snapshot');
  if (instructions === undefined && snapshotPath === undefined) return undefined;
  if (instructions === undefined) throw usageFailure("'--snapshot' needs a place to stop at", 'add --stop-after N');
  if (snapshotPath === undefined) throw usageFailure("'--stop-after' needs a file to save to", 'add --snapshot FILE');
  if (args.values('monitor').length > 0) throw usageFailure("'--monitor' does not go together with '--stop-after'");
  return { instructions, snapshotPath };
}

/** One call of a run. */
export interface Step {
  /** An export; absent: the start function. */
  readonly name: string | undefined;
  /** Arguments as on the command line. */
  readonly args: readonly string[];
  /** Its results are written. */
  readonly prints: boolean;
}

/** A run: what is under way, and what is still to come. */
export interface Program {
  /** What messages call it. */
  readonly path: string;
  readonly store: Store;
  /** The first one is the program. */
  readonly instances: readonly Instance[];
  readonly wasi: Wasi;
  readonly steps: readonly Step[];
  /** The first step's call, when it has begun. */
  readonly call?: GuestCall | undefined;
}

/** The steps of `glassbox run`. @throws {Failure} for an export that is none, or arguments that do not fit */
export function stepsOf(instance: Instance, invoked: string | undefined, args: readonly string[]): Step[] {
  const steps: Step[] = [];
  const has = (name: string) => instance.exports[name] !== undefined;
  if (instance.module.syntax.start !== undefined) steps.push({ name: undefined, args: [], prints: false });
  if (invoked !== undefined) {
    invocationOf(instance, instance.module, invoked, args);
    // A library's own set-up, which it expects before any other call.
    if (invoked !== '_initialize' && has('_initialize')) steps.push({ name: '_initialize', args: [], prints: false });
    steps.push({ name: invoked, args, prints: true });
  } else if (has('_start')) steps.push({ name: '_start', args: [], prints: false });
  return steps;
}

const endsFromOutside: ReadonlySet<ExhaustionKind> = new Set(['deadline', 'aborted']);

/** Runs to the end, or to where it is to stop. Returns the exit code. */
export async function runSteps(program: Program, stop: StopOrder | undefined): Promise<number> {
  const { store, path } = program;
  const goal = store.instructionCount + (stop?.instructions ?? Number.POSITIVE_INFINITY);
  let exitCode: number = exitCodes.ok;
  const signals = new Signals();
  try {
    const stopped = await runTo(goal, program, signals);
    if (stopped !== undefined) {
      // Loaded when it is called: a run that ends by itself starts without it.
      const { saveProgram } = await import('./snapshots/saved-program.ts');
      return saveProgram(stopped, stop!.snapshotPath);
    }
  } catch (error) {
    // Whoever reads its output may not come back.
    if (error instanceof Exhaustion && endsFromOutside.has(error.kind)) program.wasi.giveUp();
    exitCode = signals.exitCodeOf(error) ?? exitCodeOf(path, error);
  } finally {
    signals.close();
  }
  if (stop !== undefined) tellOfEnd(store, stop);
  return exitCode;
}

/** Often enough for who presses a key to end it, so rarely that it costs nothing. */
const TURN_MS = 250;

/** What is left of the program when `goal` instructions have run; undefined: it has ended before. */
async function runTo(goal: number, program: Program, signal: Signals): Promise<Program | undefined> {
  const { store, steps, wasi } = program;
  let { call: begun } = program;
  for (const [done, step] of steps.entries()) {
    const call = begun ?? begin(program.instances[0]!, step);
    begun = undefined;
    const instructions = goal - store.instructionCount;
    const hasEnded = !(call instanceof GuestCall) || (await call.run({ instructions, signal, turnMs: TURN_MS }));
    if (!hasEnded) return { ...program, steps: steps.slice(done), call };
    handOn(wasi);
    if (step.prints) writeOut(call.values.map((value) => `${valueText(value)}\n`).join(''));
  }
  return undefined;
}

/** A call that is still to run; or one of the host's, which has run, as there is nothing in it to stop at. */
function begin(instance: Instance, { name, args }: Step): GuestCall | { readonly values: readonly Value[] } {
  if (name === undefined) return GuestCall.ofStart(instance) ?? { values: [] };
  const { func, values } = invocationOf(instance, instance.module, name, args);
  return func.host === null ? GuestCall.ofValues(instance, name, values) : { values: callValues(func, values) };
}

function tellOfEnd({ instructionCount }: Store, { instructions, snapshotPath }: StopOrder): void {
  const ran = `after ${countText(instructionCount)} instructions in all, less than ${countText(instructions)} more`;
  writeErr(`glassbox: the program has ended ${ran}; ${snapshotPath} is not written\n`);
}
