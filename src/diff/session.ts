/**
 * Runs cases in Glassbox and beside it, in one process: makes them, prepares them, compares, and looks into what
 * differs. A campaign has one session, or one in each of its workers.
 */

import { GlassboxError } from '../syntax/index.ts';
import type {
  Case,
  Difference,
  Engine,
  Locate,
  Location,
  MissingEngine,
  Outcome,
  PreparedCase,
  Profile,
  RunLimits,
  Verdict,
} from './case.ts';
import { compareOutcomes } from './compare.ts';
import { scriptOf } from './corpus.ts';
import { type EngineName, findEngine, glassboxEngine, isMissing } from './engines/index.ts';
import { explanationOf } from './explained.ts';
import { PrepareError, prepareCase } from './prepare/index.ts';
import { reduceCase, withReader } from './reduce/index.ts';
import type { CaseSource } from './sources.ts';

/** A case by its source's name and a seed. */
export interface CaseRef {
  readonly source: string;
  readonly seed: number;
}

/** Counts of one engine's comparisons. */
export interface Counts {
  /** Cases that both ran to the end and agreed in. */
  same: number;
  /** Calls compared in them. */
  calls: number;
  inconclusive: number;
  /** The engine does not take the module. */
  unsupported: number;
  explained: number;
  differing: number;
}

export const noCounts = (): Counts => ({
  same: 0,
  calls: 0,
  inconclusive: 0,
  unsupported: 0,
  explained: 0,
  differing: 0,
});

/** A difference, looked into. */
export interface Finding {
  readonly id: string;
  readonly engine: string;
  readonly difference: Difference;
  /** Differences of one key have one cause: instruction and kind. */
  readonly key: string;
  readonly location: Location | undefined;
  /** The heading of docs/rationale.md that explains it. */
  readonly explanation: string | undefined;
  /** The reduced case as a script; absent for a duplicate. */
  readonly script: string | undefined;
}

/** What a batch of cases came to. */
export interface BatchReport {
  readonly cases: number;
  /** Cases that cannot be made the same everywhere, and why. */
  readonly unprepared: readonly string[];
  readonly counts: Readonly<Record<string, Counts>>;
  readonly findings: readonly Finding[];
}

export interface SessionOptions {
  readonly against: readonly EngineName[];
  readonly sources: readonly CaseSource[];
  readonly limits: RunLimits;
  readonly version: string;
  /** What one reduction may take. */
  readonly reduceMs: number;
  readonly locate: Locate | undefined;
  /** Which cases an engine is given, by their profile; absent: all. */
  readonly takes?: ((engine: string, profile: Profile | undefined) => boolean) | undefined;
}

const TURN_MS = 200;

interface Prepared {
  readonly testCase: Case;
  readonly prepared: PreparedCase;
}

type Outcomes = ReadonlyMap<Prepared, Outcome>;

export class Session {
  private readonly options: SessionOptions;
  private readonly own: Engine;
  private lastTurn = 0;
  /** The engines that are here, Glassbox first. */
  readonly engines: readonly Engine[];
  readonly missing: readonly MissingEngine[];

  private constructor(options: SessionOptions, own: Engine, found: readonly (Engine | MissingEngine)[]) {
    this.options = options;
    this.own = own;
    this.engines = [own, ...found.filter((each): each is Engine => !isMissing(each))];
    this.missing = found.filter(isMissing);
  }

  /** @param own in place of Glassbox as it is: tests give one with a fault */
  static async open(options: SessionOptions, own?: Engine): Promise<Session> {
    const found = await Promise.all(options.against.map((name) => findEngine(name, options.version)));
    return new Session(options, own ?? glassboxEngine('fast', options.version), found);
  }

  close(): void {
    for (const engine of this.engines) engine.close();
  }

  get sourceNames(): readonly string[] {
    return this.options.sources.map(({ name }) => name);
  }

  /** @throws {Error} for a source that is not here */
  caseOf({ source, seed }: CaseRef): Promise<Case> {
    const found = this.options.sources.find(({ name }) => name === source);
    if (found === undefined) throw new Error(`there is no source of cases named '${source}'`);
    return found.caseAt(seed);
  }

  /** @param known keys of differences that need no second script */
  async run(refs: readonly CaseRef[], known: ReadonlySet<string>): Promise<BatchReport> {
    const cases: Prepared[] = [];
    const unprepared: string[] = [];
    for (const ref of refs) {
      const testCase = await this.caseOf(ref);
      try {
        cases.push({ testCase, prepared: prepareCase(testCase) });
      } catch (error) {
        if (!(error instanceof PrepareError)) throw error;
        unprepared.push(error.message);
      }
    }
    const [ours, ...theirs] = await this.runAll(cases);
    const counts: Record<string, Counts> = {};
    const findings: Finding[] = [];
    const seen = new Set(known);
    for (const [at, engine] of this.engines.slice(1).entries()) {
      const count = noCounts();
      counts[engine.name] = count;
      for (const each of cases) {
        const outcome = theirs[at]!.get(each);
        if (outcome === undefined) continue;
        const verdict = this.verdict(each.prepared, engine, ours.get(each)!, outcome);
        if (!countVerdict(count, verdict)) continue;
        const finding = await this.lookInto(each.testCase, engine, verdict.difference, seen);
        seen.add(finding.key);
        findings.push(finding);
        if (finding.explanation === undefined) count.differing++;
        else count.explained++;
      }
    }
    return { cases: cases.length, unprepared, counts, findings };
  }

  /** The others first: what runs elsewhere runs while we do. */
  private async runAll(cases: readonly Prepared[]): Promise<[Outcomes, ...Outcomes[]]> {
    const others = this.engines.slice(1).map((engine) => {
      const taken = cases.filter(({ testCase }) => this.options.takes?.(engine.name, testCase.profile) ?? true);
      return this.runIn(engine, taken);
    });
    const ours = await this.runIn(this.own, cases);
    return [ours, ...(await Promise.all(others))];
  }

  private async runIn(engine: Engine, cases: readonly Prepared[]): Promise<Outcomes> {
    const outcomes = await engine.run(
      cases.map(({ prepared }) => prepared),
      this.options.limits,
    );
    return new Map(cases.map((each, i) => [each, outcomes[i]!]));
  }

  private verdict(prepared: PreparedCase, engine: Engine, ours: Outcome, theirs: Outcome): Verdict {
    const side = (each: Engine, outcome: Outcome) => ({ engine: each.name, outcome });
    return compareOutcomes(prepared, side(this.own, ours), side(engine, theirs), engine.seesState);
  }

  /** Compares one case with one engine; also how the engine ended each step. */
  async compare(testCase: Case, engine: Engine): Promise<{ verdict: Verdict; theirs: Outcome }> {
    await this.breathe();
    const prepared = prepareCase(testCase);
    const [ours, theirs] = await this.runBoth(prepared, engine);
    return { verdict: this.verdict(prepared, engine, ours, theirs), theirs };
  }

  private async runBoth(prepared: PreparedCase, engine: Engine): Promise<[ours: Outcome, theirs: Outcome]> {
    const { limits } = this.options;
    const pending = engine.run([prepared], limits);
    const [ours] = await this.own.run([prepared], limits);
    const [theirs] = await pending;
    return [ours!, theirs!];
  }

  /** Lets timers run now and then: whoever watches a worker hears that it is alive. */
  private async breathe(): Promise<void> {
    if (performance.now() - this.lastTurn < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.lastTurn = performance.now();
  }

  private async lookInto(
    testCase: Case,
    engine: Engine,
    difference: Difference,
    known: ReadonlySet<string>,
  ): Promise<Finding> {
    const id = `${testCase.name}:${testCase.seed}`;
    const explanation = explanationOf(difference);
    const found = { id, engine: engine.name, difference, explanation };
    if (explanation !== undefined) return { ...found, key: explanation, location: undefined, script: undefined };
    const early = await this.locate(testCase, engine);
    const earlyKey = keyOf(engine, difference, early);
    // Without a place nobody knows whether it is the same.
    const isDuplicate = early !== undefined && known.has(earlyKey);
    if (isDuplicate) return { ...found, key: earlyKey, location: early, script: undefined };
    const reduced = await reduceCase(testCase, difference, {
      timeoutMs: this.options.reduceMs,
      compare: (candidate) => this.compare(candidate, engine).then(({ verdict }) => verdict),
    });
    const location = (await this.locate(reduced, engine)) ?? early;
    const key = keyOf(engine, difference, location);
    const script = known.has(key) ? undefined : await this.script(reduced, engine, location, difference);
    return { ...found, key, location, script };
  }

  private async locate(testCase: Case, engine: Engine): Promise<Location | undefined> {
    try {
      return await this.options.locate?.(testCase, this.own, engine, this.options.limits);
    } catch (error) {
      // A traced module may pass a limit that the module itself keeps.
      if (error instanceof PrepareError || error instanceof GlassboxError) return undefined;
      throw error;
    }
  }

  /** A script of what differed; also where that is gone the next time, as what an engine left in its stack may be. */
  private async script(
    testCase: Case,
    engine: Engine,
    location: Location | undefined,
    difference: Difference,
  ): Promise<string> {
    const first = await this.compare(testCase, engine);
    const textOf = (shown: Case, { verdict, theirs }: typeof first) =>
      scriptOf(shown, {
        difference: verdict.kind === 'different' ? verdict.difference : difference,
        location,
        endings: theirs.kind === 'ran' ? theirs.observations.map(({ ending }) => ending) : [],
        versions: `${this.own.name} ${this.own.version}, ${engine.name} ${engine.version}`,
      });
    if (first.verdict.kind !== 'different') return textOf(testCase, first);
    const run = (each: Case) => this.runBoth(prepareCase(each), engine);
    const shown = await withReader(testCase, first.verdict.difference, run);
    const again = shown === testCase ? first : await this.compare(shown, engine);
    return again.verdict.kind === 'different' ? textOf(shown, again) : textOf(testCase, first);
  }
}

function keyOf(engine: Engine, { kind }: Difference, location: Location | undefined): string {
  return `${engine.name} ${kind} ${location?.instruction ?? 'unlocated'}`;
}

/** Counts what is no difference. */
function countVerdict(count: Counts, verdict: Verdict): verdict is Extract<Verdict, { kind: 'different' }> {
  if (verdict.kind === 'different') return true;
  if (verdict.kind === 'same') {
    count.same++;
    count.calls += verdict.calls;
  } else if (verdict.reason === 'unsupported') count.unsupported++;
  else count.inconclusive++;
  return false;
}
