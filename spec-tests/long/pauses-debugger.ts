/** Many random modules under a random user of a debugger. `GLASSBOX_SEED` says where to begin. */
import { debugSeed } from '../pauses/random-debugger.ts';

const SEEDS = 20_000;

export async function main(progress: (text: string) => void): Promise<string> {
  const first = Number(process.env.GLASSBOX_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const counts: Record<string, number> = {};
  let debuggedCount = 0;
  for (let seed = first; seed < first + SEEDS; seed++) {
    if (seed % 100 === 0) progress(`GLASSBOX_SEED=${seed}`);
    const lines = await debugSeed(seed, counts).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
    if (lines === undefined) continue;
    debuggedCount++;
    const at = lines.plain.findIndex((line, i) => line !== lines.debugged[i]);
    if (at >= 0) throw new Error(`seed ${seed}:\n${lines.plain[at]}\n${lines.debugged[at]}`);
  }
  return `${debuggedCount} modules from seed ${first}: ${JSON.stringify(counts)}`;
}
