/** In words: where a guest stands and why, for the status line, which is also what a screen reader says. */

import { GlassboxError, HostExit } from '../../../src/index.ts';
import type { Frame, Stop } from '../../../src/inspect/index.ts';
import type { Machine } from './machine.ts';
import { nameOf } from './panels/frames.ts';

export type StatusKind = 'ready' | 'running' | 'stopped' | 'done' | 'failed';

export interface StatusText {
  readonly kind: StatusKind;
  readonly text: string;
}

export function statusOf(machine: Machine): StatusText {
  const { stop, instructionCount } = machine;
  const after = `after ${count(instructionCount, 'instruction')}`;
  if (stop.reason === 'exit') return { kind: 'done', text: `${endText(stop)} ${after}.` };
  if (stop.reason === 'trap')
    return { kind: 'failed', text: `${errorText(stop.error)} ${after}${placeText(machine)}.` };
  return { kind: 'stopped', text: `${reasonText(stop)}${standText(machine)}` };
}

function endText({ error, results = [] }: Stop): string {
  if (error instanceof HostExit) return `The program ended with exit code ${error.exitCode}`;
  if (results.length === 0) return 'Returned';
  return `Returned ${results.map(resultText).join(', ')}`;
}

function resultText(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'a reference';
  if (Object.is(value, -0)) return '-0';
  return String(value);
}

export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name =
    error instanceof GlassboxError ? error.name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase() : error.name;
  return `${name[0]!.toUpperCase()}${name.slice(1)}: ${error.message}`;
}

function reasonText({ reason }: Stop): string {
  if (reason === 'breakpoint') return 'Breakpoint: ';
  if (reason === 'pause') return 'Paused: ';
  if (reason === 'entry') return 'Ready: ';
  return '';
}

function standText(machine: Machine): string {
  const [frame] = machine.frames;
  if (frame === undefined) return 'Nothing runs.';
  const { operands } = frame;
  const top = operands
    .slice(-3)
    .map(({ text }) => text)
    .join(', ');
  const listed = operands.length === 0 ? '' : ` Operands: ${operands.length > 3 ? '…, ' : ''}${top}.`;
  const executed = count(machine.instructionCount, 'instruction');
  return `${instructionText(machine, frame)} is next in ${nameOf(frame)}${lineText(machine, frame)}; ${executed} executed.${listed}`;
}

function placeText(machine: Machine): string {
  const [frame] = machine.frames;
  return frame === undefined ? '' : ` in ${nameOf(frame)}${lineText(machine, frame)}`;
}

function instructionText({ program }: Machine, frame: Frame): string {
  return frame.kind === 'host' ? 'the host' : (program.code.textOf(frame.byteOffset) ?? frame.instruction);
}

function lineText({ program }: Machine, { byteOffset }: Frame): string {
  const line = program.code.lineOf(byteOffset);
  return line === undefined ? '' : `, line ${line}`;
}

export function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}
