/** The printer: fields, code flat and folded, numbers that parse back to their bits, names. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModule, InstructionReader } from '../decoder/index.ts';
import { DecodeError, type Module } from '../syntax/index.ts';
import { parseModule } from './parse-module.ts';
import { printInstruction } from './print-instruction.ts';
import { printModule, printModuleLines } from './print-module.ts';
import { f32Text, f64Text, s64Text, u64Text } from './print-numbers.ts';
import { identifier, quoteBytes, quoteName } from './print-strings.ts';

const moduleOf = (source: string): Module => decodeModule(parseModule(source).bytes);

/** The printed fields of a module, without the parentheses around them and their indentation. */
function fields(source: string): string[] {
  const lines = printModule(moduleOf(source)).trimEnd().split('\n').slice(1);
  lines[lines.length - 1] = (lines[lines.length - 1] as string).slice(0, -1);
  return lines.map((line) => line.replace(/^ {2}/, ''));
}

/** A body's instructions as the printer writes them. */
function code(source: string, context = ''): string[] {
  const lines = fields(`(module ${context} (func ${source}))`);
  const start = lines.findIndex((line) => line.startsWith('(func'));
  const body = lines.slice(start + 1);
  body[body.length - 1] = (body[body.length - 1] as string).slice(0, -1);
  return body.map((line) => line.replace(/^ {2}/, ''));
}

describe('numbers', () => {
  it.each<[bigint, string]>([
    [0n, '0'],
    [-1n, '-1'],
    [2n ** 53n + 1n, '9007199254740993'],
    [2n ** 63n - 1n, '9223372036854775807'],
    [-(2n ** 63n), '-9223372036854775808'],
    [-(2n ** 32n), '-4294967296'],
    [10n ** 18n, '1000000000000000000'],
    [1_000_000_000_000_007n * 10n, '10000000000000070'],
  ])('s64 %s', (value, text) => {
    expect(s64Text(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))).toBe(text);
  });

  it('u64 above the signed ones', () => {
    expect(u64Text(-1, -1)).toBe('18446744073709551615');
  });

  it.each<[string, number, string]>([
    ['zero', 0, '0'],
    ['negative zero', -0x8000_0000, '-0'],
    ['a tenth, short', 0x3dcc_cccd, '0.1'],
    ['the least', 1, '1e-45'],
    ['the greatest', 0x7f7f_ffff, '3.4028235e+38'],
    ['infinity', 0x7f80_0000, 'inf'],
    ['the canonical NaN', -0x0040_0000, '-nan'],
    ['a signalling NaN', 0x7f80_0001, 'nan:0x1'],
    ['all payload', -1, '-nan:0x7fffff'],
  ])('f32 %s', (_name, bits, text) => {
    expect(f32Text(bits)).toBe(text);
  });

  it.each<[string, number, number, string]>([
    ['one and a half', 0, 0x3ff8_0000, '1.5'],
    ['the least', 1, 0, '5e-324'],
    ['negative infinity', 0, -0x0010_0000, '-inf'],
    ['the canonical NaN', 0, 0x7ff8_0000, 'nan'],
    ['a payload of 52 bits', 0x1234_5678, 0x7fff_0000, 'nan:0xf000012345678'],
  ])('f64 %s', (_name, lo, hi, text) => {
    expect(f64Text(lo, hi)).toBe(text);
  });
});

describe('numbers, parsed again,', () => {
  /** The bits of a global's constant after its text. */
  function reparsed(type: string, text: string): { lo: number; hi: number } {
    const module = moduleOf(`(module (global ${type} (${type}.const ${text})))`);
    const reader = new InstructionReader(module.bytes, module.globals[0]!.init.byteOffset);
    reader.next();
    return { lo: reader.lo, hi: reader.hi };
  }
  const word = fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 0x7f80_0000, 0x007f_ffff, 0x0080_0000, 0x7ff0_0000));

  it.each<[string, (lo: number, hi: number) => string]>([
    ['f32', (lo) => f32Text(lo)],
    ['f64', f64Text],
    ['i64', s64Text],
  ])('%s have the same bits', (type, text) => {
    fc.assert(
      fc.property(word, word, (lo, hi) => {
        const bits = reparsed(type, text(lo, hi));
        expect(bits.lo).toBe(lo);
        if (type !== 'f32') expect(bits.hi).toBe(hi);
      }),
      { numRuns: 500 },
    );
  });
});

describe('strings', () => {
  it.each<[string, string, string]>([
    ['plain', 'f.g-h', '$f.g-h'],
    ['with spaces', 'two words', '$"two words"'],
    ['with quotes', 'a"\\', '$"a\\"\\\\"'],
    ['of other scripts', 'λ', '$"λ"'],
  ])('identifier %s', (_name, name, text) => {
    expect(identifier(name)).toBe(text);
  });

  it('names show nothing invisible', () => {
    expect(quoteName('\u0000\n\u202e\ufeff🙂')).toBe('"\\u{0}\\n\\u{202e}\\u{feff}🙂"');
  });

  it('bytes are printable ASCII or hexadecimal', () => {
    const bytes = Uint8Array.of(0x61, 0x22, 0x5c, 0x0a, 0x00, 0x7f, 0xff);
    expect(quoteBytes(bytes, 0, bytes.length)).toBe('"a\\"\\\\\\n\\00\\7f\\ff"');
  });
});

describe('fields', () => {
  it.each<[string, string, string[]]>([
    [
      'a function type',
      '(type (func (param i32 f64) (result i64)))',
      ['(type (;0;) (func (param i32 f64) (result i64)))'],
    ],
    [
      'a struct',
      '(type $s (struct (field $x (mut i8)) (field i31ref)))',
      ['(type $s (;0;) (struct (field $x (mut i8)) (field i31ref)))'],
    ],
    ['an open type', '(type (sub (array (mut i32))))', ['(type (;0;) (sub (array (mut i32))))']],
    [
      'a recursive group',
      '(rec (type $a (struct (field (ref null $b)))) (type $b (sub $a (struct (field (ref null $b))))))',
      [
        '(rec',
        '  (type $a (;0;) (struct (field (ref null $b))))',
        '  (type $b (;1;) (sub $a (struct (field (ref null $b))))))',
      ],
    ],
    ['an import', '(import "a" "b" (memory 1))', ['(import "a" "b" (memory (;0;) 1))']],
    [
      'a 64-bit table',
      '(table i64 0 0xffff_ffff_ffff_ffff funcref)',
      ['(table (;0;) i64 0 18446744073709551615 funcref)'],
    ],
    [
      'a table with a value',
      '(table 1 (ref i31) (ref.i31 (i32.const 3)))',
      ['(table (;0;) 1 (ref i31) (i32.const 3) (ref.i31))'],
    ],
    ['a shared memory', '(memory 1 2 shared)', ['(memory (;0;) 1 2 shared)']],
    ['a memory of small pages', '(memory 1 (pagesize 1))', ['(memory (;0;) 1 (pagesize 1))']],
    ['a global', '(global $g (mut f32) (f32.const 1))', ['(global $g (;0;) (mut f32) (f32.const 1))']],
    ['a passive segment', '(data "a\\00")', ['(data (;0;) "a\\00")']],
    ['active data', '(memory 1) (data (i32.const 8) "")', ['(memory (;0;) 1)', '(data (;0;) (i32.const 8) "")']],
    ['declared elements', '(elem declare func)', ['(elem (;0;) declare func)']],
    ['elements as expressions', '(elem externref (ref.null extern))', ['(elem (;0;) externref (ref.null extern))']],
    ['a custom section', '(@custom "note" (before first) "x")', ['(@custom "note" (before first) "x")']],
    [
      'an exported start',
      '(func $f) (export "e" (func $f)) (start $f)',
      ['(type (;0;) (func))', '(export "e" (func $f))', '(start $f)', '(func $f (;0;) (type 0))'],
    ],
    [
      'locals',
      '(func (param $p i32) (local i32 i32) (local $l f64))',
      [
        '(type (;0;) (func (param i32)))',
        '(func (;0;) (type 0) (param $p i32)',
        '  (local i32 i32)',
        '  (local $l f64))',
      ],
    ],
  ])('%s', (_name, source, lines) => {
    expect(fields(`(module ${source})`)).toEqual(lines);
  });

  it('data is cut into lines that know their bytes', () => {
    const { text, lines } = printModuleLines(moduleOf(`(module (data "${'a'.repeat(100)}"))`));
    const rows = text.split('\n');
    expect(rows.filter((row) => /^ {4}"a+"/.test(row))).toHaveLength(2);
    expect(lines.map(({ byteOffset }) => byteOffset)).toEqual(
      [...lines.map(({ byteOffset }) => byteOffset)].sort((a, b) => a - b),
    );
  });
});

describe('code', () => {
  it.each<[string, string, string[], string?]>([
    [
      'blocks',
      'block $a loop br 0 br $a end end',
      ['block $a (;@1;)', '  loop (;@2;)', '    br 0 (;@2;)', '    br $a', '  end', 'end'],
    ],
    [
      'a label hidden by another',
      'block $a block $a br 1 end end',
      ['block $a (;@1;)', '  block $a (;@2;)', '    br 1 (;@1;)', '  end', 'end'],
    ],
    ['if and else', 'i32.const 1 if nop else nop end', ['i32.const 1', 'if (;@1;)', '  nop', 'else', '  nop', 'end']],
    [
      'a block type',
      'block (param) (result i32) i32.const 1 end drop',
      ['block (;@1;) (result i32)', '  i32.const 1', 'end', 'drop'],
    ],
    [
      'memory arguments',
      'i32.const 0 i32.load offset=4 align=1 drop',
      ['i32.const 0', 'i32.load offset=4 align=1', 'drop'],
      '(memory 1)',
    ],
    [
      'another memory',
      'i32.const 0 v128.load8_splat 1 drop',
      ['i32.const 0', 'v128.load8_splat 1', 'drop'],
      '(memory 1) (memory 1)',
    ],
    [
      'an indirect call',
      'i32.const 0 call_indirect (type 0)',
      ['i32.const 0', 'call_indirect (type 0)'],
      '(type (func)) (table 1 funcref)',
    ],
    [
      'a typed select',
      'ref.null func ref.null func i32.const 0 select (result funcref) drop',
      ['ref.null func', 'ref.null func', 'i32.const 0', 'select (result funcref)', 'drop'],
    ],
    [
      'casts',
      'ref.null any ref.cast (ref null i31) ref.test (ref eq) drop',
      ['ref.null any', 'ref.cast (ref null i31)', 'ref.test (ref eq)', 'drop'],
    ],
    [
      'handlers',
      'block try_table (catch_all 0) end end',
      ['block (;@1;)', '  try_table (;@2;) (catch_all 0 (;@1;))', '  end', 'end'],
    ],
    [
      'legacy handlers',
      'try nop catch_all rethrow 0 end',
      ['try (;@1;)', '  nop', 'catch_all', '  rethrow 0 (;@1;)', 'end'],
    ],
    ['delegation', 'try nop delegate 0', ['try (;@1;)', '  nop', 'delegate 0 (;@0;)']],
    [
      'vectors',
      'v128.const i64x2 1 -1 i8x16.extract_lane_s 15 drop',
      ['v128.const i32x4 0x00000001 0x00000000 0xffffffff 0xffffffff', 'i8x16.extract_lane_s 15', 'drop'],
    ],
    [
      'segments',
      'elem.drop 0 i32.const 0 i32.const 0 i32.const 0 table.init 0 0',
      ['elem.drop $e', 'i32.const 0', 'i32.const 0', 'i32.const 0', 'table.init $e'],
      '(table 1 funcref) (elem $e func)',
    ],
  ])('%s', (_name, source, lines, context = '') => {
    expect(code(source, context)).toEqual(lines);
  });

  it('folds operands into their instruction, and blocks into their parts', () => {
    const source =
      '(module (func (result i32) i32.const 1 if (result i32) i32.const 2 i32.const 3 i32.add else i32.const 4 end))';
    expect(printModule(moduleOf(source), { fold: true }).split('\n').slice(3)).toEqual([
      '    (if (;@1;) (result i32)',
      '      (i32.const 1)',
      '      (then',
      '        (i32.add (i32.const 2) (i32.const 3)))',
      '      (else',
      '        (i32.const 4)))))',
      '',
    ]);
  });

  it('lines find their instruction by its byte offset', () => {
    const module = moduleOf('(module (func nop block i32.const 7 drop end))');
    const { text, lines } = printModuleLines(module);
    const rows = text.split('\n');
    const offsetOf = new Map(lines.map(({ line, byteOffset }) => [rows[line - 1]?.trim(), byteOffset]));
    const opcodeOf = (row: string) => module.bytes[offsetOf.get(row) as number];
    expect(['nop', 'block (;@1;)', 'i32.const 7', 'drop'].map(opcodeOf)).toEqual([0x01, 0x02, 0x41, 0x1a]);
  });

  it('one instruction prints without its module', () => {
    const reader = new InstructionReader(Uint8Array.of(0x28, 0x02, 0x08, 0x0d, 0x03));
    const texts = [0, 1].map(() => {
      reader.next();
      return printInstruction(reader);
    });
    expect(texts).toEqual(['i32.load offset=8', 'br_if 3']);
  });

  it('deep nesting costs no stack and no quadratic text', () => {
    const depth = 50_000;
    const body = [
      0x00,
      ...Array<number>(depth)
        .fill(0x02)
        .flatMap((block) => [block, 0x40]),
      ...Array<number>(depth + 1).fill(0x0b),
    ];
    const size = (value: number) => [(value & 0x7f) | 0x80, ((value >> 7) & 0x7f) | 0x80, value >> 14];
    const bytes = Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
      ...[0x0a, ...size(body.length + 4), 1, ...size(body.length), ...body],
    ]);
    for (const fold of [false, true])
      expect(printModule(decodeModule(bytes), { fold }).length).toBeLessThan(200 * depth);
  });

  it('ill-formed code is a DecodeError', () => {
    const module = moduleOf('(module (func nop))');
    const bytes = module.bytes.slice();
    bytes[bytes.length - 2] = 0xff;
    expect(() => printModule(decodeModule(bytes))).toThrow(DecodeError);
  });
});

describe('modules', () => {
  it('without anything', () => {
    expect(printModule(moduleOf('(module)'))).toBe('(module)\n');
    expect(printModule(moduleOf('(module $m)'))).toBe('(module $m)\n');
  });
});

describe('names', () => {
  it('that are not unique stay numbers with an annotation', () => {
    const source = '(module (func $f) (func (@name "f") call 0 call $f))';
    const text = printModule(moduleOf(source));
    expect(text).toContain('(func (;0;) (@name "f")');
    expect(text).toContain('call 0');
    expect(printModule(moduleOf(text))).toBe(text);
  });

  it('are left out when not wanted', () => {
    const text = printModule(moduleOf('(module $m (func $f (param $p i32) local.get $p drop))'), { names: false });
    expect(text).not.toContain('$');
  });
});
