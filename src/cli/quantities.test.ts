/** Sizes, durations and counts as people write them. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countText, durationText, parseBytes, parseCount, parseDurationMs } from './quantities.ts';

it.each([
  { text: '0', bytes: 0 },
  { text: '65536', bytes: 65536 },
  { text: '64K', bytes: 65536 },
  { text: '64k', bytes: 65536 },
  { text: '64KiB', bytes: 65536 },
  { text: '1.5M', bytes: 1572864 },
  { text: '2G', bytes: 2 ** 31 },
  { text: '4GB', bytes: 2 ** 32 },
  { text: '1T', bytes: 2 ** 40 },
  { text: '', bytes: undefined },
  { text: '-1', bytes: undefined },
  { text: 'K', bytes: undefined },
  { text: '1X', bytes: undefined },
  { text: '1e3', bytes: undefined },
  { text: '99999999T', bytes: undefined },
])('the size $text is $bytes bytes', ({ text, bytes }) => expect(parseBytes(text)).toBe(bytes));

it.each([
  { text: '5', durationMs: 5000 },
  { text: '5s', durationMs: 5000 },
  { text: '0.5s', durationMs: 500 },
  { text: '300ms', durationMs: 300 },
  { text: '2m', durationMs: 120_000 },
  { text: '1h', durationMs: 3_600_000 },
  { text: '', durationMs: undefined },
  { text: 's', durationMs: undefined },
  { text: '-1s', durationMs: undefined },
  { text: '5 minutes', durationMs: undefined },
])('the duration $text is $durationMs ms', ({ text, durationMs }) => expect(parseDurationMs(text)).toBe(durationMs));

it.each([
  { text: '1_000_000', count: 1_000_000 },
  { text: '9007199254740991', count: Number.MAX_SAFE_INTEGER },
  { text: '9007199254740993', count: undefined },
  { text: '1__0', count: undefined },
  { text: '_1', count: undefined },
  { text: '0x10', count: undefined },
  { text: '-1', count: undefined },
  { text: '1.5', count: undefined },
])('the count $text is $count', ({ text, count }) => expect(parseCount(text)).toBe(count));

it('groups digits by thousands, so that removing the commas gives the number back', () => {
  expect([0, 999, 1000, 1234567].map(countText)).toEqual(['0', '999', '1,000', '1,234,567']);
  fc.assert(
    fc.property(fc.nat(), (count) => {
      expect(countText(count)).toMatch(/^\d{1,3}(,\d{3})*$/);
      expect(Number(countText(count).replaceAll(',', ''))).toBe(count);
    }),
  );
});

it.each([
  [12.3, '12 ms'],
  [999, '999 ms'],
  [1234, '1.2 s'],
])('%d ms reads %s', (durationMs, text) => expect(durationText(durationMs)).toBe(text));
