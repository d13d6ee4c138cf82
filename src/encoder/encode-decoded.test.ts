/** Re-encoding: non-canonical binaries become canonical ones, which stay as they are. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { encodeDecoded } from './encode-decoded.ts';

const HEADER = '0061736d01000000';

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replace(/\s+/g, '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Sections without the header: as found, and as re-encoded. */
const cases: readonly [name: string, found: string, canonical: string][] = [
  ['nothing', '', ''],
  ['a type section with padded lengths', '01 85 00  81 00 60 00 00', '01 04  01 60 00 00'],
  ['an empty section', '01 01 00', ''],
  ['a group of one without rec', '01 06  01 4e 01 60 00 00', '01 04  01 60 00 00'],
  ['a final type without supertypes as itself', '01 06  01 4f 00 60 00 00', '01 04  01 60 00 00'],
  ['an open type', '01 06  01 50 00 60 00 00', '01 06  01 50 00 60 00 00'],
  ['funcref in long form', '01 06  01 60 01 63 70 00', '01 05  01 60 01 70 00'],
  ['a memory import', '02 08  01 01 6d 01 6e 02 00 01', '02 08  01 01 6d 01 6e 02 00 01'],
  ['an explicit default page size', '05 04  01 08 01 10', '05 03  01 00 01'],
  ['a one-byte page size', '05 04  01 08 01 00', '05 04  01 08 01 00'],
  ['a shared memory', '05 04  01 03 01 02', '05 04  01 03 01 02'],
  [
    'the greatest 64-bit bound',
    '05 0d  01 05 00 ff ff ff ff ff ff ff ff ff 01',
    '05 0d  01 05 00 ff ff ff ff ff ff ff ff ff 01',
  ],
  ['a table with an initial value', '04 09  01 40 00 70 00 01 d0 70 0b', '04 09  01 40 00 70 00 01 d0 70 0b'],
  ['padded constants in an expression', '06 09  01 7f 00 41 81 80 80 00 0b', '06 06  01 7f 00 41 01 0b'],
  ['a custom section between others', '05 03 01 00 01  00 03 01 61 ff', '05 03 01 00 01  00 03 01 61 ff'],
  ['a tag', '01 04 01 60 00 00  0d 03  01 00 00', '01 04 01 60 00 00  0d 03  01 00 00'],
  [
    'an element segment of table 0 with its index',
    '04 04 01 70 00 01  09 08  01 02 00 41 00 0b 00 00',
    '04 04 01 70 00 01  09 06  01 00 41 00 0b 00',
  ],
  ['a passive element segment of expressions', '09 07  01 05 70 01 d0 70 0b', '09 07  01 05 70 01 d0 70 0b'],
  ['a declarative element segment', '09 04  01 03 00 00', '09 04  01 03 00 00'],
  [
    'a data segment of memory 0 with its index',
    '05 03 01 00 01  0b 08  01 02 00 41 00 0b 01 61',
    '05 03 01 00 01  0b 07  01 00 41 00 0b 01 61',
  ],
  [
    'a padded memarg and a padded branch table',
    '01 04 01 60 00 00  03 02 01 00  05 03 01 00 01  0a 11  01 0f 00 41 00 28 82 00 80 00 0e 81 00 00 80 00 0b',
    '01 04 01 60 00 00  03 02 01 00  05 03 01 00 01  0a 0d  01 0b 00 41 00 28 02 00 0e 01 00 00 0b',
  ],
  [
    'a memory index of 0 in a memarg',
    '01 04 01 60 00 00  03 02 01 00  05 03 01 00 01  0a 0b  01 09 00 41 00 28 42 00 00 1a 0b',
    '01 04 01 60 00 00  03 02 01 00  05 03 01 00 01  0a 0a  01 08 00 41 00 28 02 00 1a 0b',
  ],
  [
    'locals, a data count and two-word instructions',
    '01 04 01 60 00 00  03 02 01 00  0c 01 01  0a 09  01 07 01 02 7f fc 09 00 0b  0b 03 01 01 00',
    '01 04 01 60 00 00  03 02 01 00  0c 01 01  0a 09  01 07 01 02 7f fc 09 00 0b  0b 03 01 01 00',
  ],
];

describe('encodeDecoded', () => {
  it.each(cases)('writes %s in its shortest form', (_name, found, canonical) => {
    const encoded = encodeDecoded(decodeModule(bytesOf(HEADER + found)));
    expect(hexOf(encoded)).toBe(HEADER + canonical.replace(/\s+/g, ''));
    expect(hexOf(encodeDecoded(decodeModule(encoded)))).toBe(hexOf(encoded));
  });
});
