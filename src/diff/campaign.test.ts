/** Campaigns with made-up runners: what is late, what dies, what is found twice. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type CampaignOptions, LateBatch, type Runner, runCampaign } from './campaign.ts';
import type { BatchReport, CaseRef, Finding } from './session.ts';
import { noCounts } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-campaign-'));
afterAll(() => rmSync(folder, { recursive: true }));

function reportOf(refs: readonly CaseRef[], findings: readonly Finding[] = []): BatchReport {
  const counts = { v8: { ...noCounts(), same: refs.length - findings.length, differing: findings.length } };
  return { cases: refs.length, unprepared: [], counts, findings };
}

function findingAt(seed: number, key: string, explanation?: string): Finding {
  const side = { engine: 'x', text: '' };
  return {
    id: `gen:${seed}`,
    engine: 'v8',
    difference: { step: 1, kind: 'results', text: 'differs', ours: side, theirs: side },
    key,
    location: undefined,
    explanation,
    script: `;; ${seed}`,
  };
}

function options(count: number, run: Runner['run'], rest: Partial<CampaignOptions> = {}): CampaignOptions {
  return {
    plan: (index) => (index < count ? { source: 'gen', seed: index } : undefined),
    startRunner: () => Promise.resolve({ run, close: () => {} }),
    jobs: 2,
    seconds: undefined,
    corpusFolder: undefined,
    onProgress: () => {},
    onFinding: () => {},
    ...rest,
  };
}

test('every case of the plan is run once', async () => {
  const seen: number[] = [];
  const totals = await runCampaign(
    options(100, (refs) => {
      seen.push(...refs.map(({ seed }) => seed));
      return Promise.resolve(reportOf(refs));
    }),
  );
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(totals.cases).toBe(100);
  expect(totals.engines.get('v8')!.same).toBe(100);
});

test('a runner gives way to a new one before its host is full of what it has seen', async () => {
  const casesOf: number[] = [];
  const closed: number[] = [];
  const startRunner = () => {
    const number = casesOf.push(0) - 1;
    const run: Runner['run'] = (refs) => {
      casesOf[number]! += refs.length;
      return Promise.resolve(reportOf(refs));
    };
    return Promise.resolve({ run, close: () => closed.push(number) });
  };
  const totals = await runCampaign({ ...options(25_000, () => Promise.reject()), jobs: 1, startRunner });
  expect(totals.cases).toBe(25_000);
  expect(casesOf).toHaveLength(3);
  expect(Math.max(...casesOf)).toBeLessThan(10_100);
  expect(closed).toEqual([0, 1, 2]);
});

test.each(['late', 'died'] as const)('a case that is %s is found among those of its batch', async (kind) => {
  let started = 0;
  const run: Runner['run'] = (refs) => {
    const isBad = refs.some(({ seed }) => seed === 13);
    return isBad ? Promise.reject(new LateBatch(kind, 'SIGSEGV')) : Promise.resolve(reportOf(refs));
  };
  const startRunner = () => {
    started++;
    return Promise.resolve({ run, close: () => {} });
  };
  const totals = await runCampaign(options(60, run, { startRunner }));
  expect(totals[kind].map((text) => text.split(' ')[0])).toEqual(['gen:13']);
  expect(totals.cases).toBe(60);
  // Two jobs, and two that were used up: by the batch, and by the case alone.
  expect(started).toBe(4);
});

test('differences of one key are kept once, explained ones not at all', async () => {
  const run: Runner['run'] = (refs) => {
    const findings = refs.flatMap(({ seed }) => {
      if (seed % 10 === 0) return [findingAt(seed, 'v8 results i32.add')];
      return seed === 5 ? [findingAt(seed, 'v8 trap x', 'A heading')] : [];
    });
    return Promise.resolve(reportOf(refs, findings));
  };
  const shown: string[] = [];
  const totals = await runCampaign(
    options(50, run, { jobs: 1, corpusFolder: folder, onFinding: ({ id }) => shown.push(id) }),
  );
  expect(shown).toEqual(['gen:0']);
  expect(totals.duplicates).toEqual(new Map([['v8 results i32.add', 4]]));
  expect(totals.explained).toEqual(new Map([['A heading', 1]]));
  expect(readdirSync(folder)).toEqual(['v8-results-i32.add.wast']);
});

test('time ends a campaign without end', async () => {
  const run: Runner['run'] = async (refs) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return reportOf(refs);
  };
  const totals = await runCampaign(options(Number.POSITIVE_INFINITY, run, { seconds: 0.2 }));
  expect(totals.cases).toBeGreaterThan(0);
});

test('an error that is no guest’s ends the campaign', async () => {
  const run: Runner['run'] = () => Promise.reject(new Error('ours'));
  await expect(runCampaign(options(5, run))).rejects.toThrow('ours');
});
