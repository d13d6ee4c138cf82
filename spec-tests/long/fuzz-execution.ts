/**
 * Random modules run in fast code, in clear code and in the host: GLASSBOX_FUZZ_CASES modules (20,000)
 * from GLASSBOX_FUZZ_SEED (1).
 */
import { fuzzExecution } from '../generate/fuzz-execution.ts';

export async function main(progress: (text: string) => void = () => {}): Promise<string> {
  const cases = Number(process.env.GLASSBOX_FUZZ_CASES ?? 20_000);
  const seed = Number(process.env.GLASSBOX_FUZZ_SEED ?? 1);
  const { calls, traps, compared, inconclusive } = fuzzExecution(cases, seed, progress);
  const counts = `${calls} calls in fast and clear code, ${traps} traps, ${compared} as the host does`;
  return `${cases} modules from seed ${seed}: ${counts}; ${inconclusive} inconclusive`;
}
