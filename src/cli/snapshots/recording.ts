/**
 * Runs that leave a recording, and recordings from files: what `run --record`, `replay` and `debug --replay` share.
 * A run is a few calls, one after the other, each with a recording of its own; the last one is the file, those
 * before it are in its parts, so that the file alone suffices.
 */
import {
  decodeUtf8,
  encodeUtf8,
  type Instance,
  inspect,
  type OpenRecordingOptions,
  openRecording,
  type Session,
  type Store,
} from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import type { Wasi } from '../../wasi/index.ts';
import { exitCodes, Failure } from '../failure.ts';
import { writeFile } from '../files.ts';
import { invocationOf } from '../invocation.ts';
import { exitCodeOf, handOn } from '../outcome.ts';
import { printable, writeErr, writeOut } from '../output.ts';
import { countText } from '../quantities.ts';
import type { Step } from '../stopping.ts';
import { valueText } from '../values.ts';
import { readSnapshot } from './read-snapshot.ts';

/** A run to be recorded. */
export interface RecordedProgram {
  /** What messages call it. */
  readonly path: string;
  readonly store: Store;
  readonly instance: Instance;
  readonly wasi: Wasi;
  readonly steps: readonly Step[];
  /** The program's own name and arguments, as it was given them. */
  readonly guestArgs: readonly string[];
}

/** Runs to the end, however that is, and writes the recording. Returns the exit code. */
export function runRecorded(program: RecordedProgram, recordPath: string): number {
  const { instance, steps, store, wasi, path } = program;
  const session = inspect(instance);
  let bytes: Uint8Array | undefined;
  let outcome: Outcome = { exitCode: exitCodes.ok };
  try {
    for (const step of steps) {
      if (!begin(session, instance, step)) continue;
      const { error } = runStep(session, store);
      handOn(wasi);
      outcome = outcomeOf(path, error);
      if (error === undefined && step.prints) writeOut(resultsText(session));
      bytes = saved(session, program, step, outcome.exitCode, bytes);
      if (error !== undefined) break;
    }
  } finally {
    session.close();
  }
  if (bytes === undefined) writeErr(`glassbox: nothing has run; ${recordPath} is not written\n`);
  else writeFile(recordPath, bytes);
  if (outcome.failure !== undefined) throw outcome.failure.error;
  return outcome.exitCode;
}

/** How a call ended; `failure` is what was no outcome of a guest's. */
interface Outcome {
  readonly exitCode: number;
  readonly failure?: { readonly error: unknown };
}

function outcomeOf(path: string, error: unknown): Outcome {
  if (error === undefined) return { exitCode: exitCodes.ok };
  try {
    return { exitCode: exitCodeOf(path, error) };
  } catch (failure) {
    return { exitCode: exitCodes.failed, failure: { error: failure } };
  }
}

/** Is there anything to run? A function without instructions has ended when it is called. */
function begin(session: Session, instance: Instance, { name, args }: Step): boolean {
  if (name === undefined) session.callStart();
  else session.callValues(name, invocationOf(instance, instance.module, name, args).values);
  return session.stop !== undefined && session.stop.reason !== 'exit';
}

/** At full speed: a file needs no checkpoints. */
function runStep(session: Session, { meter, timeoutMs }: Store) {
  session.record({ checkpoints: false, maxBytes: Number.POSITIVE_INFINITY });
  if (timeoutMs !== undefined) session.currentFiber!.deadlineMs = meter.clock!() + timeoutMs;
  return session.run();
}

function resultsText(session: Session): string {
  return session.resultValues.map((value) => `${valueText(value)}\n`).join('');
}

const STEP_PART = 'command-line';
const EARLIER_PART = 'earlier';
const FORMAT = 'glassbox-recorded-call';

function saved(
  session: Session,
  { path, guestArgs }: RecordedProgram,
  step: Step,
  exitCode: number,
  earlier: Uint8Array | undefined,
): Uint8Array {
  const call = { format: FORMAT, path, guestArgs, ...step, name: step.name ?? null, exitCode };
  const parts = {
    [STEP_PART]: encodeUtf8(JSON.stringify(call)),
    ...(earlier === undefined ? {} : { [EARLIER_PART]: earlier }),
  };
  try {
    return session.history!.save({ parts });
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    throw new Failure(`the run cannot be kept: ${printable(error.message)}`);
  }
}

/** A recorded call. */
export interface RecordedCall {
  readonly session: Session;
  readonly prints: boolean;
  /** The program's path when it was recorded. */
  readonly path: string;
  /** The export that was called; undefined: the start function, or not known. */
  readonly name: string | undefined;
  readonly exitCode: number | undefined;
}

/** More calls than any command line makes. */
const MAX_CALLS = 16;

/** The calls in a recording's file, in their order. @throws {Failure} for a file that is no recording */
export function readRecording(path: string, options: OpenRecordingOptions = {}): RecordedCall[] {
  return readRecordingBytes(path, readSnapshot(path), options);
}

/** As `readRecording`. @param path what messages call it */
export function readRecordingBytes(path: string, file: Uint8Array, options: OpenRecordingOptions): RecordedCall[] {
  const calls: RecordedCall[] = [];
  let bytes: Uint8Array | undefined = file;
  try {
    while (bytes !== undefined && calls.length < MAX_CALLS) {
      const session: Session = openRecording(bytes, options);
      const { savedParts } = session.history!;
      calls.unshift({ session, ...callIn(savedParts) });
      bytes = savedParts.get(EARLIER_PART);
    }
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    const help = /this is no recording/.test(error.message) ? "'glassbox run --record FILE' makes one" : undefined;
    throw new Failure(`${path}: ${printable(error.message)}`, help);
  }
  return calls;
}

/** What the command line has noted; a recording of another program's has no such part. */
function callIn(parts: ReadonlyMap<string, Uint8Array>): Omit<RecordedCall, 'session'> {
  const bytes = parts.get(STEP_PART);
  if (bytes === undefined) return { path: 'recording', prints: true, name: undefined, exitCode: undefined };
  const { path, name, prints, exitCode } = parsed(bytes);
  const areTexts = typeof path === 'string' && (name === null || typeof name === 'string');
  if (!areTexts || typeof prints !== 'boolean' || typeof exitCode !== 'number') return wrong();
  return { path, prints, name: name ?? undefined, exitCode };
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const call: unknown = JSON.parse(decodeUtf8(bytes, 0, bytes.length) ?? '');
    const isObject = typeof call === 'object' && call !== null;
    const known = isObject ? (call as Readonly<Record<string, unknown>>) : {};
    return known.format === FORMAT ? known : wrong();
  } catch {
    return wrong();
  }
}

function wrong(): never {
  throw new SnapshotError('the recorded command line is wrong');
}

/** Ends a replay as the run ended. Returns the exit code. */
export function endReplay({ session, path, prints }: RecordedCall): number {
  const { reason, error } = session.stop!;
  if (reason === 'end-of-history') {
    const count = countText(session.instructionCount);
    writeErr(`glassbox: the recording ends after ${count} instructions, before the program does\n`);
    return exitCodes.ok;
  }
  if (error instanceof SnapshotError) throw new Failure(`${path}: ${printable(error.message)}`);
  if (error !== undefined) return exitCodeOf(path, error);
  if (prints) writeOut(resultsText(session));
  return exitCodes.ok;
}
