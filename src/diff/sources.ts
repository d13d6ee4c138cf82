/**
 * Where cases come from: generators, and modules in files. A case follows from its source and a seed alone, so that its
 * identifier `SOURCE:SEED` is all that is needed to run it again.
 */

import { makeCalls } from './calls.ts';
import { CASE_FUEL, type Call, type Case, type Generator, type NanMode, type Profile } from './case.ts';
import { seedWord } from './random.ts';

export interface CaseSource {
  /** Without a colon, which parts it from the seed. */
  readonly name: string;
  caseAt(seed: number): Promise<Case>;
}

/** NaNs are canonical after operations for one seed, where they show for the next. */
function nanModeOf(seed: number): NanMode {
  return (seed & 1) === 0 ? 'after' : 'before';
}

/** What follows from a seed beside the module. */
function caseOf(
  { name, profile }: Pick<Case, 'name' | 'profile'>,
  seed: number,
  bytes: Uint8Array,
  calls: readonly Call[],
  fuel = CASE_FUEL,
): Case {
  const importSeed = seed % 3 === 0 ? 0 : seedWord(seed);
  return { name, seed, bytes, calls, importSeed, nans: nanModeOf(seed), fuel, profile };
}

export function generatorSource(generator: Generator, profile: Profile, callCount: number): CaseSource {
  const name = `${generator.name}-${profile}`;
  return {
    name,
    async caseAt(seed) {
      const bytes = await generator.next(seed, profile);
      const calls = generator.calls?.(bytes, seed) ?? makeCalls(bytes, seed, callCount);
      return caseOf({ name, profile }, seed, bytes, calls, generator.isBounded ? 0 : CASE_FUEL);
    },
  };
}

/**
 * @param calls the calls of every case; absent: made up from the seed
 * @param profiles what the engines know; each gets its turn
 */
export function fileSource(
  name: string,
  bytes: Uint8Array,
  calls: readonly Call[] | undefined,
  callCount: number,
  profiles: readonly Profile[],
): CaseSource {
  return {
    name,
    caseAt(seed) {
      const profile = profiles[seed % profiles.length];
      return Promise.resolve(caseOf({ name, profile }, seed, bytes, calls ?? makeCalls(bytes, seed, callCount)));
    },
  };
}

/** A case as a corpus keeps it. */
export function keptSource(kept: Case): CaseSource {
  return { name: kept.name, caseAt: () => Promise.resolve(kept) };
}
