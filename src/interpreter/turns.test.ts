/** Which loop has which slice, with slices as fast or slow as told. */
import { describe, expect, test } from 'vitest';
import { Turns } from './turns.ts';

const SLICE = 2 ** 18;
const TRIAL = 2 ** 14;

/** Slices one after the other: which loop had each, when an instruction takes so many ns in either. */
function loopsOf(turns: Turns, slices: number, nsOf: { handlers: number; switch: number }): string {
  let loops = '';
  let length = SLICE;
  for (let i = 0; i < slices; i++) {
    const name = turns.loop as 'handlers' | 'switch';
    const next = turns.nextLength;
    turns.note(length, (nsOf[name] * length) / 1e6);
    loops += name[0];
    length = next;
  }
  return loops;
}

/** Turns of a guest that handlers have run for as long as they run alone. */
function pastTheFirst(): Turns {
  const turns = new Turns(() => 'switch');
  turns.note(SLICE, 500);
  return turns;
}

describe('the loops take turns', () => {
  test('handlers have the first half of a second', () => {
    const turns = new Turns(() => 'switch');
    expect(loopsOf(turns, 400, { handlers: 4, switch: 1 })).toBe('h'.repeat(400));
    expect(turns.stage).toBe('handlers');
    turns.note(SLICE, 500);
    expect(turns.stage).toBe('trials');
  });

  test.each<[string, { handlers: number; switch: number }, string]>([
    ['a switch that is not compiled gets trials', { handlers: 4, switch: 40 }, 'hshshshs'],
    ['a compiled one gets all', { handlers: 4, switch: 1 }, 'hsssssss'],
    ['one that is no faster does not', { handlers: 4, switch: 4 }, 'hshshshs'],
  ])('%s', (_, ns, loops) => {
    expect(loopsOf(pastTheFirst(), loops.length, ns)).toBe(loops);
  });

  test('trials are short', () => {
    const turns = pastTheFirst();
    expect([turns.loop, turns.nextLength]).toEqual(['handlers', TRIAL]);
    turns.note(SLICE, 1);
    expect([turns.loop, turns.nextLength]).toEqual(['switch', SLICE]);
  });

  test('when the host gives up what it has compiled, handlers take over, and then the switch again', () => {
    const turns = pastTheFirst();
    expect(loopsOf(turns, 4, { handlers: 4, switch: 1 })).toBe('hsss');
    expect(loopsOf(turns, 5, { handlers: 4, switch: 40 })).toBe('shshs');
    expect(loopsOf(turns, 4, { handlers: 4, switch: 1 })).toBe('hsss');
  });

  test('one slice of handlers that was held up does not make a slow switch look fast', () => {
    const turns = pastTheFirst();
    expect(loopsOf(turns, 4, { handlers: 4, switch: 40 })).toBe('hshs');
    expect(loopsOf(turns, 2, { handlers: 400, switch: 40 })).toBe('hs');
    expect(turns.stage).toBe('trials');
  });

  test('calls shorter than a slice count until there were as many instructions', () => {
    const turns = new Turns(() => 'switch');
    for (let i = 0; i < 255; i++) turns.note(2 ** 20, Number.NaN);
    expect(turns.loop).toBe('handlers');
    turns.note(2 ** 20, Number.NaN);
    expect(turns.stage).toBe('switch');
    // When a long one shows that the switch is not compiled, there are trials.
    expect(loopsOf(turns, 8, { handlers: 4, switch: 40 })).toBe('shshshsh');
  });

  test('a clock that stands keeps nobody in handlers', () => {
    const turns = new Turns(() => 'switch');
    for (let i = 0; i < 1024; i++) turns.note(SLICE, 0);
    expect(turns.stage).toBe('trials');
  });

  test.each(['halves', 'handlers'] as const)('there are no turns where %s suit the host', (name) => {
    const turns = new Turns(() => name);
    expect(turns.loop).toBe('handlers');
    turns.note(SLICE, 500);
    expect([turns.stage, turns.loop]).toEqual(['settled', name]);
    turns.note(SLICE, 5000);
    expect([turns.stage, turns.loop]).toEqual(['settled', name]);
  });
});
