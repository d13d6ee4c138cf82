/**
 * What is left of a run that has stopped, in a snapshot: the steps still to come are in it beside the guest's state
 * and that of WASI.
 */
import { decodeUtf8, encodeUtf8, saveSnapshot } from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import { exitCodes } from '../failure.ts';
import { writeFile } from '../files.ts';
import { writeErr } from '../output.ts';
import { countText } from '../quantities.ts';
import type { Program, Step } from '../stopping.ts';

const WASI_PART = 'wasi';
const STEPS_PART = 'command-line';
const FORMAT = 'glassbox-command-line';

/** What a snapshot holds beside the guest's state: its environment, and what is still to be called. */
export function partsOf({ path, steps, wasi }: Pick<Program, 'path' | 'steps' | 'wasi'>): Record<string, Uint8Array> {
  const commandLine = JSON.stringify({
    format: FORMAT,
    path,
    steps: steps.map((step) => ({ ...step, name: step.name ?? null })),
  });
  return { [WASI_PART]: wasi.save(), [STEPS_PART]: encodeUtf8(commandLine) };
}

/** Returns the exit code. */
export function saveProgram(program: Program, snapshotPath: string): number {
  const { store, instances, call } = program;
  const bytes = saveSnapshot(instances, call, { parts: partsOf(program) });
  writeFile(snapshotPath, bytes);
  const count = countText(store.instructionCount);
  writeErr(
    `glassbox: stopped after ${count} instructions; saved ${countText(bytes.length)} bytes to ${snapshotPath}\n`,
  );
  return exitCodes.ok;
}

/** The steps in a snapshot's parts. One that the command line has not made has a call and nothing after it. */
export function savedProgram(
  parts: ReadonlyMap<string, Uint8Array>,
  hasCall: boolean,
): Pick<Program, 'path' | 'steps'> {
  const bytes = parts.get(STEPS_PART);
  if (bytes === undefined) {
    const step = { name: undefined, args: [], prints: true };
    return { path: 'snapshot', steps: hasCall ? [step] : [] };
  }
  const saved = parsed(bytes);
  const steps = Array.isArray(saved.steps) ? saved.steps.map(stepOf) : wrong();
  return { path: typeof saved.path === 'string' ? saved.path : wrong(), steps };
}

/** The state of WASI in a snapshot's parts. */
export function savedWasi(parts: ReadonlyMap<string, Uint8Array>): Uint8Array | undefined {
  return parts.get(WASI_PART);
}

function wrong(): never {
  throw new SnapshotError('the saved command line is wrong');
}

function parsed(bytes: Uint8Array): { readonly steps?: unknown; readonly path?: unknown } {
  try {
    const saved: unknown = JSON.parse(decodeUtf8(bytes, 0, bytes.length) ?? '');
    const isOurs = typeof saved === 'object' && saved !== null && (saved as { format?: unknown }).format === FORMAT;
    return isOurs ? saved : wrong();
  } catch {
    return wrong();
  }
}

function stepOf(value: unknown): Step {
  if (typeof value !== 'object' || value === null) return wrong();
  const { name, args, prints } = value as Readonly<Record<string, unknown>>;
  const isNamed = name === null || typeof name === 'string';
  const areTexts = Array.isArray(args) && args.every((arg) => typeof arg === 'string');
  if (!isNamed || !areTexts || typeof prints !== 'boolean') return wrong();
  return { name: name ?? undefined, args, prints };
}
