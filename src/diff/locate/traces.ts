/** Runs a traced case in two engines and finds the first record in which they differ. */
import { F32, F64, I32, isRef, V128 } from '../../syntax/index.ts';
import type { Bits, Engine, NanMode, Observation, Outcome, PreparedCall, PreparedCase, RunLimits } from '../case.ts';
import { type NanShape, nanRules } from '../prepare/index.ts';
import type { Doubts } from './doubts.ts';
import { BLOCK_BYTES, DUMP, LENGTH, RECORD_BYTES, TRACE_LOG, WINDOW } from './recorder.ts';
import { canonicalising, type Site } from './sites.ts';
import { type Level, type Place, type TraceOptions, traceCase, tracedCalls } from './traced-case.ts';

export interface TraceRecord {
  readonly site: number;
  /** The value's bits, the lowest 64 first; of narrower ones the rest means nothing. */
  readonly words: readonly Bits[];
}

/** Where two traces part. */
export interface Parting {
  /** Records that are the same. */
  readonly index: number;
  /** The last of them; absent where the first record differs. */
  readonly last: Site | undefined;
  /** The first that differs; absent where a trace has ended. */
  readonly ours: TraceRecord | undefined;
  readonly theirs: TraceRecord | undefined;
  readonly sites: readonly Site[];
  /** All of them, where they are known. */
  readonly records: readonly TraceRecord[] | undefined;
  /** Of our engine. */
  readonly length: number;
  /** A call ended in one way here and in another there. */
  readonly endsDiffer: boolean;
  /** The last record of a call whose results differ though all records are the same. */
  readonly returnedFrom?: Site | undefined;
}

export interface TraceRun {
  readonly prepared: PreparedCase;
  readonly nans: NanMode;
  readonly ours: Engine;
  readonly theirs: Engine;
  readonly limits: RunLimits;
  readonly level: Level;
  /** The place is in code that was put into the module to run it: NaNs are on their way to be canonical there. */
  readonly isInserted: (site: Place) => boolean;
  readonly operandsAt?: TraceOptions['operandsAt'];
  readonly silentAt?: TraceOptions['silentAt'];
  readonly doubts: Doubts;
}

/** Records that the log may take: each is a call out of the guest. */
const MAX_LOG_RECORDS = 100_000;
const MAX_WINDOWS = 32;
/** Blocks of the memory that are looked into at once. */
const MAX_BLOCKS = 8;
const RECORDS_PER_BLOCK = BLOCK_BYTES / RECORD_BYTES;
const WORDS_PER_RECORD = RECORD_BYTES / 8;

const TAIL_CALLS: readonly PreparedCall[] = [{ name: LENGTH, args: [] }];

/** What becomes of a traced case in our engine and in the other. */
export async function runBoth(run: TraceRun, traced: PreparedCase): Promise<readonly [Outcome, Outcome]> {
  const pending = run.theirs.run([traced], run.limits);
  const [ours] = await run.ours.run([traced], run.limits);
  const [theirs] = await pending;
  return [ours!, theirs!];
}

export function observationsOf(outcome: Outcome): readonly Observation[] | undefined {
  return outcome.kind === 'ran' ? outcome.observations : undefined;
}

function endsDiffer(ours: readonly Observation[], theirs: readonly Observation[]): boolean {
  return stepEndingOtherwise(ours, theirs) >= 0;
}

/** The first step that ended in one way here and in another there; −1: none. */
function stepEndingOtherwise(ours: readonly Observation[], theirs: readonly Observation[]): number {
  return ours.findIndex(({ ending }, i) => {
    const other = theirs[i]?.ending;
    if (ending.kind !== 'trap' || other?.kind !== 'trap') return other !== undefined && ending.kind !== other.kind;
    return !ending.traps.some((kind) => other.traps.includes(kind));
  });
}

// When two records are the same

const LANE_BYTES: Readonly<Record<NanShape, number>> = { f32: 4, f64: 8, f32x4: 4, f64x2: 8 };

function isNan(digits: Bits): boolean {
  const isSingle = digits.length === 8;
  const high = Number.parseInt(digits.slice(0, 8), 16) & 0x7fff_ffff;
  if (isSingle) return high > 0x7f80_0000;
  return high > 0x7ff0_0000 || (high === 0x7ff0_0000 && !/^0+$/.test(digits.slice(8)));
}

function sameLanes(a: Bits, b: Bits, laneBytes: number): boolean {
  for (let at = 0; at < a.length; at += 2 * laneBytes) {
    const [mine, other] = [a.slice(at, at + 2 * laneBytes), b.slice(at, at + 2 * laneBytes)];
    if (mine !== other && !(isNan(mine) && isNan(other))) return false;
  }
  return true;
}

/** The digits of a value that count. */
export function valueDigits({ type }: Site, { words }: TraceRecord): Bits {
  if (type === undefined) return '';
  const [low = '', high = ''] = words;
  if (type === V128) return high + low;
  return type === I32 || type === F32 || isRef(type) ? low.slice(-8) : low;
}

/** The lanes, by their bytes, in which NaNs count as one: those that an engine may choose there. */
function freeNans(site: Site, { nans, isInserted }: TraceRun): readonly number[] {
  const { id, type, role } = site;
  if (type !== F32 && type !== F64 && type !== V128) return [];
  const shape = nanRules('after').after[id];
  if (shape !== undefined && role === 'result') return [LANE_BYTES[shape]];
  // By lanes of 32 bits an infinite f64 would be a NaN too.
  if (isInserted(site)) {
    if (role === 'result' && canonicalising.has(id)) return [];
    return type === V128 ? [4, 8] : [type === F32 ? 4 : 8];
  }
  // Payloads move on until they would show.
  if (nans !== 'before' || type === V128) return [];
  return type === F32 ? [4] : [8];
}

function sameRecord(
  sites: readonly Site[],
  run: TraceRun,
  a: TraceRecord | undefined,
  b: TraceRecord | undefined,
): boolean {
  if (a === undefined || b === undefined || a.site !== b.site) return a === b;
  const site = sites[a.site]!;
  const [mine, other] = [valueDigits(site, a), valueDigits(site, b)];
  if (mine === other) return true;
  return freeNans(site, run).some((laneBytes) => sameLanes(mine, other, laneBytes));
}

// The log

export function loggedRecords(observations: readonly Observation[], sites: readonly Site[]): TraceRecord[] {
  const records: TraceRecord[] = [];
  const entries = observations.flatMap(({ log }) => log.filter(([id]) => id >= TRACE_LOG && id < 2 * TRACE_LOG));
  for (let i = 0; i < entries.length; i++) {
    const [id, low] = entries[i]!;
    const site = id - TRACE_LOG;
    const isWide = sites[site]?.type === V128 && entries[i + 1] !== undefined;
    records.push({ site, words: isWide ? [low, entries[++i]![1]] : [low] });
  }
  return records;
}

/** By calls of the import that logs; `undefined` where an engine did not run the module. */
export async function partingInLog(run: TraceRun): Promise<Parting | undefined> {
  const { prepared, level, operandsAt, silentAt, doubts } = run;
  const traced = traceCase(prepared, { sink: 'log', level, operandsAt, silentAt, doubts });
  const [ours, theirs] = (await runBoth(run, traced.prepared)).map(observationsOf);
  if (ours === undefined || theirs === undefined) return undefined;
  const { sites } = traced;
  // What comes after a step that ended otherwise tells nothing of it.
  const step = stepEndingOtherwise(ours, theirs);
  const upTo = (observations: readonly Observation[]) => (step < 0 ? observations : observations.slice(0, step + 1));
  const [mine, other] = [loggedRecords(upTo(ours), sites), loggedRecords(upTo(theirs), sites)];
  let index = 0;
  const most = Math.max(mine.length, other.length);
  while (index < most && sameRecord(sites, run, mine[index], other[index])) index++;
  const last = index === 0 ? undefined : sites[mine[index - 1]!.site];
  const found = { index, last, ours: mine[index], theirs: other[index], sites, records: mine, length: mine.length };
  const returnedFrom = index < most ? undefined : lastOfOtherResults(ours, theirs, sites);
  return { ...found, endsDiffer: endsDiffer(ours, theirs), returnedFrom };
}

/** The last record of the first call that gave other results. */
function lastOfOtherResults(
  ours: readonly Observation[],
  theirs: readonly Observation[],
  sites: readonly Site[],
): Site | undefined {
  const step = ours.findIndex(({ ending }, i) => {
    const other = theirs[i]?.ending;
    if (ending.kind !== 'results' || other?.kind !== 'results') return false;
    return ending.bits.some((bits, k) => bits !== other.bits[k] && !(isNan(bits) && isNan(other.bits[k]!)));
  });
  const last = step < 0 ? undefined : loggedRecords([ours[step]!], sites).at(-1);
  return last && sites[last.site];
}

// The memory

interface MemoryRun {
  readonly observations: readonly Observation[];
  readonly length: number;
}

function memoryRun(outcome: Outcome, callCount: number): MemoryRun | undefined {
  const observations = observationsOf(outcome);
  // The calls, the instantiation, then the length.
  const ending = observations?.[callCount + 1]?.ending;
  if (observations === undefined || ending?.kind !== 'results') return undefined;
  return { observations, length: Number.parseInt(ending.bits[0]!, 16) };
}

function traceBlocks({ observations }: MemoryRun): ReadonlyMap<number, string> {
  return new Map(observations.at(-1)!.memories.at(-1)?.blocks ?? []);
}

function differentBlocks(a: MemoryRun, b: MemoryRun): number[] {
  const [mine, other] = [traceBlocks(a), traceBlocks(b)];
  const numbers = new Set([...mine.keys(), ...other.keys()]);
  return [...numbers].filter((number) => mine.get(number) !== other.get(number)).sort((x, y) => x - y);
}

/** The records of a block; those of an earlier window, or none, are left out. */
function blockRecords(words: readonly Bits[], first: number): (TraceRecord | undefined)[] {
  return Array.from({ length: RECORDS_PER_BLOCK }, (_, i) => {
    const [head = '', low = '', high = ''] = words.slice(i * WORDS_PER_RECORD, (i + 1) * WORDS_PER_RECORD);
    const site = Number.parseInt(head.slice(8), 16);
    const isThere = site !== 0 && Number.parseInt(head.slice(0, 8), 16) === first + i;
    return isThere ? { site, words: [low, high] } : undefined;
  });
}

/**
 * By a memory of the traced module, a window of the run at a time; `undefined` where an engine has no second memory, or
 * did not come to the end.
 */
export async function partingInMemory(run: TraceRun): Promise<Parting | undefined> {
  for (let window = 0; window < MAX_WINDOWS; window++) {
    const from = window * WINDOW;
    const found = await partingInWindow(run, from);
    if (found !== 'none') return found;
  }
  return undefined;
}

async function partingInWindow(run: TraceRun, from: number): Promise<Parting | 'none' | undefined> {
  const { prepared, level, doubts } = run;
  const calls = tracedCalls(prepared);
  const options = { sink: 'memory' as const, level, from, doubts };
  const traced = traceCase(prepared, { ...options, calls: [...calls, ...TAIL_CALLS] });
  const [ours, theirs] = (await runBoth(run, traced.prepared)).map((outcome) => memoryRun(outcome, calls.length));
  if (ours === undefined || theirs === undefined) return undefined;
  const end = Math.max(ours.length, theirs.length);
  const lastBlock = Math.max(0, Math.ceil((Math.min(end, from + WINDOW) - from) / RECORDS_PER_BLOCK) - 1);
  const different = differentBlocks(ours, theirs).slice(0, MAX_BLOCKS);
  if (different.length === 0 && end > from + WINDOW) return 'none';
  const wanted = different.length === 0 ? [lastBlock] : different;
  const dumps = wanted.flatMap((block) => (block === 0 ? [block] : [block - 1, block]));
  const dumpCalls = dumps.map((block) => ({
    name: DUMP,
    args: [(block * BLOCK_BYTES).toString(16).padStart(16, '0')],
  }));
  const again = traceCase(prepared, { ...options, calls: [...calls, ...dumpCalls] });
  const [mine, other] = (await runBoth(run, again.prepared)).map((outcome) =>
    dumped(outcome, calls.length, dumps, from),
  );
  if (mine === undefined || other === undefined) return undefined;
  const { sites } = traced;
  for (const index of [...mine.keys()].sort((a, b) => a - b)) {
    const [a, b] = [mine.get(index), other.get(index)];
    // What does not come in its place was not written as it should have been.
    if ((a === undefined && index < ours.length) || (b === undefined && index < theirs.length)) return undefined;
    if (sameRecord(sites, run, a, b)) continue;
    const last = index === 0 ? undefined : mine.get(index - 1);
    return {
      index,
      last: last && sites[last.site],
      ours: a,
      theirs: b,
      sites,
      records: undefined,
      length: ours.length,
      endsDiffer: endsDiffer(ours.observations, theirs.observations),
    };
  }
  if (end > from + WINDOW) return 'none';
  const last = mine.get(end - 1);
  const site = last && sites[last.site];
  const found = { index: end, last: site, ours: undefined, theirs: undefined, sites, records: undefined, length: end };
  return { ...found, endsDiffer: endsDiffer(ours.observations, theirs.observations) };
}

function dumped(
  outcome: Outcome,
  callCount: number,
  blocks: readonly number[],
  from: number,
): ReadonlyMap<number, TraceRecord | undefined> | undefined {
  const observations = observationsOf(outcome);
  const records = new Map<number, TraceRecord | undefined>();
  for (const [i, block] of blocks.entries()) {
    const ending = observations?.[callCount + 1 + i]?.ending;
    if (ending?.kind !== 'results') return undefined;
    const first = from + block * RECORDS_PER_BLOCK;
    for (const [k, record] of blockRecords(ending.bits, first).entries()) records.set(first + k, record);
  }
  return records;
}

/**
 * Both ways, where both are possible. A fault that the recording code itself runs into shows one of them a difference
 * too early; one that is there shows in both. So the later counts.
 */
export async function findParting(run: TraceRun): Promise<Parting | undefined> {
  const inMemory = await partingInMemory(run);
  if (inMemory !== undefined && inMemory.length > MAX_LOG_RECORDS) return inMemory;
  const inLog = await partingInLog(run);
  if (inMemory === undefined || inLog === undefined) return inLog ?? inMemory;
  // A memory does not tell where a step ends.
  const isEnding = (each: Parting) => each.endsDiffer && each.ours === undefined && each.theirs === undefined;
  if (isEnding(inMemory) && isEnding(inLog)) return inLog;
  return inLog.index >= inMemory.index ? inLog : inMemory;
}
