/** Names of what is refused: the codes follow each other without a gap. */
import { expect, test } from 'vitest';
import { findInstrId, isSharedEverythingName, sharedEverythingName } from './index.ts';

test.each([
  [0xfe, 0x4e, undefined],
  [0xfe, 0x4f, 'global.atomic.get'],
  [0xfe, 0x57, 'global.atomic.rmw.cmpxchg'],
  [0xfe, 0x58, 'table.atomic.get'],
  [0xfe, 0x5c, 'struct.atomic.get'],
  [0xfe, 0x60, 'struct.atomic.rmw.add'],
  [0xfe, 0x67, 'array.atomic.get'],
  [0xfe, 0x71, 'array.atomic.rmw.cmpxchg'],
  [0xfe, 0x72, 'ref.i31_shared'],
  [0xfe, 0x73, undefined],
  [0xfc, 0x4f, undefined],
])('B1.7: %i %i is %s', (prefix, subOpcode, name) => {
  expect(sharedEverythingName(prefix, subOpcode)).toBe(name);
  if (name === undefined) return;
  expect(isSharedEverythingName(name)).toBe(true);
  expect(findInstrId(name)).toBeUndefined();
});
