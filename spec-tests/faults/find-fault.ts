/** How long a campaign as users run it takes to find a fault, where it places it, and how small its script is. */
import { decodeModule, InstructionReader } from '../../src/decoder/index.ts';
import { findGenerators, locate, makePlan, profilesFor, Session } from '../../src/diff/index.ts';
import { instrId } from '../../src/syntax/index.ts';
import { parseScript } from '../../src/text/index.ts';
import type { Fault } from './fault.ts';
import { type FaultyGlassbox, faultyGlassbox } from './faulty-engine.ts';

export interface FoundFault {
  readonly cases: number;
  /** Until a case differed. */
  readonly seconds: number;
  /** Until it was placed and its script written too. */
  readonly wholeSeconds: number;
  /** The instruction named as the first that differs. */
  readonly instruction: string | undefined;
  /** What differed. */
  readonly kind: string;
  /** The case that showed it. */
  readonly id: string;
  /** The reduced script. */
  readonly script: string | undefined;
  /** Instructions of the script's functions, their ends not counted. */
  readonly instructionCount: number;
  /** Does `glassbox wast` with the fault fail at the script? */
  readonly isReplayed: boolean;
}

/** Cases of the first batch and of the largest: what shows in every case is to be looked into once. */
const FIRST_BATCH = 1;
const BATCH = 24;
const CALLS = 6;
/** As `glassbox diff` has them. */
const LIMITS = { timeoutMs: 1000, maxMemoryBytes: 2 ** 28 };
const REDUCE_MS = 10_000;

/** Runs cases until one shows the fault. @returns undefined when none does in time */
export async function findFault(fault: Fault, seconds: number, seed = 1): Promise<FoundFault | undefined> {
  const generators = (await findGenerators()).filter(({ missing }) => missing === undefined);
  const profile = profilesFor([fault.against]);
  const empty = { corpusFolder: undefined, files: [], rounds: 1, count: undefined };
  const plan = makePlan({ ...empty, generators, profile, seed, callCount: CALLS });
  const faulty = await faultyGlassbox(fault);
  const clock = new Clock();
  const session = await Session.open(
    {
      against: [fault.against],
      sources: plan.sources,
      limits: LIMITS,
      version: 'test',
      reduceMs: REDUCE_MS,
      locate(...args) {
        clock.stop();
        return locate(...args);
      },
    },
    faulty.engine,
  );
  try {
    if (session.missing.length > 0) throw new Error(session.missing.map(({ missing }) => missing).join());
    return await firstFinding(session, plan, { faulty, clock, seconds });
  } finally {
    session.close();
  }
}

/** Stops when the first difference is looked into. */
class Clock {
  private started = performance.now();
  private stopped: number | undefined;

  start(): void {
    this.started = performance.now();
  }

  stop(): void {
    this.stopped ??= this.elapsed;
  }

  get elapsed(): number {
    return (performance.now() - this.started) / 1000;
  }

  get seconds(): number {
    return this.stopped ?? this.elapsed;
  }
}

interface Search {
  readonly faulty: FaultyGlassbox;
  readonly clock: Clock;
  readonly seconds: number;
}

async function firstFinding(
  session: Session,
  plan: ReturnType<typeof makePlan>,
  { faulty, clock, seconds }: Search,
): Promise<FoundFault | undefined> {
  clock.start();
  let batch = FIRST_BATCH;
  for (let from = 0; clock.elapsed < seconds; from += batch, batch = Math.min(2 * batch, BATCH)) {
    const refs = Array.from({ length: batch }, (_, i) => plan.at(from + i)!);
    const { findings } = await session.run(refs, new Set());
    const finding = findings.find(({ explanation }) => explanation === undefined);
    if (finding === undefined) continue;
    const { location, script, id, difference } = finding;
    return {
      cases: from + batch,
      seconds: clock.seconds,
      wholeSeconds: clock.elapsed,
      instruction: location?.instruction,
      kind: difference.kind,
      id,
      script,
      instructionCount: script === undefined ? 0 : countInstructions(script),
      isReplayed: script !== undefined && failsIn(faulty, script),
    };
  }
  return undefined;
}

const END = instrId('end');

function countInstructions(script: string): number {
  const command = parseScript(script).find(({ kind }) => kind === 'module');
  if (command?.kind !== 'module') return 0;
  const { bytes } = command.module.assemble();
  let count = 0;
  for (const { body } of decodeModule(bytes).funcs) {
    const reader = new InstructionReader(bytes, body.byteOffset, body.byteOffset + body.byteLength);
    while (!reader.done) {
      reader.next();
      if (reader.id !== END) count++;
    }
  }
  return count;
}

function failsIn({ runScript }: FaultyGlassbox, script: string): boolean {
  return runScript(script).outcomes.some(({ status }) => status === 'failed');
}
