/** Generated modules run the same in fast code, in clear code and in the host, but for what the host does not know. */
import { describe, expect, it } from 'vitest';
import type { Case, Engine, Generator, Outcome, Profile } from '../case.ts';
import { compareOutcomes } from '../compare.ts';
import { glassboxEngine, hostEngine, isMissing } from '../engines/index.ts';
import { PrepareError, prepareCase } from '../prepare/index.ts';
import { generatorSource } from '../sources.ts';
import { mutationGenerator, typedGenerator } from './index.ts';

const CALLS = 4;
const limits = { timeoutMs: 20_000, maxMemoryBytes: 2 ** 27 };
const fast = glassboxEngine('fast', 'this');

async function outcomeOf(engine: Engine, testCase: Case): Promise<Outcome> {
  const [outcome] = await engine.run([prepareCase(testCase)], limits);
  return outcome!;
}

interface Counts {
  same: number;
  calls: number;
  results: number;
  differences: string[];
}

/** Runs the cases of some seeds in two engines. */
async function compare(generator: Generator, profile: Profile, seeds: number, theirs: Engine): Promise<Counts> {
  const source = generatorSource(generator, profile, CALLS);
  const counts: Counts = { same: 0, calls: 0, results: 0, differences: [] };
  for (let seed = 1; seed <= seeds; seed++) {
    const testCase = await source.caseAt(seed);
    try {
      const [mine, other] = [await outcomeOf(fast, testCase), await outcomeOf(theirs, testCase)];
      const side = (engine: Engine, outcome: Outcome) => ({ engine: engine.name, outcome });
      const verdict = compareOutcomes(prepareCase(testCase), side(fast, mine), side(theirs, other), true);
      if (verdict.kind === 'different') counts.differences.push(`${seed}: ${verdict.difference.text}`);
      if (verdict.kind !== 'same') continue;
      counts.same++;
      counts.calls += verdict.calls;
      const seen = mine.kind === 'ran' ? mine.observations : [];
      counts.results += seen.filter(({ ending }) => ending.kind === 'results').length;
    } catch (error) {
      if (!(error instanceof PrepareError)) throw error;
    }
  }
  return counts;
}

describe('generated modules', () => {
  const v8 = hostEngine();
  if (isMissing(v8)) throw new Error(v8.missing);
  const clear = glassboxEngine('clear', 'this');

  it.each<[string, Generator, Profile, number, Engine]>([
    ['typed programs beside V8', typedGenerator, 'host', 250, v8],
    ['changed ones beside V8', mutationGenerator(() => [], typedGenerator), 'host', 60, v8],
    ['typed programs beside clear code', typedGenerator, 'all', 250, clear],
  ])(
    '%s',
    async (_name, generator, profile, seeds, theirs) => {
      const { same, calls, results, differences } = await compare(generator, profile, seeds, theirs);
      expect(differences).toEqual([]);
      // What they show is worth something: most run, and most of what runs gives results.
      expect(same).toBeGreaterThan(0.85 * seeds);
      expect(results).toBeGreaterThan(0.5 * calls);
    },
    120_000,
  );
});
