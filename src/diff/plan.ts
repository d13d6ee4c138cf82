/**
 * Which case comes when: the corpus once, then files with as many seeds as asked for, or generators without end, each
 * as often as its share says.
 */

import type { Generator, Profile } from './case.ts';
import { readCorpus } from './corpus.ts';
import type { FileModule } from './module-files.ts';
import type { CaseRef } from './session.ts';
import { type CaseSource, fileSource, generatorSource, keptSource } from './sources.ts';

export interface PlanOptions {
  readonly corpusFolder: string | undefined;
  readonly files: readonly FileModule[];
  /** Seeds of each file. */
  readonly rounds: number;
  readonly generators: readonly Generator[];
  /** What modules may use; several: generators make modules for each. */
  readonly profile: Profile | readonly Profile[];
  readonly seed: number;
  readonly callCount: number;
  /** Cases from files and generators; absent: no bound. */
  readonly count: number | undefined;
}

export interface Plan {
  readonly sources: readonly CaseSource[];
  /** Cases of the corpus: they come first and are not counted. */
  readonly corpusCount: number;
  /** The n-th case; `undefined` behind the last. */
  at(index: number): CaseRef | undefined;
}

export function makePlan(options: PlanOptions): Plan {
  const { files, generators, profile, seed, callCount, rounds, count } = options;
  const profiles = typeof profile === 'string' ? [profile] : profile;
  const corpus = options.corpusFolder === undefined ? [] : readCorpus(options.corpusFolder);
  const kept = corpus.map(({ kept: each }) => ({ source: keptSource(each), seed: each.seed }));
  const fileSources = files.map(({ name, bytes, calls }) =>
    fileSource(name, bytes, calls.length === 0 ? undefined : calls, callCount, profiles),
  );
  const made = profiles.map((each) => generators.map((generator) => generatorSource(generator, each, callCount)));
  const turns =
    fileSources.length > 0
      ? fileSources.map((source) => turnOf(source, 0, 1))
      : alternating(made.map((sources) => shared(generators, sources)));
  const first = firstSeed(seed);
  const end = Math.min(count ?? Number.POSITIVE_INFINITY, files.length > 0 ? files.length * rounds : Infinity);
  return {
    sources: [...kept.map(({ source }) => source), ...fileSources, ...made.flat()],
    corpusCount: kept.length,
    at(index) {
      const old = kept[index];
      if (old !== undefined) return { source: old.source.name, seed: old.seed };
      const turn = index - kept.length;
      if (turns.length === 0 || turn >= end) return undefined;
      const { source, at, share } = turns[turn % turns.length]!;
      return { source, seed: first + Math.floor(turn / turns.length) * share + at };
    },
  };
}

/** Seeds of each source that belong to one seed of a campaign; seeds of campaigns are below 2^31 then. */
const SEEDS_EACH = 2 ** 22;
const CAMPAIGN_SEEDS = 2 ** 31;

/** Where the seeds of a campaign's cases begin: campaigns of different seeds have no case in common. */
export function firstSeed(seed: number): number {
  return (seed % CAMPAIGN_SEEDS) * SEEDS_EACH;
}

/** A source's `at`-th turn of `share` in a round. */
interface Turn {
  readonly source: string;
  readonly at: number;
  readonly share: number;
}

function turnOf({ name }: CaseSource, at: number, share: number): Turn {
  return { source: name, at, share };
}

/** One turn of each list after the other; all are of one length. */
function alternating(lists: readonly (readonly Turn[])[]): Turn[] {
  return lists[0]!.flatMap((_, i) => lists.map((turns) => turns[i]!));
}

/** The turns of a round, those of each generator spread over it evenly. */
function shared(generators: readonly Generator[], sources: readonly CaseSource[]): Turn[] {
  const turns = generators.flatMap(({ share = 1 }, i) =>
    Array.from({ length: share }, (_, at) => ({ turn: turnOf(sources[i]!, at, share), place: at / share })),
  );
  return turns.sort((a, b) => a.place - b.place).map(({ turn }) => turn);
}
