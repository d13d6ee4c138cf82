/** Decoding: every form of section, what is ill-formed and where, limits, the name section. */
import { describe, expect, it } from 'vitest';
import { DecodeError, I32, I64, type Module, UnsupportedFeatureError, valTypeText } from '../syntax/index.ts';
import { decodeModule } from './decode-module.ts';

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Bytes from hex and strings, which stand for their characters. */
function bytesOf(parts: readonly (string | number[])[]): number[] {
  return parts.flatMap((part) => {
    if (typeof part !== 'string') return part;
    if (part.startsWith("'")) return [...part.slice(1)].map((character) => character.charCodeAt(0));
    return (part.match(/[0-9a-f]{2}/g) ?? []).map((hex) => Number.parseInt(hex, 16));
  });
}

function section(id: number, ...parts: (string | number[])[]): number[] {
  const content = bytesOf(parts);
  return [id, content.length, ...content];
}

function decode(...parts: (string | number[])[]): Module {
  return decodeModule(Uint8Array.from([...header, ...bytesOf(parts)]));
}

function failure(bytes: readonly number[]): DecodeError {
  try {
    decodeModule(Uint8Array.from(bytes));
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('the module decodes');
}

const oneType = section(1, '01 60 00 00');
const oneFunction = section(3, '01 00');

describe('what is ill-formed', () => {
  it.each<[string, (string | number[])[], string, number]>([
    ['an unknown section id', ['0e 01 00'], 'malformed section id', 8],
    ['a section longer than the module', ['01 05 00'], 'length out of bounds', 9],
    ['a section size that is missing', ['01'], 'unexpected end', 9],
    ['a section that ends early', [[1, 5], '01 60 00 00 00'], 'section size mismatch', 14],
    ['a section whose content goes on', [[1, 3], '01 60 00 00'], 'section size mismatch', 14],
    ['sections out of order', ['03 01 00 01 01 00'], 'unexpected content after last section', 11],
    ['a section twice', ['01 01 00 01 01 00'], 'unexpected content after last section', 11],
    ['a tag section before the memory section', ['0d 01 00 05 01 00'], 'unexpected content after last section', 11],
    ['a data count section after the code', ['0a 01 00 0c 01 00'], 'unexpected content after last section', 11],
    ['a type of no known form', [section(1, '01 61 00 00')], 'malformed definition type', 11],
    ['a field of no known type', [section(1, '01 5f 01 01 00')], 'malformed storage type', 13],
    ['mutability other than 0 and 1', [section(1, '01 5e 7f 02')], 'malformed mutability', 13],
    ['a name that is not UTF-8', [section(2, '01 01 ff 00 00 00')], 'malformed UTF-8 encoding', 12],
    ['an import of an unknown kind', [section(2, '01 00 00 05 00')], 'malformed import kind', 13],
    ['a parameter of no known type', [section(1, '01 60 01 40 00')], 'malformed value type', 13],
    ['a table of numbers', [section(4, '01 7f 00 00')], 'malformed reference type', 11],
    ['unknown flags of a table', [section(4, '01 70 08 00')], 'malformed limits flags', 12],
    ['unknown flags of a memory', [section(5, '01 10 00')], 'malformed limits flags', 11],
    ['a page size of more than 2^63', [section(5, '01 08 00 40')], 'invalid custom page size', 13],
    ['a tag of an unknown attribute', [section(13, '01 01 00')], 'malformed tag attribute', 11],
    ['a constant expression without end', [section(6, '01 7f 00 41 00')], 'unexpected end', 15],
    ['a constant expression with an else', [section(6, '01 7f 00 05 0b')], 'END opcode expected', 13],
    ['an unassigned opcode', [section(6, '01 7f 00 ff 0b')], 'illegal opcode ff', 13],
    ['an export of an unknown kind', [section(7, '01 00 05 00')], 'malformed export kind', 12],
    ['unknown flags of an element segment', [section(9, '01 08')], 'malformed elements segment kind', 11],
    ['an unknown kind of elements', [section(9, '01 01 01 00')], 'malformed element kind', 12],
    ['unknown flags of a data segment', [section(11, '01 03')], 'malformed data segment kind', 11],
    ['a function without a body', [oneType, oneFunction], 'function and code section have inconsistent', 18],
    ['a body without a function', [section(10, '01 02 00 0b')], 'function and code section have inconsistent', 14],
    ['fewer data segments than counted', ['0c 01 01'], 'data count and data section have inconsistent', 11],
    ['50,001 locals', [oneType, oneFunction, section(10, '01 06 01 d1 86 03 7f 0b')], 'too many locals', 23],
    ['2^32 locals', [oneType, oneFunction, section(10, '01 08 01 80 80 80 80 10 7f 0b')], 'integer too large', 27],
    ['a body without its end', [oneType, oneFunction, section(10, '01 02 00 01')], 'unexpected end of section', 24],
    ['a body past the module', [oneType, oneFunction, section(10, '01 03 00 0b')], 'length out of bounds', 21],
    ['an index of 6 bytes', [section(3, '01 80 80 80 80 80 00')], 'integer representation too long', 15],
  ])('%s', (_name, parts, reason, byteOffset) => {
    const error = failure([...header, ...bytesOf(parts)]);
    expect(error.reason).toContain(reason);
    expect(error.byteOffset).toBe(byteOffset);
  });

  it.each<[string, number[], string]>([
    ['nothing', [], 'unexpected end'],
    ['three bytes', header.slice(0, 3), 'unexpected end'],
    ['other magic', [0x7f, 0x45, 0x4c, 0x46, 1, 0, 0, 0], 'magic header not detected'],
    ['no version', header.slice(0, 6), 'unexpected end'],
    ['another version', [...header.slice(0, 4), 2, 0, 0, 0], 'unknown binary version'],
    ['a component', [...header.slice(0, 4), 0x0d, 0, 1, 0], 'unknown binary version: these bytes are a component'],
  ])('as a header: %s', (_name, bytes, reason) => {
    expect(failure(bytes).reason).toContain(reason);
  });

  it('every proper prefix of a module, or a smaller module', () => {
    const whole = [...header, ...oneType, ...oneFunction, ...section(10, '01 04 01 01 7f 0b')];
    const complete = [header.length, header.length + oneType.length];
    for (let length = 0; length < whole.length; length++) {
      if (complete.includes(length)) expect(decodeModule(Uint8Array.from(whole.slice(0, length))).funcs).toEqual([]);
      else expect(failure(whole.slice(0, length)).byteOffset).toBeLessThanOrEqual(length);
    }
  });
});

describe('limits', () => {
  it.each<[string, (string | number[])[], string]>([
    [
      'parameters',
      [[1, 4], '01 60 e9 07', Array(1001).fill(0x7f)],
      'parameter count of 1001 exceeds the limit of 1000',
    ],
    ['fields', [[1, 4], '01 5f 91 4e', Array(10_001).fill(0x7f)], 'field count of 10001 exceeds the limit of 10000'],
    [
      'bytes of a function',
      [oneType, oneFunction, [10, 5], '01 b2 97 d3 03'],
      'function size of 7654322 bytes exceeds the limit of 7654321',
    ],
  ])('%s', (_name, parts, reason) => {
    expect(failure([...header, ...bytesOf(parts)]).reason).toContain(reason);
  });

  it('keeps hostile vector lengths from reserving anything', () => {
    expect(failure([...header, ...section(1, 'ff ff 3c 60')]).reason).toContain('length out of bounds');
    expect(failure([...header, ...section(9, '01 01 00 ff ff ff 04')]).reason).toContain('exceeds the limit');
  });
});

describe('types', () => {
  it('keeps recursive groups, subtypes and the flat index space', () => {
    const module = decode(
      section(1, '03', '4e 02 50 00 5f 01 64 01 01 4f 01 00 5e 78 00', '60 01 63 6e 01 7b', '4e 00'),
    );
    expect(module.recGroups.map(({ from, types }) => [from, types.length])).toEqual([
      [0, 2],
      [2, 1],
      [3, 0],
    ]);
    const [struct, array, func] = module.types;
    expect(struct).toMatchObject({ final: false, supertypes: [], comp: { kind: 'struct' } });
    expect(array).toMatchObject({ final: true, supertypes: [0], comp: { kind: 'array' } });
    expect(func?.comp.kind === 'func' && func.comp.params.map(valTypeText)).toEqual(['anyref']);
    expect(struct?.comp.kind === 'struct' && valTypeText(struct.comp.fields[0]!.storage)).toBe('(ref 1)');
  });

  it.each<[string, string, object]>([
    ['a minimum', '00 01', { address: I32, limits: { min: 1, max: undefined }, shared: false, pageSizeLog2: 16 }],
    ['shared', '03 01 02', { address: I32, limits: { min: 1, max: 2 }, shared: true }],
    [
      '64-bit',
      '05 80 80 80 80 80 80 80 10 80 80 80 80 80 80 80 20',
      { address: I64, limits: { min: 2 ** 53, max: 2 ** 54 } },
    ],
    ['of byte-sized pages', '08 03 00', { pageSizeLog2: 0, limits: { min: 3, max: undefined } }],
  ])('a memory: %s', (_name, type, expected) => {
    expect(decode(section(5, `01 ${type}`)).memories[0]?.type).toMatchObject(expected);
  });

  it('reads tables with an initial value', () => {
    const [table] = decode(section(4, '01 40 00 64 70 04 03 d2 00 0b')).tables;
    expect(table).toMatchObject({
      type: { address: I64, limits: { min: 3 } },
      init: { byteOffset: 17, byteLength: 3 },
    });
  });
});

describe('segments', () => {
  it.each<[string, string, object]>([
    ['0: active, functions', '00 41 00 0b 01 05', { mode: { kind: 'active', tableidx: 0 }, items: { indices: [5] } }],
    ['1: passive, functions', '01 00 01 05', { mode: { kind: 'passive' }, items: { indices: [5] } }],
    [
      '2: of a table, functions',
      '02 03 41 00 0b 00 00',
      { mode: { kind: 'active', tableidx: 3 }, items: { indices: [] } },
    ],
    ['3: declarative, functions', '03 00 01 05', { mode: { kind: 'declarative' }, items: { kind: 'funcidx' } }],
    [
      '4: active, expressions',
      '04 41 00 0b 01 d2 05 0b',
      { mode: { tableidx: 0 }, items: { exprs: [{ byteLength: 3 }] } },
    ],
    ['5: passive, expressions', '05 6f 01 d0 6f 0b', { mode: { kind: 'passive' }, items: { kind: 'expr' } }],
    ['6: of a table, expressions', '06 01 41 00 0b 6f 00', { mode: { tableidx: 1 }, items: { exprs: [] } }],
    ['7: declarative, expressions', '07 70 00', { mode: { kind: 'declarative' }, items: { exprs: [] } }],
  ])('elements of form %s', (_name, segment, expected) => {
    expect(decode(section(9, '01', segment)).elems[0]).toMatchObject(expected);
  });

  it.each<[string, string, object]>([
    [
      '0: active',
      '00 41 00 0b 02 61 62',
      { mode: 'active', memidx: 0, offset: { byteOffset: 12, byteLength: 3 }, contentOffset: 16, contentLength: 2 },
    ],
    ['1: passive', '01 01 61', { mode: 'passive', contentOffset: 13, contentLength: 1 }],
    [
      '2: of a memory',
      '02 07 41 00 0b 00',
      { mode: 'active', memidx: 7, offset: { byteOffset: 13, byteLength: 3 }, contentOffset: 17, contentLength: 0 },
    ],
  ])('data of form %s', (_name, segment, expected) => {
    expect(decode(section(11, '01', segment)).datas[0]).toMatchObject({ ...expected, byteOffset: 11 });
  });

  it('gives both kinds of data the same fields in the same order, which makes them one shape for the host', () => {
    const [active, passive] = decode(section(11, '02', '00 41 00 0b 00', '01 00')).datas;
    expect(Object.keys(passive!)).toEqual(Object.keys(active!));
  });
});

describe('code', () => {
  it('keeps bodies as ranges, nested constant blocks whole', () => {
    const module = decode(oneType, oneFunction, section(10, '01 07 02 02 7f 00 7e 01 0b'));
    expect(module.funcs).toMatchObject([
      {
        typeidx: 0,
        locals: [
          { count: 2, type: I32 },
          { count: 0, type: I64 },
        ],
        body: { byteOffset: 27, byteLength: 2 },
      },
    ]);
    const [global] = decode(section(6, '01 7f 00 02 40 0b 06 40 18 00 41 00 0b')).globals;
    expect(global?.init.byteLength).toBe(10);
  });
});

describe('custom sections', () => {
  it('stand anywhere and know what they follow', () => {
    const custom = section(0, "'\u0001axyz");
    const module = decode(custom, oneType, custom, section(0, "'\u0004name", '00 02 01', "'m"));
    expect(module.customs.map(({ name, after, content }) => [name, after, content.byteLength])).toEqual([
      ['a', 0, 3],
      ['a', 1, 3],
      ['name', 1, 4],
    ]);
    expect(module.sections.map(({ id, name }) => [id, name])).toEqual([
      [0, 'a'],
      [1, 'type'],
      [0, 'a'],
      [0, 'name'],
    ]);
    expect(module.names.module).toBe('m');
  });

  const nameSection = (...parts: (string | number[])[]) => decode(section(0, "'\u0004name", ...parts)).names;

  it('name what has an index', () => {
    const names = nameSection('01 04 01 02 01', "'f", '02 06 01 02 01 00 01', "'x", '0a 05 01 00 01 01 00', '63 01 ff');
    expect(names.problem).toBeUndefined();
    expect([...names.functions]).toEqual([[2, 'f']]);
    expect([...(names.locals.get(2) ?? [])]).toEqual([[0, 'x']]);
    expect([...(names.fields.get(0) ?? [])]).toEqual([[1, '']]);
  });

  it.each<[string, (string | number[])[], string]>([
    ['a size past the section', ['01 05 00'], 'unexpected end'],
    ['bytes left over', ['01 02 00 00'], 'section size mismatch'],
    ['a name that is not UTF-8', ['00 02 01 ff'], 'malformed UTF-8 encoding'],
    ['an index twice', ['01 05 02 00 00 00 00'], 'named twice'],
    ['a subsection twice', ['00 02 01', "'a", '00 02 01', "'b"], 'stands twice'],
  ])('of names with %s give no names and no error', (_name, parts, problem) => {
    const names = nameSection(...parts);
    expect(names.problem).toContain(problem);
    expect(names.module).toBeUndefined();
  });
});

describe('B1.7: shared-everything-threads is refused by its name', () => {
  it.each<[string, (string | number[])[], string, number]>([
    ['a shared type', [section(1, '01 65 60 00 00')], 'malformed definition type (shared)', 11],
    ['a shared type with supertypes', [section(1, '01 50 00 65 5f 00')], 'malformed definition type (shared)', 13],
    ['a reference to a shared heap type', [section(1, '01 60 01 63 65 70 00')], 'malformed heap type (shared)', 14],
    ['a shared reference', [section(1, '01 60 01 65 70 00')], 'malformed value type (shared)', 13],
    ['a shared global', [section(6, '01 7f 02 41 00 0b')], 'malformed mutability (shared)', 12],
    ['a shared mutable global', [section(6, '01 7f 03 41 00 0b')], 'malformed mutability (shared)', 12],
    ['a shared table', [section(4, '01 70 03 00 01')], 'malformed limits flags (shared)', 12],
    ['an instruction', [section(6, '01 7f 00 fe 4f 00 00 0b')], 'illegal opcode fe 4f (global.atomic.get)', 13],
  ])('%s', (_, parts, reason, byteOffset) => {
    const error = failure([...header, ...bytesOf(parts)]);
    expect(error).toBeInstanceOf(UnsupportedFeatureError);
    expect(error).toMatchObject({ feature: 'shared-everything-threads', byteOffset });
    expect(error.reason).toBe(`${reason}: it needs shared-everything-threads, which is not supported`);
  });
});
