/** When two engines' observations of a case are the same, and what to call it when they are not. */
import type { Difference, Ending, LogEntry, MemoryState, Observation, Outcome, PreparedCase, Verdict } from './case.ts';
import { EXCEPTION_LOG } from './prepare/index.ts';

/** One side of a comparison. */
export interface Side {
  readonly engine: string;
  readonly outcome: Outcome;
}

type Found = { readonly kind: Difference['kind']; readonly ours: string; readonly theirs: string };

export function endingText(ending: Ending): string {
  if (ending.kind === 'results') return ending.bits.length === 0 ? 'returns' : `returns ${ending.bits.join(' ')}`;
  if (ending.kind === 'trap') return `traps: ${ending.message}`;
  if (ending.kind === 'exception') return `throws tag ${ending.tagidx} (${ending.payload.join(' ')})`;
  return `inconclusive (${ending.reason}): ${ending.message}`;
}

function logText(entry: LogEntry | undefined): string {
  if (entry === undefined) return 'no more calls of imports';
  const [id, bits] = entry;
  return id >= EXCEPTION_LOG
    ? `exception of tag ${id - EXCEPTION_LOG} with ${bits}`
    : `import ${id} called with ${bits}`;
}

function differentEnding(ours: Ending, theirs: Ending): Found | undefined {
  const found = (kind: Difference['kind']): Found => ({ kind, ours: endingText(ours), theirs: endingText(theirs) });
  if (ours.kind === 'trap' && theirs.kind === 'trap') {
    // An engine whose words are not known has trapped all the same.
    const isSame = ours.traps.some((kind) => theirs.traps.includes(kind));
    return isSame || (theirs.traps.length === 0 && ours.message === theirs.message) ? undefined : found('trap');
  }
  if (ours.kind !== theirs.kind) return found('ending');
  if (ours.kind === 'exception' && theirs.kind === 'exception') {
    const isSame = ours.tagidx === theirs.tagidx && ours.payload.join() === theirs.payload.join();
    return isSame ? undefined : found('ending');
  }
  if (ours.kind === 'results' && theirs.kind === 'results' && ours.bits.join() !== theirs.bits.join()) {
    return found('results');
  }
  return undefined;
}

function differentLog(ours: readonly LogEntry[], theirs: readonly LogEntry[]): Found | undefined {
  const count = Math.max(ours.length, theirs.length);
  for (let i = 0; i < count; i++) {
    if (String(ours[i]) === String(theirs[i])) continue;
    return { kind: 'log', ours: `${i}: ${logText(ours[i])}`, theirs: `${i}: ${logText(theirs[i])}` };
  }
  return undefined;
}

function differentMemory(ours: readonly MemoryState[], theirs: readonly MemoryState[]): Found | undefined {
  for (const [i, { byteLength, blocks }] of ours.entries()) {
    const other = theirs[i];
    if (other === undefined || other.byteLength !== byteLength) {
      const text = (bytes: number | undefined) => `memory ${i} of ${bytes ?? 'no'} bytes`;
      return { kind: 'memory', ours: text(byteLength), theirs: text(other?.byteLength) };
    }
    const hashes = new Map(other.blocks);
    const numbers = new Set([...blocks.map(([number]) => number), ...hashes.keys()]);
    for (const number of [...numbers].sort((a, b) => a - b)) {
      const mine = blocks.find(([each]) => each === number)?.[1];
      const hash = hashes.get(number);
      if (mine === hash) continue;
      const text = (each: string | undefined) => `memory ${i} at 0x${(number * 4096).toString(16)}: ${each ?? 'zeros'}`;
      return { kind: 'memory', ours: text(mine), theirs: text(hash) };
    }
  }
  return undefined;
}

function differentState(prepared: PreparedCase, ours: Observation, theirs: Observation): Found | undefined {
  const at = ours.state.findIndex((bits, i) => bits !== theirs.state[i]);
  if (at < 0 && ours.state.length === theirs.state.length) return undefined;
  const text = (state: readonly string[]) => `${prepared.state?.labels[at] ?? 'state'}: ${state[at] ?? 'nothing'}`;
  return { kind: 'state', ours: text(ours.state), theirs: text(theirs.state) };
}

function differentCount(ours: number | undefined, theirs: number | undefined): Found | undefined {
  if (ours === undefined || theirs === undefined || ours === theirs) return undefined;
  return { kind: 'instructions', ours: `took ${ours} instructions`, theirs: `took ${theirs}` };
}

function differentStep(
  prepared: PreparedCase,
  ours: Observation,
  theirs: Observation,
  seesState: boolean,
): Found | undefined {
  const ending = differentEnding(ours.ending, theirs.ending);
  if (ending !== undefined || !seesState) return ending;
  return (
    differentLog(ours.log, theirs.log) ??
    differentMemory(ours.memories, theirs.memories) ??
    differentState(prepared, ours, theirs) ??
    differentCount(ours.instructions, theirs.instructions)
  );
}

function outcomeText(outcome: Outcome): string {
  return outcome.kind === 'ran' ? 'runs it' : `${outcome.kind}: ${outcome.message}`;
}

function whole(kind: Difference['kind'], ours: Side, theirs: Side): Verdict {
  return different(0, { kind, ours: outcomeText(ours.outcome), theirs: outcomeText(theirs.outcome) }, ours, theirs);
}

function different(step: number, { kind, ours, theirs }: Found, our: Side, their: Side): Verdict {
  const place = step === 0 ? 'instantiation' : `call ${step}`;
  return {
    kind: 'different',
    difference: {
      step,
      kind: step === 0 && kind === 'ending' ? 'instantiation' : kind,
      text: `${place}: ${our.engine} ${ours}; ${their.engine} ${theirs}`,
      ours: { engine: our.engine, text: ours },
      theirs: { engine: their.engine, text: theirs },
    },
  };
}

/**
 * Compares what two engines made of a case, step by step, up to the first that differs or says nothing.
 *
 * @param seesState both engines see memories, state and the log
 */
export function compareOutcomes(prepared: PreparedCase, ours: Side, theirs: Side, seesState: boolean): Verdict {
  if (ours.outcome.kind === 'died' || theirs.outcome.kind === 'died') return whole('death', ours, theirs);
  // The module is valid here: an engine that refuses it has no such feature, or another limit.
  if (theirs.outcome.kind === 'unsupported') {
    return { kind: 'inconclusive', reason: 'unsupported', message: theirs.outcome.message };
  }
  if (ours.outcome.kind === 'unsupported') return whole('acceptance', ours, theirs);
  const mine = ours.outcome.observations;
  const other = theirs.outcome.observations;
  for (let step = 0; step < Math.min(mine.length, other.length); step++) {
    const ending = [mine[step]!.ending, other[step]!.ending].find(({ kind }) => kind === 'inconclusive');
    if (ending?.kind === 'inconclusive') {
      return { kind: 'inconclusive', reason: ending.reason, message: ending.message };
    }
    const found = differentStep(prepared, mine[step]!, other[step]!, seesState);
    if (found !== undefined) return different(step, found, ours, theirs);
  }
  return { kind: 'same', calls: Math.min(mine.length, other.length) - 1 };
}
