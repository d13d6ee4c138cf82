/**
 * Sequences of preview 1 calls as data, and the module that makes them: one wrapper a function, driven from outside.
 *
 * Memory is filled with guard bytes before each step, so that a step is told by its own bytes and what is open.
 */
import { type FunctionName, signatures } from '../../src/wasi/index.ts';
import { coreTypeOf, type ParameterKind } from '../../src/wasi/preview1/signatures.ts';

export interface Step {
  readonly call: FunctionName;
  readonly args: readonly (number | bigint)[];
  /** What stands in memory besides guard bytes. */
  readonly bytes?: readonly Placed[];
}

export type Placed = readonly [address: number, hex: string];

export interface Sequence {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly (readonly [name: string, value: string])[];
  readonly stdin?: string;
  readonly steps: readonly Step[];
}

/** How a step ended, and the bytes of memory that are others than before. */
export interface StepSeen {
  readonly errno?: number;
  readonly trap?: string;
  readonly exit?: number;
  readonly changed: readonly Placed[];
}

export interface Seen {
  readonly steps: readonly StepSeen[];
  /** In hexadecimal. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Name of sequences in which several things may be wrong at once. */
export const RANDOM_NAME = 'random calls';

export const MEMORY_BYTES = 65536;
export const GUARD = 0xa5;

/** A function by name and, by position, its parameters. */
export function parametersOf(
  name: FunctionName,
): readonly (readonly [name: string, kind: ParameterKind, ...rest: unknown[]])[] {
  return signatures[name].parameters;
}

export const functionNames = Object.keys(signatures) as FunctionName[];

/** The module in text format. */
export const driverText = `(module
${functionNames.map(importText).join('\n')}
  (memory (export "memory") 1 1)
${functionNames.map(wrapperText).join('\n')})`;

function importText(name: FunctionName): string {
  return `  (import "wasi_snapshot_preview1" "${name}" (func $${name} ${typeText(name)}))`;
}

function typeText(name: FunctionName): string {
  const params = parametersOf(name).map(([, kind]) => coreTypeOf(kind));
  const result = signatures[name].result === 'errno' ? ' (result i32)' : '';
  return `(param ${params.join(' ')})${result}`;
}

function wrapperText(name: FunctionName): string {
  const args = parametersOf(name).map((_, index) => ` (local.get ${index})`);
  return `  (func (export "${name}") ${typeText(name)} (call $${name}${args.join('')}))`;
}

const untouched = Buffer.alloc(MEMORY_BYTES, GUARD);

/** Memory as it is when a step begins. */
export function memoryBefore({ bytes = [] }: Step): Buffer {
  const memory = Buffer.from(untouched);
  for (const [address, hex] of bytes) memory.write(hex, address, 'hex');
  return memory;
}

/** Bytes that are compared at once, where nothing has changed. */
const CHUNK_BYTES = 1024;

/** The ranges in which `after` differs from `before`. */
export function changesBetween(before: Buffer, after: Uint8Array): Placed[] {
  const changes: Placed[] = [];
  for (let chunk = 0; chunk < after.length; chunk += CHUNK_BYTES) {
    const chunkEnd = chunk + CHUNK_BYTES;
    if (before.compare(after, chunk, chunkEnd, chunk, chunkEnd) === 0) continue;
    for (let at = chunk; at < chunkEnd; at++) {
      if (before[at] === after[at]) continue;
      const start = at;
      while (at < chunkEnd && before[at] !== after[at]) at++;
      changes.push([start, Buffer.from(after.subarray(start, at)).toString('hex')]);
    }
  }
  return changes;
}

/** A step as one reads it: `path_open(3, 1, "a", …)`. */
export function stepText({ call, args, bytes = [] }: Step): string {
  const placed = new Map(bytes);
  const parameters = parametersOf(call);
  const texts = args.map((arg, index) => {
    const hex = placed.get(Number(arg));
    const length = parameters[index]?.[1] === 'text' ? Number(args[index + 1]) : 0;
    return hex === undefined || hex.length !== length * 2
      ? `${parameters[index]?.[0]}=${arg}`
      : JSON.stringify(Buffer.from(hex, 'hex').toString());
  });
  const rest = bytes
    .map(([address, hex]) => `${address}: ${hex.length > 80 ? `${hex.slice(0, 80)}…` : hex}`)
    .join(', ');
  return `${call}(${texts.join(', ')})${rest === '' ? '' : ` with ${rest}`}`;
}
