/**
 * Which instruction ends an engine itself: what was recorded then is lost with it, but not when it was stopped before.
 */
import type { Engine, Outcome } from '../case.ts';
import type { Site } from './sites.ts';
import { type Place, traceCase } from './traced-case.ts';
import { loggedRecords, observationsOf, type TraceRecord, type TraceRun } from './traces.ts';

export interface Death {
  /** Records before it. */
  readonly index: number;
  readonly last: Site;
  readonly records: readonly TraceRecord[];
  readonly sites: readonly Site[];
  /** The engine that dies, and the one that does not. */
  readonly dying: Engine;
  readonly living: Engine;
}

async function outcomeOf(engine: Engine, run: TraceRun, prepared: TraceRun['prepared']): Promise<Outcome> {
  const [outcome] = await engine.run([prepared], run.limits);
  return outcome!;
}

/** The last record that both engines come to alive; `undefined` when none dies, or both. */
export async function findDeath(run: TraceRun): Promise<Death | undefined> {
  const { prepared, level, ours, theirs, doubts } = run;
  const { sites, prepared: traced } = traceCase(prepared, { sink: 'log', level, doubts });
  const outcomes = await Promise.all([ours, theirs].map((engine) => outcomeOf(engine, run, traced)));
  const isOurs = outcomes[0]!.kind === 'died';
  const [dying, living] = isOurs ? [ours, theirs] : [theirs, ours];
  const observations = observationsOf(outcomes[isOurs ? 1 : 0]!);
  if (observations === undefined || outcomes.every(({ kind }) => kind !== 'died')) return undefined;
  const records = loggedRecords(observations, sites);
  const diesBefore = async (stopAt: number) => {
    const stopped = traceCase(prepared, { sink: 'count', level, stopAt, doubts });
    return (await outcomeOf(dying, run, stopped.prepared)).kind === 'died';
  };
  let [alive, dead] = [0, records.length + 1];
  if (records.length === 0 || (await diesBefore(0))) return undefined;
  while (dead - alive > 1) {
    const middle = (alive + dead) >> 1;
    if (await diesBefore(middle)) dead = middle;
    else alive = middle;
  }
  // Stopped at the record before `dead`, it lives: it has come there.
  const last = records[alive];
  return last && { index: dead, last: sites[last.site]!, records, sites, dying, living };
}

/** Does the engine live that is stopped before an instruction, the next time after the death's last record? */
export async function livesUntil(run: TraceRun, { index, dying, living }: Death, place: Place): Promise<boolean> {
  const { prepared, level, doubts } = run;
  const options = { level, doubts, operandsAt: place };
  const traced = traceCase(prepared, { ...options, sink: 'log' });
  const observations = observationsOf(await outcomeOf(living, run, traced.prepared));
  const isOperand = ({ site }: TraceRecord) => traced.sites[site]!.role === 'operand';
  let passed = 0;
  const stopAt = loggedRecords(observations ?? [], traced.sites).findIndex((record) => {
    if (isOperand(record)) return passed >= index;
    passed++;
    return false;
  });
  // The other ends before it: not even that gets there.
  if (stopAt < 0) return false;
  const stopped = traceCase(prepared, { ...options, sink: 'count', stopAt });
  return (await outcomeOf(dying, run, stopped.prepared)).kind !== 'died';
}
