/**
 * Modules that binaryen's `wasm-opt -ttf` makes of random bytes, run in fast code, in clear code and in the
 * host with the same outcome: GLASSBOX_TTF_CASES modules (10,000) from GLASSBOX_FUZZ_SEED (1), and a tenth as
 * many that use what the host lacks, in fast and clear code alone.
 */
import { execFile } from 'node:child_process';
import { type CompareCounts, noCounts } from '../generate/compare-engines.ts';
import type { Profile } from '../../src/diff/index.ts';

const BATCH = 250;
const BATCH_TIMEOUT_MS = 300_000;

interface Batch {
  readonly counts: CompareCounts | undefined;
  /** The case that was running when time was up. */
  readonly lateCase: number | undefined;
}

/** Runs a batch in a process of its own, from the project's folder. */
function runInChild(from: number, to: number, profile: Profile): Promise<Batch> {
  const script = `const { loadTs } = await import(process.cwd() + '/scripts/load-ts.mjs');
    const { runBatch } = await loadTs('spec-tests/generate/fuzz-ttf.ts');
    await runBatch(${from}, ${to}, '${profile}');`;
  const args = ['--input-type=module', '-e', script];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: BATCH_TIMEOUT_MS, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      const last = stdout.trimEnd().split('\n').at(-1) ?? '';
      if (error === null) resolve({ counts: JSON.parse(last) as CompareCounts, lateCase: undefined });
      else if (error.killed && last !== '') resolve({ counts: undefined, lateCase: Number(last) });
      else reject(new Error(stderr || error.message));
    });
  });
}

function add(total: CompareCounts, counts: CompareCounts): void {
  for (const name of Object.keys(total) as (keyof CompareCounts)[]) total[name] += counts[name];
}

async function runCases(cases: number, seed: number, profile: Profile, progress: (text: string) => void) {
  const total = noCounts();
  const late: number[] = [];
  // What a late batch had counted is lost, so its cases before the late one run again.
  const queue: (readonly [number, number])[] = [];
  for (let from = seed; from < seed + cases; from += BATCH) queue.push([from, Math.min(from + BATCH, seed + cases)]);
  for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
    const [from, to] = batch;
    if (from >= to) continue;
    const { counts, lateCase } = await runInChild(from, to, profile);
    if (counts !== undefined) add(total, counts);
    else if (lateCase !== undefined) {
      late.push(lateCase);
      queue.unshift([from, lateCase], [lateCase + 1, to]);
    }
    progress(`${profile}: ${to - seed} modules, ${total.calls} calls, ${total.compared} as the host does`);
  }
  return { total, late };
}

function summary(cases: number, { total, late }: Awaited<ReturnType<typeof runCases>>): string {
  const { calls, traps, modules, compared, inconclusive, trappedAtStart } = total;
  const times = late.length === 0 ? '' : `, ${late.length} out of time (${late.join(' ')})`;
  return `${cases} modules, ${calls} calls, ${traps} traps, ${modules} modules and ${compared} calls as the host does; ${trappedAtStart} trapped at their start, ${inconclusive} inconclusive${times}`;
}

export async function main(progress: (text: string) => void = () => {}): Promise<string> {
  const cases = Number(process.env.GLASSBOX_TTF_CASES ?? 10_000);
  const seed = Number(process.env.GLASSBOX_FUZZ_SEED ?? 1);
  const others = Math.ceil(cases / 10);
  const hosts = await runCases(cases, seed, 'host', progress);
  const all = await runCases(others, seed, 'all', progress);
  return `beside the host: ${summary(cases, hosts)}. Fast beside clear: ${summary(others, all)}`;
}
