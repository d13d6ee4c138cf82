/**
 * WASI here and in wasmtime: a part of the table of arguments, and some random sequences. All of the table and many
 * more sequences run in `npm run long wasi-wasmtime`.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Agreement } from './agreement.ts';
import { argumentTable } from './argument-table.ts';
import { differenceText, explanationOf, explanations } from './explained.ts';
import { randomSequence } from './random-sequence.ts';
import { functionNames } from './sequence.ts';
import { HOW_TO_GET } from './wasmtime-side.ts';

/** Every so many cases of the table. */
const STRIDE = 13;
const RANDOM_SEQUENCES = 50;

const agreement = await Agreement.start();

if (agreement === undefined) {
  console.warn(`\n*** WASI WAS NOT COMPARED WITH WASMTIME: it is not here. To get it, ${HOW_TO_GET}. ***\n`);
}

afterAll(() => agreement?.close());

describe.skipIf(agreement === undefined)('Glassbox and wasmtime agree', () => {
  const table = argumentTable();
  const sample = table.filter((_, index) => index % STRIDE === 0);
  const found: string[] = [];
  const explained = new Set<string>();

  beforeAll(async () => {
    for (const sequence of sample) {
      for (const difference of await agreement!.differences(sequence)) {
        const explanation = explanationOf(difference);
        if (explanation === undefined) found.push(differenceText(difference));
        else explained.add(explanation.name);
      }
    }
  }, 120_000);

  test('the table has every function', () => {
    const called = new Set(table.flatMap(({ steps }) => steps.map(({ call }) => call)));
    expect(functionNames.filter((name) => !called.has(name))).toEqual([]);
  });

  test('on every so many cases of the table', () => {
    expect(found).toEqual([]);
  });

  test('but for what is explained, which does happen', () => {
    expect(explained.size).toBeGreaterThan(explanations.length / 3);
  });

  test('on random sequences', async () => {
    await fc.assert(
      fc.asyncProperty(randomSequence(25), async (sequence) => {
        const differences = await agreement!.differences(sequence);
        expect(differences.filter((each) => explanationOf(each) === undefined).map(differenceText)).toEqual([]);
      }),
      { numRuns: RANDOM_SEQUENCES },
    );
  });
});
