/** Line tables against sections written by hand; real producers' tables were compared with llvm-dwarfdump's reading. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModule, sectionIds } from '../../decoder/index.ts';
import type { Module } from '../../syntax/index.ts';
import { LineTable } from './line-table.ts';
import {
  cString,
  littleEndian,
  moduleWith,
  type TestRow,
  type TestUnit,
  uleb,
  unitBytes,
  withLength,
} from './test-sections.ts';

function codeAt(module: Module): number {
  return module.sections.find(({ id }) => id === sectionIds.code)!.byteOffset;
}

/** `file:line:column` of the code at an address, as `at` says it. */
function placeAt(module: Module, table: LineTable, address: number): string | undefined {
  const place = table.at(codeAt(module) + address);
  return place && `${place.file}:${place.line}:${place.column}`;
}

const rows: readonly TestRow[] = [
  { address: 3, file: 1, line: 10, column: 1 },
  { address: 6, file: 1, line: 11, column: 5 },
  { address: 9, file: 2, line: 4, column: 2 },
  { address: 12, file: 1, line: 0, column: 0 },
  { address: 14, file: 1, line: 11, column: 9 },
];

const plain: TestUnit = {
  version: 4,
  directories: ['lib', '/usr/include'],
  files: [
    { name: 'main.c', directory: 1 },
    { name: 'stdio.h', directory: 2 },
  ],
  sequences: [{ rows, end: 20 }],
};

/** As version 5 numbers them: directory 0 is the unit's own, and files begin at 0. */
const newest: TestUnit = {
  ...plain,
  version: 5,
  directories: ['/home', 'lib', '/usr/include'],
  files: [{ name: 'main.c', directory: 1 }, ...plain.files],
};

describe('at', () => {
  const units: readonly (readonly [string, TestUnit, string])[] = [
    ['version 2', { ...plain, version: 2 }, 'lib/main.c'],
    ['version 3', { ...plain, version: 3 }, 'lib/main.c'],
    ['version 4', plain, 'lib/main.c'],
    ['version 5', newest, '/home/lib/main.c'],
    ['special opcodes', { ...plain, special: true }, 'lib/main.c'],
    ['64-bit version 4', { ...plain, is64: true }, 'lib/main.c'],
    ['64-bit version 5', { ...newest, is64: true }, '/home/lib/main.c'],
  ];
  it.each(units)('%s', (_, unit, main) => {
    const module = moduleWith({ '.debug_line': unitBytes(unit) });
    const table = new LineTable(module);
    const places = [2, 3, 5, 6, 9, 12, 13, 14, 19, 20, 100].map((address) => placeAt(module, table, address));
    expect(table.problem).toBeUndefined();
    expect(places).toEqual([
      undefined,
      `${main}:10:1`,
      `${main}:10:1`,
      `${main}:11:5`,
      '/usr/include/stdio.h:4:2',
      undefined,
      undefined,
      `${main}:11:9`,
      `${main}:11:9`,
      undefined,
      undefined,
    ]);
  });

  it('the last of the rows at one address counts', () => {
    const unit = { ...plain, sequences: [{ rows: [rows[0]!, { ...rows[0]!, line: 12 }], end: 5 }] };
    const module = moduleWith({ '.debug_line': unitBytes(unit) });
    expect(placeAt(module, new LineTable(module), 3)).toBe('lib/main.c:12:1');
  });

  it('a sequence that follows another at once begins where that ends', () => {
    const sequences = [
      { rows: [{ address: 8, file: 1, line: 2, column: 0 }], end: 10 },
      { rows: [{ address: 3, file: 1, line: 1, column: 0 }], end: 8 },
    ];
    const module = moduleWith({ '.debug_line': unitBytes({ ...plain, sequences }) });
    const table = new LineTable(module);
    expect([7, 8].map((address) => table.at(codeAt(module) + address)?.line)).toEqual([1, 2]);
  });

  it('tables of functions that the linker dropped are passed over', () => {
    const sequences = [0, 0xfffffffe].map((address) => ({ rows: [{ ...rows[0]!, address }], end: address + 1 }));
    const module = moduleWith({ '.debug_line': unitBytes({ ...plain, sequences }) });
    const table = new LineTable(module);
    expect([table.isEmpty, table.problem]).toEqual([true, undefined]);
  });

  it('rows in any order of address are found as a search through all of them finds them', () => {
    const row = fc.record({
      address: fc.integer({ min: 1, max: 60 }),
      file: fc.constantFrom(1, 2),
      line: fc.integer({ min: 0, max: 500 }),
      column: fc.integer({ min: 0, max: 200 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), fc.boolean(), (unsorted, special) => {
        const sorted = unsorted.sort((a, b) => a.address - b.address);
        const unit = { ...plain, special, sequences: [{ rows: sorted, end: 70 }] };
        const module = moduleWith({ '.debug_line': unitBytes(unit) });
        const table = new LineTable(module);
        for (let address = 0; address < 72; address++) {
          const last = sorted.filter((each) => each.address <= address).at(-1);
          const isKnown = last !== undefined && last.line > 0 && address < 70;
          const file = last?.file === 1 ? 'lib/main.c' : '/usr/include/stdio.h';
          const expected = isKnown ? `${file}:${last.line}:${last.column}` : undefined;
          expect(placeAt(module, table, address)).toBe(expected);
        }
      }),
    );
  });
});

describe('the directory of a compile unit', () => {
  /** `.debug_info` of one unit: an entry with the line table's offset and the directory, in the given form. */
  const info = (version: number, form: number, directory: readonly number[]) => ({
    '.debug_abbrev': [1, 0x11, 0, 0x10, 0x17, 0x1b, form, 0x11, 0x01, 0, 0, 0],
    '.debug_info': withLength([
      ...littleEndian(version, 2),
      ...(version >= 5 ? [1, 4, 0, 0, 0, 0] : [0, 0, 0, 0, 4]),
      1,
      0,
      0,
      0,
      0,
      ...directory,
      9,
      0,
      0,
      0,
    ]),
    '.debug_str': [...cString('x'), ...cString('/home/me')],
    '.debug_line_str': [...cString('/proj')],
  });
  const cases: readonly (readonly [string, Readonly<Record<string, readonly number[]>>, string])[] = [
    ['written in place', info(4, 0x08, cString('/home')), '/home/lib/main.c'],
    ['in .debug_str', info(4, 0x0e, [2, 0, 0, 0]), '/home/me/lib/main.c'],
    ['in .debug_line_str', info(5, 0x1f, [0, 0, 0, 0]), '/proj/lib/main.c'],
    ['by an index that is not looked up', info(5, 0x25, [0]), 'lib/main.c'],
  ];
  it.each(cases)('%s', (_, sections, main) => {
    const module = moduleWith({ '.debug_line': unitBytes(plain), ...sections });
    const table = new LineTable(module);
    expect(placeAt(module, table, 3)).toBe(`${main}:10:1`);
    expect(table.problem).toBeUndefined();
  });

  it('one that cannot be read is said, and the lines stay', () => {
    const sections = info(4, 0x0e, [200, 0, 0, 0]);
    const module = moduleWith({ '.debug_line': unitBytes(plain), ...sections });
    const table = new LineTable(module);
    expect(placeAt(module, table, 3)).toBe('lib/main.c:10:1');
    expect(table.problem).toMatch(/\.debug_str ends before offset 200/);
  });
});

describe('byteOffsets', () => {
  const module = moduleWith({ '.debug_line': unitBytes(newest) });
  const table = new LineTable(module);
  const addresses = (file: string, line: number) =>
    table.byteOffsets(file, line).map((byteOffset) => byteOffset - codeAt(module));
  const cases: readonly (readonly [string, string, number, readonly number[]])[] = [
    ['a whole path', '/home/lib/main.c', 10, [3]],
    ['the end of a path', 'main.c', 10, [3]],
    ['more of it', 'lib/main.c', 10, [3]],
    ['a line in two pieces', 'main.c', 11, [6, 14]],
    ['half a name', 'ain.c', 10, []],
    ['a line without code', 'main.c', 12, []],
    ['no file', '', 10, []],
  ];
  it.each(cases)('%s', (_, file, line, expected) => {
    expect(addresses(file, line)).toEqual(expected);
  });

  it('rows that begin no statement begin no line', () => {
    const sequences = [{ rows: [rows[0]!, { ...rows[1]!, isStatement: false }, rows[1]!], end: 20 }];
    const other = moduleWith({ '.debug_line': unitBytes({ ...newest, sequences }) });
    expect(new LineTable(other).byteOffsets('main.c', 11)).toEqual([codeAt(other) + 6]);
  });

  it.each([
    [9, 10],
    [11, 11],
    [12, undefined],
  ])('the first line with code from %i on is %s', (line, expected) => {
    expect(table.lineWithCode('main.c', line)).toBe(expected);
  });
});

describe('what is damaged', () => {
  const good = unitBytes(plain);
  const cases: readonly (readonly [string, Readonly<Record<string, readonly number[]>>, RegExp, boolean])[] = [
    ['no section', {}, /has no section \.debug_line/, false],
    ['cut in a unit', { '.debug_line': good.slice(0, -4) }, /a unit that passes its end/, false],
    ['cut in the next unit', { '.debug_line': [...good, 9, 0] }, /unexpected end/, true],
    [
      'a version of the future',
      { '.debug_line': [...unitBytes({ ...plain, version: 6 }), ...good] },
      /version 6/,
      true,
    ],
    ['a line range of 0', { '.debug_line': [...unitBytes({ ...plain, lineRange: 0 }), ...good] }, /range of 0/, true],
    ['a reserved length', { '.debug_line': [0xf0, 0xff, 0xff, 0xff, ...good] }, /reserved length/, false],
    [
      'entries of no bytes',
      {
        '.debug_line': [
          ...withLength([5, 0, 4, 0, 40, 0, 0, 0, 1, 1, 1, 251, 14, 1, 0, ...uleb(99), ...good]),
          ...good,
        ],
      },
      /entries without a format/,
      true,
    ],
  ];
  it.each(cases)('%s', (_, sections, problem, hasLines) => {
    const module = moduleWith(sections);
    const table = new LineTable(module);
    expect(table.problem).toMatch(problem);
    expect(placeAt(module, table, 3)).toBe(hasLines ? 'lib/main.c:10:1' : undefined);
  });

  it('random changes of bytes never throw', () => {
    const info = [1, 0x11, 0, 0x10, 0x17, 0x1b, 0x08, 0, 0, 0];
    const bytes = [...unitBytes(newest), ...unitBytes({ ...plain, special: true })];
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.nat({ max: bytes.length }),
        (changes, length) => {
          const changed = [...bytes];
          for (const [at, byte] of changes) changed[at] = byte;
          const module = moduleWith({
            '.debug_line': changed.slice(0, length),
            '.debug_info': changed,
            '.debug_abbrev': info,
          });
          const table = new LineTable(module);
          for (let address = 0; address < 80; address++) table.at(codeAt(module) + address);
          expect(table.byteOffsets('main.c', 10)).toBeInstanceOf(Array);
        },
      ),
    );
  });
});

/**
 * A program of clang's, 56 line tables of version 4. It is not part of the project: without the folder
 * `GLASSBOX_PROGRAMS`, or `../shared/programs` beside the project, nothing is compared.
 */
const folder = process.env.GLASSBOX_PROGRAMS ?? resolve(import.meta.dirname, '../../../../shared/programs');
const realProgram = join(folder, 'threads', 'pthread-smoke.wasm');

/** SHA-256 of the places in the form below, made from the dump of llvm-dwarfdump 14. */
const dumpedLines = 'aba16ba06e6d53071b2c811250f34cf809b510b5a886d46d89f207c991ae2fee';

describe.skipIf(!existsSync(realProgram))('a real program', () => {
  it('has the lines that llvm-dwarfdump shows', () => {
    const module = decodeModule(readFileSync(realProgram));
    const table = new LineTable(module);
    const { byteLength } = module.sections.find(({ id }) => id === sectionIds.code)!;
    let former = '-';
    let text = '';
    for (let address = 0; address <= byteLength; address++) {
      const place = placeAt(module, table, address) ?? '-';
      if (place !== former) text += `${address} ${place}\n`;
      former = place;
    }
    expect([table.problem, table.files.length]).toEqual([undefined, 55]);
    expect(createHash('sha256').update(text).digest('hex')).toBe(dumpedLines);
  });
});
