/**
 * Which instruction ends an engine itself: what was recorded then is lost with it, but not when it was stopped before.
 */
import type { Engine, Outcome } from '../case.ts';
import type { Site } from './sites.ts';
import { traceCase } from './traced-case.ts';
import { loggedRecords, observationsOf, type TraceRecord, type TraceRun } from './traces.ts';

export interface Death {
  /** Records before it. */
  readonly index: number;
  readonly last: Site;
  readonly records: readonly TraceRecord[];
  readonly sites: readonly Site[];
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
  const [dying, living] = outcomes[0]!.kind === 'died' ? [ours, outcomes[1]!] : [theirs, outcomes[0]!];
  const observations = observationsOf(living);
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
  return last && { index: dead, last: sites[last.site]!, records, sites };
}
