/** Verdicts on made-up outcomes. */
import { describe, expect, test } from 'vitest';
import type { Ending, Observation, Outcome, PreparedCase } from './case.ts';
import { compareOutcomes } from './compare.ts';
import { endingWithLog } from './engines/observe.ts';

const prepared: PreparedCase = {
  id: 'test:1',
  bytes: new Uint8Array(0),
  importsLog: true,
  calls: [],
  state: { name: 'state', labels: ['global 0'] },
  memories: ['memory0'],
  fuelGlobal: undefined,
  fuel: 0,
};

const returns = (...bits: string[]): Ending => ({ kind: 'results', bits });
const traps = (message: string, ...kinds: Extract<Ending, { kind: 'trap' }>['traps'][number][]): Ending => {
  return { kind: 'trap', traps: kinds, message };
};
const step = (ending: Ending, rest: Partial<Observation> = {}): Observation => {
  return { ending, log: [], memories: [], state: [], ...rest };
};
const ran = (...observations: Observation[]): Outcome => ({ kind: 'ran', observations });
const start = step(returns());

function verdictOf(ours: Outcome, theirs: Outcome, seesState = true) {
  return compareOutcomes(prepared, { engine: 'ours', outcome: ours }, { engine: 'theirs', outcome: theirs }, seesState);
}

describe('outcomes that differ, by what is seen first', () => {
  const oneBlock = (hash: string) => ({ memories: [{ byteLength: 65_536, blocks: [[3, hash]] as const }] });
  const cases: readonly [string, Outcome, Outcome][] = [
    ['results', ran(start, step(returns('1'))), ran(start, step(returns('2')))],
    ['ending', ran(start, step(returns('1'))), ran(start, step(traps('unreachable', 'unreachable')))],
    ['trap', ran(start, step(traps('a', 'unreachable'))), ran(start, step(traps('b', 'integer-overflow')))],
    ['instantiation', ran(start), ran(step(traps('x', 'unreachable')))],
    ['log', ran(start, step(returns(), { log: [[0, '1']] })), ran(start, step(returns()))],
    ['memory', ran(start, step(returns(), oneBlock('a'))), ran(start, step(returns(), oneBlock('b')))],
    ['state', ran(start, step(returns(), { state: ['1'] })), ran(start, step(returns(), { state: ['2'] }))],
    [
      'instructions',
      ran(start, step(returns(), { instructions: 3 })),
      ran(start, step(returns(), { instructions: 4 })),
    ],
    ['death', ran(start), { kind: 'died', message: 'SIGABRT' }],
    ['acceptance', { kind: 'unsupported', message: 'no' }, ran(start)],
  ];
  test.each(cases)('%s', (kind, ours, theirs) => {
    const verdict = verdictOf(ours, theirs);
    expect(verdict.kind === 'different' && verdict.difference.kind).toBe(kind);
  });
});

describe('outcomes that do not differ', () => {
  const stack: Ending = { kind: 'inconclusive', reason: 'stack', message: 'deep' };
  const cases: readonly [string, Outcome, Outcome, string][] = [
    ['equal results', ran(start, step(returns('1'))), ran(start, step(returns('1'))), 'same'],
    [
      'a trap that the other engine does not tell from another',
      ran(start, step(traps('out of bounds table access', 'table-out-of-bounds'))),
      ran(start, step(traps('table index is out of bounds', 'undefined-element', 'table-out-of-bounds'))),
      'same',
    ],
    ['an exhausted stack', ran(start, step(returns('1'))), ran(start, step(stack)), 'inconclusive'],
    ['a module that is refused', ran(start), { kind: 'unsupported', message: 'no gc' }, 'inconclusive'],
  ];
  test.each(cases)('%s', (_, ours, theirs, kind) => expect(verdictOf(ours, theirs).kind).toBe(kind));

  test('state is not compared where an engine shows none', () => {
    const ours = ran(start, step(returns('1'), { state: ['1'], log: [[0, '1']] }));
    expect(verdictOf(ours, ran(start, step(returns('1'))), false).kind).toBe('same');
  });

  test('what comes after an inconclusive step is not looked at', () => {
    const late = ran(start, step(stack), step(returns('1')));
    expect(verdictOf(late, ran(start, step(returns('1')), step(returns('2')))).kind).toBe('inconclusive');
  });
});

test('a trap after an exception was logged is that exception', () => {
  const ending = endingWithLog(traps('unreachable', 'unreachable'), [
    [0, '5'],
    [0x4000_0002, '0'],
    [0x4000_0002, '7'],
  ]);
  expect(ending).toEqual({ kind: 'exception', tagidx: 2, payload: ['7'] });
});
