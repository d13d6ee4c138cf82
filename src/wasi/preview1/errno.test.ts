/** The errno table: complete, without doubles, reached from POSIX names. */
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { Errno, errnoOfPosix, errnoRows } from './errno.ts';

test('76 numbers after success, in order, each name once', () => {
  expect(errnoRows.map((row) => row.number)).toEqual([...Array(77).keys()]);
  expect(new Set(errnoRows.map((row) => row.name)).size).toBe(77);
  expect(new Set(errnoRows.map((row) => row.text).filter((text) => text !== 'reserved')).size).toBe(77 - 3);
});

test.each([
  ['ENOENT', Errno.noent, 44],
  ['E2BIG', Errno['2big'], 1],
  ['EWOULDBLOCK', Errno.again, 6],
  ['EOPNOTSUPP', Errno.notsup, 58],
  ['ENOTCAPABLE', Errno.notcapable, 76],
  ['EWHATEVER', Errno.io, 29],
] as const)('%s is %i', (name, errno, number) => {
  expect(errnoOfPosix(name)).toBe(errno);
  expect(errno).toBe(number);
});

test('every POSIX name of this host that preview 1 has too is known', () => {
  const names = new Set(errnoRows.map((row) => `E${row.name.toUpperCase()}`));
  const shared = Object.keys(constants.errno).filter((name) => names.has(name));
  expect(shared.length).toBeGreaterThan(50);
  for (const name of shared) expect(errnoRows[errnoOfPosix(name)]?.name).toBe(name.slice(1).toLowerCase());
});
