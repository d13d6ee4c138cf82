/**
 * A campaign: cases without end or up to a count, in worker processes that are watched and replaced, differences kept
 * once each. The corpus is replayed first.
 */
import type { MissingEngine } from './case.ts';
import { keepScript } from './corpus.ts';
import { type BatchReport, type CaseRef, type Counts, type Finding, noCounts } from './session.ts';

/** Something that runs batches: a worker process, or a session in this one. */
export interface Runner {
  /** @throws {LateBatch} when it did not end in time; the runner is used up then */
  run(refs: readonly CaseRef[], known: readonly string[]): Promise<BatchReport>;
  close(): void;
}

/** A batch that took too long, or took its worker with it. */
export class LateBatch extends Error {
  readonly kind: 'late' | 'died';
  constructor(kind: 'late' | 'died', message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface CampaignOptions {
  /** The n-th case; `undefined` behind the last one. */
  readonly plan: (index: number) => CaseRef | undefined;
  readonly startRunner: () => Promise<Runner>;
  readonly jobs: number;
  readonly seconds: number | undefined;
  readonly corpusFolder: string | undefined;
  readonly onProgress: (totals: Totals) => void;
  readonly onFinding: (finding: KeptFinding) => void;
}

export interface KeptFinding extends Finding {
  /** Where its script is; absent for duplicates. */
  readonly path: string | undefined;
}

export interface Totals {
  cases: number;
  /** Cases that could not be made the same everywhere, by reason. */
  readonly unprepared: Map<string, number>;
  /** Cases that ended with their worker: the host cannot stop them. */
  readonly late: string[];
  readonly died: string[];
  readonly engines: Map<string, Counts>;
  /** Unexplained differences, duplicates not counted. */
  readonly findings: KeptFinding[];
  readonly duplicates: Map<string, number>;
  readonly explained: Map<string, number>;
  seconds: number;
}

const BATCH = 48;
/**
 * Cases after which a runner gives way to a new one. What a host keeps of modules for good makes it slow: V8 looks
 * through all types that any module ever had, and after 50,000 cases takes 3 times as long for each (measured).
 */
const RUNNER_CASES = 10_000;

export async function runCampaign(options: CampaignOptions): Promise<Totals> {
  return new Campaign(options).run();
}

/** The engines that are missing and how to get each. */
export function missingText(missing: readonly MissingEngine[]): string {
  return missing.map((each) => `${each.name} is missing: ${each.missing}\n`).join('');
}

class Campaign {
  private readonly options: CampaignOptions;
  private readonly totals: Totals = {
    cases: 0,
    unprepared: new Map(),
    late: [],
    died: [],
    engines: new Map(),
    findings: [],
    duplicates: new Map(),
    explained: new Map(),
    seconds: 0,
  };
  private readonly known = new Set<string>();
  /** Batches whose cases run one by one, because one of them is too much. */
  private readonly singles: CaseRef[] = [];
  private next = 0;
  private readonly started = performance.now();

  constructor(options: CampaignOptions) {
    this.options = options;
  }

  async run(): Promise<Totals> {
    await Promise.all(Array.from({ length: this.options.jobs }, () => this.work()));
    this.totals.seconds = this.elapsed;
    return this.totals;
  }

  private get elapsed(): number {
    return (performance.now() - this.started) / 1000;
  }

  private get isOver(): boolean {
    const { seconds } = this.options;
    return seconds !== undefined && this.elapsed >= seconds;
  }

  private nextBatch(): CaseRef[] {
    const single = this.singles.shift();
    if (single !== undefined) return [single];
    const refs: CaseRef[] = [];
    while (refs.length < BATCH && !this.isOver) {
      const ref = this.options.plan(this.next);
      if (ref === undefined) break;
      this.next++;
      refs.push(ref);
    }
    return refs;
  }

  private async work(): Promise<void> {
    let runner = await this.options.startRunner();
    let left = RUNNER_CASES;
    for (let refs = this.nextBatch(); refs.length > 0; refs = this.nextBatch()) {
      try {
        if (left <= 0) {
          runner.close();
          runner = await this.options.startRunner();
          left = RUNNER_CASES;
        }
        left -= refs.length;
        this.add(await runner.run(refs, [...this.known]));
      } catch (error) {
        runner.close();
        if (!(error instanceof LateBatch)) throw error;
        this.giveUp(refs, error);
        runner = await this.options.startRunner();
        left = RUNNER_CASES;
      }
      this.totals.seconds = this.elapsed;
      this.options.onProgress(this.totals);
    }
    runner.close();
  }

  private giveUp(refs: readonly CaseRef[], { kind, message }: LateBatch): void {
    if (refs.length > 1) {
      this.singles.push(...refs);
      return;
    }
    const [{ source, seed }] = refs as [CaseRef];
    this.totals[kind].push(`${source}:${seed}${kind === 'died' ? ` (${message})` : ''}`);
    this.totals.cases++;
  }

  private add({ cases, unprepared, counts, findings }: BatchReport): void {
    const { totals } = this;
    totals.cases += cases;
    for (const reason of unprepared) count(totals.unprepared, reason);
    for (const [name, each] of Object.entries(counts)) {
      const sum = totals.engines.get(name) ?? noCounts();
      for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += each[key];
      totals.engines.set(name, sum);
    }
    for (const finding of findings) this.keep(finding);
  }

  private keep(finding: Finding): void {
    const { totals } = this;
    if (finding.explanation !== undefined) {
      count(totals.explained, finding.explanation);
      return;
    }
    if (this.known.has(finding.key)) {
      count(totals.duplicates, finding.key);
      return;
    }
    this.known.add(finding.key);
    const { corpusFolder } = this.options;
    const path =
      corpusFolder === undefined || finding.script === undefined
        ? undefined
        : keepScript(corpusFolder, finding.key, finding.script);
    const kept = { ...finding, path };
    totals.findings.push(kept);
    this.options.onFinding(kept);
  }
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
