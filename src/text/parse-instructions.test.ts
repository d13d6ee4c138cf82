/** Instructions: every row of the table, folding, labels, and depth without end. */
import { describe, expect, it } from 'vitest';
import { decodeModule, InstructionReader } from '../decoder/index.ts';
import { type ImmediateKind, instructions, type Mnemonic, ParseError } from '../syntax/index.ts';
import { parseModule } from './index.ts';

/** Something of every kind to refer to; the function at hand is $f. */
const surroundings = `
  (type $t (func)) (type $s (struct (field $x i32))) (type $a (array i8))
  (memory $m0 1) (memory $m1 1) (table $t0 1 funcref) (table $t1 1 funcref)
  (global $g i32 (i32.const 0)) (tag $e) (elem $el func) (data $d "")`;

const blockNames: readonly string[] = ['block', 'loop', 'if', 'try', 'try_table'] satisfies Mnemonic[];

/** Code of the first function, instruction by instruction, without the closing `end`. */
function codeOf(body: string): string[] {
  const module = decodeModule(parseModule(`(module ${surroundings} (func $f (local $l i32) ${body}))`).bytes);
  const { byteOffset, byteLength } = module.funcs[0]!.body;
  const reader = new InstructionReader(module.bytes, byteOffset, byteOffset + byteLength);
  const code: string[] = [];
  while (!reader.done) {
    reader.next();
    const bytes = module.bytes.subarray(reader.at, reader.offset);
    code.push(`${instructions[reader.id]!.name} ${Buffer.from(bytes).toString('hex')}`);
  }
  return code.slice(0, -1);
}

/** Immediates as text for each kind, and what the opcode is followed by in hexadecimal. */
const samples: Record<ImmediateKind, readonly (readonly [text: string, hex: string])[]> = {
  none: [['', '']],
  blocktype: [
    ['', '40'],
    ['(result i64)', '7e'],
    ['(type $t)', '00'],
    ['(param i32 i32)', '03'],
  ],
  labelidx: [['0', '00']],
  br_table: [
    ['0', '0000'],
    ['0 0 0', '02000000'],
  ],
  br_on_cast: [['0 anyref (ref $s)', '01006e01']],
  try_table: [
    ['(catch $e 0) (catch_ref 0 0) (catch_all 0) (catch_all_ref 0)', '400400000001000002000300'],
    ['(result i32)', '7f00'],
  ],
  tagidx: [['$e', '00']],
  funcidx: [['$f', '00']],
  typeidx: [['$s', '01']],
  typeidx_tableidx: [
    ['(type $t)', '0000'],
    ['$t1 (type $t)', '0001'],
    ['', '0000'],
    ['1 (param i32) (result i32)', '0301'],
  ],
  typeidx_fieldidx: [
    ['$s $x', '0100'],
    ['1 0', '0100'],
  ],
  typeidx_u32: [['$a 300', '02ac02']],
  typeidx_dataidx: [['$a $d', '0200']],
  typeidx_elemidx: [['$a $el', '0200']],
  typeidx_typeidx: [['$a 2', '0202']],
  valtypes: [['(result i32)', '017f']],
  localidx: [
    ['$l', '00'],
    ['0x0', '00'],
  ],
  globalidx: [['$g', '00']],
  tableidx: [
    ['', '00'],
    ['$t1', '01'],
  ],
  tableidx_tableidx: [
    ['', '0000'],
    ['$t1 0', '0100'],
  ],
  elemidx: [['$el', '00']],
  elemidx_tableidx: [
    ['$el', '0000'],
    ['1 0', '0001'],
  ],
  memidx: [
    ['', '00'],
    ['$m1', '01'],
  ],
  memidx_memidx: [
    ['', '0000'],
    ['1 $m0', '0100'],
  ],
  dataidx: [['$d', '00']],
  dataidx_memidx: [
    ['$d', '0000'],
    ['$m1 0', '0001'],
  ],
  memarg: [
    ['align=1', '0000'],
    ['$m1 offset=0x80 align=1', '40018001'],
    ['offset=18446744073709551615 align=1', '00ffffffffffffffffff01'],
  ],
  memarg_laneidx: [
    ['align=1 1', '000001'],
    ['1 align=1 0', '40010000'],
    ['$m1 offset=4 align=1 0', '40010400'],
    ['1 0', '010000'],
  ],
  laneidx: [['1', '01']],
  lanes16: [['0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31', '000102030405060708090a0b0c0d0e1f']],
  heaptype: [['func', '70']],
  fence: [['', '00']],
  i32: [
    ['-1', '7f'],
    ['0xffff_ffff', '7f'],
    ['128', '8001'],
  ],
  i64: [['-0x8000_0000_0000_0000', '8080808080808080807f']],
  f32: [['1', '0000803f']],
  f64: [['-0x1p-1074', '0100000000000080']],
  v128: [
    ['i32x4 1 2 3 -1', '010000000200000003000000ffffffff'],
    ['i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 255', '000102030405060708090a0b0c0d0eff'],
    ['f64x2 0 -0', '00000000000000000000000000000080'],
  ],
};

/** Rows whose text is not keyword and sample: chosen by immediates, or parts of blocks. */
const special: Readonly<Record<string, readonly [text: string, code: string[]]>> = {
  else: ['i32.const 0 if else end', ['i32.const 4100', 'if 0440', 'else 05', 'end 0b']],
  end: ['block end', ['block 0240', 'end 0b']],
  catch: ['try catch $e end', ['try 0640', 'catch 0700', 'end 0b']],
  catch_all: ['try catch_all end', ['try 0640', 'catch_all 19', 'end 0b']],
  delegate: ['try delegate 0', ['try 0640', 'delegate 1800']],
  select_t: ['select (result i32)', ['select_t 1c017f']],
  'ref.test': ['ref.test (ref $s)', ['ref.test fb1401']],
  'ref.test null': ['ref.test structref', ['ref.test null fb156b']],
  'ref.cast': ['ref.cast (ref i31)', ['ref.cast fb166c']],
  'ref.cast null': ['ref.cast (ref null $s)', ['ref.cast null fb1701']],
};

describe('every instruction', () => {
  const plain = instructions.filter((row) => special[row.name] === undefined);

  it.each(plain.map((row) => [row.name, row] as const))('%s', (name, row) => {
    for (const [text, hex] of samples[row.imm]) {
      const [line] = codeOf(`${name} ${text} ${blockNames.includes(name) ? 'end' : ''}`);
      expect(line?.startsWith(`${name} `)).toBe(true);
      expect(line?.endsWith(hex)).toBe(true);
    }
  });

  it.each(Object.entries(special))('%s', (_name, [text, code]) => {
    expect(codeOf(text)).toEqual(code);
  });
});

/** Folded text and the unfolded text it stands for. */
const foldings: readonly [folded: string, unfolded: string][] = [
  [
    '(i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))',
    'i32.const 1 i32.const 2 i32.const 3 i32.mul i32.add',
  ],
  ['(block $x (br $x))', 'block $x br $x end'],
  ['(loop (nop) nop)', 'loop nop nop end'],
  ['(if (i32.const 1) (then nop))', 'i32.const 1 if nop end'],
  [
    '(if $x (result i32) (i32.const 1) (then (br $x)) (else br 0))',
    'i32.const 1 if $x (result i32) br $x else br 0 end $x',
  ],
  ['(if (i32.eqz (i32.const 1)) (nop) (then) (else))', 'i32.const 1 i32.eqz nop if else end'],
  ['(block $x (if $x (block (br $x)) (then (br $x))))', 'block $x block br 1 end if br 0 end end'],
  ['(br_table 0 0 (i32.const 1) (i32.const 2))', 'i32.const 1 i32.const 2 br_table 0 0'],
  ['(br_if 0 (call_indirect (type $t) (i32.const 0)))', 'i32.const 0 call_indirect (type $t) br_if 0'],
  ['(try (do nop) (catch $e drop) (catch_all))', 'try nop catch $e drop catch_all end'],
  ['(block $x (try $y (do (br $y)) (delegate $x)))', 'block $x try br 0 delegate 0 end'],
  ['(try_table $x (catch_all $y) (br $x))', 'try_table $x (catch_all 0) br 0 end'],
  [
    '(v128.store8_lane 3 (i32.const 0) (v128.const i32x4 0 0 0 0))',
    'i32.const 0 v128.const i32x4 0 0 0 0 v128.store8_lane 3',
  ],
];

describe('folded instructions', () => {
  it.each(foldings)('%s', (folded, unfolded) => {
    const within = (body: string) => codeOf(`block $y ${body} end`);
    expect(within(folded)).toEqual(within(unfolded));
  });
});

const failures: readonly [body: string, reason: string][] = [
  ['(i32.const0)', 'unknown operator i32.const0'],
  ['(frob)', 'unknown operator frob'],
  ['select_t', 'unknown operator select_t'],
  ['(i32.const)', 'unexpected token )'],
  ['(i32.const 1.5)', 'unexpected token 1.5'],
  ['(i32.const nan:canonical)', 'unexpected token nan:canonical'],
  ['(i32.const 0x1_0000_0000)', 'i32 constant out of range'],
  ['(f32.const 1e39)', 'constant out of range'],
  ['(f32.const 0x1pA)', 'unknown operator 0x1pA'],
  ['(i32.load align=3)', 'alignment must be a power of two'],
  ['(i32.load align=0)', 'alignment must be a power of two'],
  ['(i32.load offset=-1)', 'unknown operator offset=-1'],
  ['(i32.load align=4 offset=0)', 'unexpected token offset=0'],
  ['(br $none)', 'unknown label $none'],
  ['(local.get $none)', 'unknown local $none'],
  ['(call $none)', 'unknown function $none'],
  ['(global.get $none)', 'unknown global $none'],
  ['(struct.get $s $none)', 'unknown field $none'],
  ['block $x end $y', 'mismatching label $y'],
  ['if $x else $y end', 'mismatching label $y'],
  ['block', 'unexpected token ), expected end'],
  ['end', 'unexpected token end'],
  ['else', 'unexpected token else'],
  ['block else end', 'unexpected token else'],
  ['(block end)', 'unexpected token end'],
  ['(if (then) (then))', 'unexpected token then'],
  ['(if (else))', 'unexpected token else'],
  ['(if (i32.const 1))', 'unexpected token )'],
  ['(then)', 'unexpected token then'],
  ['(try (catch $e))', 'unexpected token catch'],
  ['try catch_all catch $e end', 'unexpected token catch'],
  ['(block (param $p i32))', 'unexpected token $p'],
  ['(block (result i32) (param i32))', 'unexpected token param'],
  ['(block (type $t) (result i32))', 'inline function type'],
  ['(call_indirect (type 9) (param i32))', 'unknown type 9'],
  ['(i8x16.shuffle 0 1)', 'invalid lane length'],
  ['(i8x16.extract_lane_s 256)', 'i8 constant out of range'],
  ['(i8x16.extract_lane_s -1)', 'unexpected token -1'],
  ['(v128.const i32x4 1 2 3)', 'wrong number of lane literals'],
  ['(v128.const i8x16 256 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0)', 'constant out of range'],
  ['(v128.const i7x3 1)', 'unknown operator i7x3'],
  ['(local i32)', 'unexpected token local'],
  ['"a"', 'unexpected token "a"'],
];

describe('ill-formed instructions', () => {
  it.each(failures)('%s: %s', (body, reason) => {
    let error: unknown;
    try {
      codeOf(`nop ${body}`);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ParseError);
    expect((error as ParseError).reason.slice(0, reason.length)).toBe(reason);
  });
});

describe('depth', () => {
  const DEPTH = 50_000;
  it.each([
    ['folded operands', '(i32.eqz '.repeat(DEPTH) + ')'.repeat(DEPTH)],
    ['folded blocks', '(block '.repeat(DEPTH) + ')'.repeat(DEPTH)],
    ['folded ifs', '(if (then '.repeat(DEPTH) + '))'.repeat(DEPTH)],
    ['plain blocks', 'loop '.repeat(DEPTH) + 'end '.repeat(DEPTH)],
  ])('assembles %s nested without a limit', (_name, body) => {
    expect(parseModule(`(func ${body})`).bytes.length).toBeGreaterThan(DEPTH);
  });

  it('takes long lists', () => {
    const types = 'i32 '.repeat(200_000);
    const customs = '(@custom "a")'.repeat(150_000);
    const source = `${customs} (type (func (param ${types}) (result ${types}))) (func (br_table ${'0 '.repeat(200_000)}))`;
    expect(parseModule(source).bytes.length).toBeGreaterThan(1_000_000);
  });

  it.each([
    ['parentheses', '('.repeat(DEPTH)],
    ['fields', '(func '.repeat(DEPTH)],
    ['types', '(type (sub '.repeat(DEPTH)],
    ['offsets', '(data (offset '.repeat(DEPTH)],
  ])('refuses %s nested without sense', (_name, source) => {
    expect(() => parseModule(source)).toThrow(ParseError);
  });
});
