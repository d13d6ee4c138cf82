/** How long a campaign takes to find a fault, and where it places it. */
import { findGenerators, locate, makePlan, Session } from '../../src/diff/index.ts';
import { faultyEngine } from './faulty-engine.ts';
import type { Fault } from './table.ts';

export interface FoundFault {
  readonly cases: number;
  readonly seconds: number;
  /** The instruction named as the first that differs. */
  readonly instruction: string | undefined;
  /** The reduced script. */
  readonly script: string | undefined;
}

const BATCH = 12;
const CALLS = 6;

/** Runs cases until one shows the fault. @returns undefined when none does in time */
export async function findFault(fault: Fault, seconds: number, seed = 1): Promise<FoundFault | undefined> {
  const generators = (await findGenerators()).filter(({ name }) => name === 'instructions' || name === 'typed');
  const profile = fault.against === 'v8' ? 'host' : 'standard';
  const empty = { corpusFolder: undefined, files: [], rounds: 1, count: undefined };
  const plan = makePlan({ ...empty, generators, profile, seed, callCount: CALLS });
  const session = await Session.open(
    {
      against: [fault.against],
      sources: plan.sources,
      limits: { timeoutMs: 1000, maxMemoryBytes: 2 ** 28 },
      version: 'test',
      reduceMs: 10_000,
      locate,
    },
    await faultyEngine(fault),
  );
  try {
    if (session.missing.length > 0) throw new Error(session.missing.map(({ missing }) => missing).join());
    return await firstFinding(session, plan, seconds);
  } finally {
    session.close();
  }
}

async function firstFinding(
  session: Session,
  plan: ReturnType<typeof makePlan>,
  seconds: number,
): Promise<FoundFault | undefined> {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  for (let from = 0; elapsed() < seconds; from += BATCH) {
    const refs = Array.from({ length: BATCH }, (_, i) => plan.at(from + i)!);
    const { findings } = await session.run(refs, new Set());
    const finding = findings.find(({ explanation }) => explanation === undefined);
    if (finding === undefined) continue;
    const { location, script } = finding;
    return { cases: from + BATCH, seconds: elapsed(), instruction: location?.instruction, script };
  }
  return undefined;
}
