/**
 * The long fuzz run: GLASSBOX_FUZZ_CASES cases (120,000) from GLASSBOX_FUZZ_SEED (1), starting also
 * from the modules of the official suites when they are there.
 */
import { decodeModule } from '../../src/decoder/index.ts';
import { GlassboxError } from '../../src/syntax/index.ts';
import { fuzzDecoder } from '../generate/fuzz-decoder.ts';
import { suiteModules } from '../suite-modules.ts';
import { findSuites } from '../suites.ts';

/** Larger ones would take the run's time with little variety. */
const MAX_SEED_BYTES = 4000;

/** The suites' modules that decode; none when there are no suites. */
function suiteSeeds(): Uint8Array[] {
  const root = findSuites();
  if (root === undefined) return [];
  return suiteModules(root).flatMap(({ bytes }) => (bytes.length <= MAX_SEED_BYTES && decodes(bytes) ? [bytes] : []));
}

function decodes(bytes: Uint8Array): boolean {
  try {
    decodeModule(bytes);
    return true;
  } catch (error) {
    if (error instanceof GlassboxError) return false;
    throw error;
  }
}

export async function main(progress: (text: string) => void = () => {}): Promise<string> {
  const cases = Number(process.env.GLASSBOX_FUZZ_CASES ?? 120_000);
  const seed = Number(process.env.GLASSBOX_FUZZ_SEED ?? 1);
  const { valid, compared, slowestMs, errors } = fuzzDecoder({ cases, seed, seeds: suiteSeeds(), progress });
  const kinds = [...errors].map(([name, count]) => `${count} ${name}`).join(', ');
  const counts = `${valid} valid, ${kinds}; ${compared} judged as the host does`;
  return `${cases} cases from seed ${seed}: ${counts}; slowest ${slowestMs.toFixed(1)} ms`;
}
