/**
 * What two sides have seen, compared: errno or trap, stored bytes, output, files. What no two sides can agree on
 * (times, inodes, devices, random bytes, padding) is masked; entries of a directory are compared as a set.
 */
import { errnoRows, type FunctionName } from '../../src/wasi/index.ts';
import {
  changesBetween,
  memoryBefore,
  parametersOf,
  type Seen,
  type Sequence,
  type Step,
  type StepSeen,
  stepText,
} from './sequence.ts';

export interface Difference {
  /** The step's number, or -1 for what is seen at the end. */
  readonly at: number;
  readonly call: FunctionName | undefined;
  readonly args: readonly (number | bigint)[];
  /** What is placed in memory. */
  readonly memory: Buffer;
  readonly step: string;
  /** An errno's name, `trap` or `exit`, and then what else there is to tell. */
  readonly ours: string;
  readonly theirs: string;
}

export interface Run extends Seen {
  readonly tree: readonly string[];
}

/** What happened, as text: `badf`, `trap`, `exit 3`. */
export function endingText(seen: StepSeen | undefined): string {
  if (seen === undefined) return 'nothing';
  if (seen.trap !== undefined) return 'trap';
  if (seen.errno !== undefined) return errnoRows[seen.errno]?.name ?? String(seen.errno);
  return `exit ${seen.exit}`;
}

/** The first difference between two runs of `sequence`. */
export function firstDifference(sequence: Sequence, ours: Run, theirs: Run): Difference | undefined {
  const count = Math.max(ours.steps.length, theirs.steps.length);
  for (let at = 0; at < count; at++) {
    const step = sequence.steps[at]!;
    const [mine, other] = [ours.steps[at], theirs.steps[at]];
    const difference = stepDifference(step, mine, other);
    if (difference !== undefined) {
      const { call, args } = step;
      return { at, call, args, memory: memoryBefore(step), step: stepText(step), ...difference };
    }
    // What a call that traps has done by then is nobody's promise.
    if (mine?.trap !== undefined) return undefined;
  }
  for (const name of ['stdout', 'stderr', 'tree'] as const) {
    const [mine, other] = [String(ours[name]), String(theirs[name])];
    if (mine === other) continue;
    return {
      at: -1,
      call: undefined,
      args: [],
      memory: Buffer.alloc(0),
      step: name,
      ...(name === 'tree' ? treeDifference(ours, theirs) : { ours: mine, theirs: other }),
    };
  }
  return undefined;
}

function treeDifference(ours: Run, theirs: Run): { ours: string; theirs: string } {
  const only = (some: readonly string[], others: readonly string[]) =>
    some.filter((line) => !others.includes(line)).join('; ');
  return { ours: only(ours.tree, theirs.tree), theirs: only(theirs.tree, ours.tree) };
}

function stepDifference(
  step: Step,
  mine: StepSeen | undefined,
  other: StepSeen | undefined,
): { ours: string; theirs: string } | undefined {
  const endings = { ours: endingText(mine), theirs: endingText(other) };
  if (endings.ours !== endings.theirs) {
    const why = (seen: StepSeen | undefined) => (seen?.trap === undefined ? '' : ` (${trapText(seen.trap)})`);
    return { ours: endings.ours + why(mine), theirs: endings.theirs + why(other) };
  }
  if (mine === undefined || other === undefined || mine.trap !== undefined) return undefined;
  if (JSON.stringify(mine.changed) === JSON.stringify(other.changed)) return undefined;
  const [ours, theirs] = [storedText(step, mine), storedText(step, other)];
  return ours === theirs ? undefined : { ours: `${endings.ours} ${ours}`, theirs: `${endings.theirs} ${theirs}` };
}

function trapText(text: string): string {
  return (
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .at(-1)
      ?.trim() ?? ''
  );
}

/** The memory after a step, with what is masked filled with zeros. */
function storedText(step: Step, seen: StepSeen): string {
  const before = memoryBefore(step);
  const after = Buffer.from(before);
  for (const [address, hex] of seen.changed) after.set(Buffer.from(hex, 'hex'), address);
  if (seen.errno === 0) maskAll(step, before, after);
  return changesBetween(before, after)
    .map(([address, hex]) => `${address}: ${hex}`)
    .join(', ');
}

/** Days around now that count as now: what is set to the time of the call, on either side. */
const FIRST_NOW_NS = 1_577_836_800n * 1_000_000_000n;
const LAST_NOW_NS = 4_102_444_800n * 1_000_000_000n;

function maskAll(step: Step, before: Uint8Array, after: Uint8Array): void {
  const at = (parameter: string) => {
    const index = parametersOf(step.call).findIndex(([name]) => name === parameter);
    return Number(step.args[index]) >>> 0;
  };
  const mask = (start: number, length: number) => {
    after.fill(0, start, start + length);
  };
  switch (step.call) {
    case 'fd_fdstat_get':
      mask(at('stat') + 1, 1);
      mask(at('stat') + 4, 4);
      break;
    case 'fd_prestat_get':
      mask(at('prestat') + 1, 3);
      break;
    case 'fd_filestat_get':
    case 'path_filestat_get':
      maskFilestat(after, at('stat'));
      break;
    case 'clock_time_get':
      mask(at('time'), 8);
      break;
    case 'clock_res_get':
      mask(at('resolution'), 8);
      break;
    case 'random_get':
      mask(at('buf'), Number(step.args[1]) >>> 0);
      break;
    case 'fd_readdir':
      maskDirents(before, after, at('buf'), at('bufused'));
      break;
    case 'poll_oneoff':
      maskEvents(after, at('out'), at('nevents'));
      break;
  }
}

/** Padding, and how many bytes are ready, which hosts guess. */
function maskEvents(after: Uint8Array, eventsPtr: number, countPtr: number): void {
  const view = new DataView(after.buffer, after.byteOffset, after.length);
  const count = view.getUint32(countPtr, true);
  for (let at = eventsPtr; at < eventsPtr + count * 32; at += 32) {
    after.fill(0, at + 11, at + 24);
    after.fill(0, at + 26, at + 32);
  }
}

const DIRECTORY = 3;

function maskFilestat(after: Uint8Array, at: number): void {
  const view = new DataView(after.buffer, after.byteOffset, after.length);
  after.fill(0, at, at + 16);
  after.fill(0, at + 17, at + 24);
  // How many names a directory has and how large it is, each file system says otherwise.
  if (after[at + 16] === DIRECTORY) after.fill(0, at + 24, at + 40);
  for (const field of [40, 48]) {
    const timeNs = view.getBigUint64(at + field, true);
    const isNow = timeNs >= FIRST_NOW_NS && timeNs <= LAST_NOW_NS;
    // Node sets times by a number of seconds, so the last digits differ.
    view.setBigUint64(at + field, isNow ? 0n : (timeNs + 2048n) / 4096n, true);
  }
  // When an inode changed only the system knows.
  after.fill(0, at + 56, at + 64);
}

/** Entries in order of their names, without inodes; what is cut off by the buffer's end is not looked at. */
function maskDirents(before: Uint8Array, after: Uint8Array, bufferPtr: number, usedPtr: number): void {
  const view = new DataView(after.buffer, after.byteOffset, after.length);
  const used = view.getUint32(usedPtr, true);
  const entries: string[] = [];
  const end = bufferPtr + used;
  let at = bufferPtr;
  while (at + 24 <= end) {
    const nameLength = view.getUint32(at + 16, true);
    if (at + 24 + nameLength > end) break;
    entries.push(`${after[at + 20]} ${Buffer.from(after.subarray(at + 24, at + 24 + nameLength)).toString('hex')}`);
    at += 24 + nameLength;
  }
  after.set(before.subarray(bufferPtr, end), bufferPtr);
  const text = Buffer.from(entries.sort().join(','));
  after.set(text.subarray(0, Math.max(0, used)), bufferPtr);
}
