/**
 * The whole table of WASI calls and GLASSBOX_WASI_SEQUENCES random sequences (10,000) from GLASSBOX_FUZZ_SEED, in
 * Glassbox on files and in memory, and in wasmtime, without an unexplained difference.
 */
import * as fc from 'fast-check';
import { Agreement } from '../wasi/agreement.ts';
import { argumentTable } from '../wasi/argument-table.ts';
import { differenceText, explanationOf } from '../wasi/explained.ts';
import { randomSequence } from '../wasi/random-sequence.ts';
import type { Sequence } from '../wasi/sequence.ts';
import { HOW_TO_GET } from '../wasi/wasmtime-side.ts';

const MAX_CALLS = 30;

export async function main(progress: (text: string) => void): Promise<string> {
  const agreement = await Agreement.start();
  if (agreement === undefined) return `NOT RUN: wasmtime is not here; ${HOW_TO_GET}`;
  const explained = new Map<string, number>();
  const check = async (sequence: Sequence) => {
    for (const difference of await agreement.differences(sequence)) {
      const explanation = explanationOf(difference);
      if (explanation === undefined) throw new Error(differenceText(difference));
      explained.set(explanation.name, (explained.get(explanation.name) ?? 0) + 1);
    }
  };
  try {
    const table = argumentTable();
    for (const [index, sequence] of table.entries()) {
      if (index % 100 === 0) progress(`case ${index} of ${table.length}`);
      await check(sequence);
    }
    const { sequenceCount, callCount, seed } = await checkRandom(check, progress);
    const reasons = [...explained].map(([name, count]) => `${name} ${count}`).join(', ');
    return (
      `${table.length} cases, ${sequenceCount} sequences of ${callCount} calls (seed ${seed}) beside wasmtime ` +
      `${agreement.wasmtime.version}, 0 unexplained; explained: ${reasons}`
    );
  } finally {
    agreement.close();
  }
}

async function checkRandom(check: (sequence: Sequence) => Promise<void>, progress: (text: string) => void) {
  const seed = Number(process.env.GLASSBOX_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const numRuns = Number(process.env.GLASSBOX_WASI_SEQUENCES ?? 10_000);
  let sequenceCount = 0;
  let callCount = 0;
  const property = fc.asyncProperty(randomSequence(MAX_CALLS), async (sequence) => {
    if (sequenceCount % 50 === 0) progress(`sequence ${sequenceCount} of ${numRuns}, GLASSBOX_FUZZ_SEED=${seed}`);
    sequenceCount++;
    callCount += sequence.steps.length;
    await check(sequence);
  });
  await fc.assert(property, { seed, numRuns });
  return { sequenceCount, callCount, seed };
}
