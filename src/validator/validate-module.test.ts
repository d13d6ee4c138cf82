/** Whole modules: what is valid, with which words and where the rest fails, and the host's verdict on mutants. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeModule, InstructionReader } from '../decoder/index.ts';
import { ByteWriter, writeOpcode } from '../encoder/index.ts';
import { type FeatureSet, type InstrId, instructions, type Proposal, ValidationError } from '../syntax/index.ts';
import { parseModule } from '../text/index.ts';
import { validateModule } from './index.ts';

function problemOf(text: string, features?: FeatureSet): string | undefined {
  try {
    validateModule(decodeModule(parseModule(`(module ${text})`).bytes), features);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const valid: [name: string, text: string][] = [
  ['an empty module', ''],
  ['extended constant expressions', '(global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))'],
  ['a global that reads the one before', '(global $a i32 (i32.const 1)) (global i32 (global.get $a))'],
  ['a constant struct', '(type $s (struct (field i32))) (global (ref $s) (struct.new $s (i32.const 1)))'],
  ['a table of non-null functions', '(func $f) (table 1 (ref func) (ref.func $f))'],
  ['a declared function in a body', '(elem declare func $f) (func $f (drop (ref.func $f)))'],
  ['an exported function in a body', '(func $f (export "f") (drop (ref.func $f)))'],
  ['several memories', '(memory 1) (memory i64 1) (memory 0 65536)'],
  ['the largest memories', '(memory 65536) (memory i64 0x1_0000_0000_0000)'],
  ['pages of one byte', '(memory 0xffff_ffff (pagesize 1))'],
  ['shared memory', '(memory 1 2 shared)'],
  ['an offset of 64 bits', '(memory i64 1) (data (i64.const 0) "a")'],
  ['a start function', '(func $f) (start $f)'],
  ['a recursive group', '(rec (type $a (struct (field (ref null $b)))) (type $b (struct (field (ref null $a)))))'],
  [
    'a chain of subtypes',
    '(type $a (sub (struct))) (type $b (sub $a (struct (field i32)))) (type (sub $b (struct (field i32 i32))))',
  ],
  ['a segment of a subtype', '(table 1 funcref) (func $f) (elem (i32.const 0) (ref func) (ref.func $f))'],
];

const invalid: [name: string, text: string, message: string][] = [
  [
    'a supertype that is final',
    '(type $a (struct)) (type (sub $a (struct)))',
    'sub type 1 does not match super type 0: 0 is final',
  ],
  [
    'a supertype of another shape',
    '(type $a (sub (struct (field i32)))) (type (sub $a (struct)))',
    'sub type 1 does not match super type 0',
  ],
  ['a type defined later', '(type (struct (field (ref 1)))) (type (struct))', 'unknown type 1'],
  ['a supertype defined later', '(rec (type (sub 1 (struct))) (type (sub (struct))))', 'unknown type 1'],
  [
    'a function of no function type',
    '(type (struct)) (import "" "" (func (type 0)))',
    'type mismatch: expected a function type, type 0 is a struct',
  ],
  ['a global of an unknown type', '(import "" "" (global (ref null 3)))', 'unknown type 3'],
  ['a local of an unknown type', '(func (local (ref null 3)))', 'unknown type'],
  ['a memory past its addresses', '(import "" "" (memory 65537))', 'memory size must be at most 65536 pages (4GiB)'],
  [
    'a 64-bit memory past its addresses',
    '(memory i64 0 0x1_0000_0000_0001)',
    'memory size must be at most 281474976710656 pages (16EiB)',
  ],
  [
    'a memory with a maximum below its minimum',
    '(memory 2 1)',
    'size minimum must not be greater than maximum: 2 is greater than 1',
  ],
  ['a table with a maximum below its minimum', '(table 2 1 funcref)', 'size minimum must not be greater than maximum'],
  ['pages of two bytes', '(memory 1 (pagesize 2))', 'invalid custom page size of 2^1'],
  [
    'a table without its initial value',
    '(table 1 (ref func))',
    'type mismatch: a table of (ref func) needs an initial value',
  ],
  [
    'a table that reads a global of the module',
    '(global $g funcref (ref.null func)) (table 1 funcref (global.get $g))',
    'unknown global 0',
  ],
  ['a global that reads a later one', '(global i32 (global.get 1)) (global i32 (i32.const 0))', 'unknown global 1'],
  [
    'a global that reads a mutable one',
    '(global (mut i32) (i32.const 0)) (global i32 (global.get 0))',
    'constant expression required: global 0 is mutable',
  ],
  [
    'a constant expression that computes',
    '(global i32 (i32.ctz (i32.const 0)))',
    'constant expression required: i32.ctz is not constant',
  ],
  [
    'a constant expression of another type',
    '(global i32 (i64.const 0))',
    'type mismatch: instruction requires [i32] but stack has [i64], in end',
  ],
  [
    'an empty constant expression',
    '(global i32)',
    'type mismatch: instruction requires [i32] but stack has [], in end',
  ],
  ['a tag with results', '(tag (result i32))', 'non-empty tag result type [i32]'],
  ['two exports of one name', '(func (export "a") (export "a"))', 'duplicate export name "a"'],
  ['an unknown export', '(export "a" (memory 0))', 'unknown memory 0'],
  ['an unknown start function', '(start 0)', 'unknown function 0'],
  [
    'a start function with parameters',
    '(func $f (param i32)) (start $f)',
    'start function 0 must be [] -> [], not [i32] -> []',
  ],
  ['elements for no table', '(func $f) (elem (table 0) (i32.const 0) func $f)', 'unknown table 0'],
  [
    'elements of another type',
    '(table 1 funcref) (elem (i32.const 0) externref)',
    'type mismatch: elements of externref for a table of funcref',
  ],
  ['elements that are unknown', '(elem func 0)', 'unknown function 0'],
  ['an element expression of another type', '(elem funcref (ref.null extern))', 'type mismatch'],
  ['data for no memory', '(data (i32.const 0) "a")', 'unknown memory 0'],
  ['an offset of 32 bits into 64-bit memory', '(memory i64 1) (data (i32.const 0) "a")', 'type mismatch'],
];

describe('validateModule', () => {
  it.each(valid)('accepts %s', (_name, text) => {
    expect(problemOf(text)).toBeUndefined();
  });

  it.each(invalid)('rejects %s', (_name, text, message) => {
    expect(problemOf(text)?.slice(0, message.length)).toBe(message);
  });

  it('takes a chain of 63 supertypes and no more', () => {
    const chain = (steps: number) =>
      ['(type (sub (struct)))', ...Array.from({ length: steps }, (_, i) => `(type (sub ${i} (struct)))`)].join(' ');
    expect(problemOf(chain(63))).toBeUndefined();
    expect(problemOf(chain(64))).toMatch('sub type 64 is more than 63 steps below its root type');
  });

  it('tells function and place', () => {
    const { bytes } = parseModule('(module (import "" "" (func)) (func nop) (func nop i32.eqz drop))');
    const module = decodeModule(bytes);
    const instruction = bytes.indexOf(0x45, module.funcs[1]!.body.byteOffset);
    expect(() => validateModule(module)).toThrowError(ValidationError);
    try {
      validateModule(module);
    } catch (error) {
      expect(error).toMatchObject({ funcidx: 2, byteOffset: instruction });
    }
  });
});

describe('ill-formed bodies', () => {
  const withBody = (...body: number[]) =>
    new Uint8Array([
      0,
      0x61,
      0x73,
      0x6d,
      1,
      0,
      0,
      0,
      1,
      4,
      1,
      0x60,
      0,
      0,
      3,
      2,
      1,
      0,
      10,
      body.length + 3,
      1,
      body.length + 1,
      0,
      ...body,
    ]);
  const cases: [name: string, bytes: Uint8Array, message: RegExp][] = [
    ['no closing end', withBody(0x02, 0x40, 0x0b), /^unexpected end/],
    ['code after the closing end', withBody(0x0b, 0x01, 0x0b), /^section size mismatch/],
    ['else outside of an if', withBody(0x05, 0x0b), /^END opcode expected: else/],
    ['catch_all outside of a try', withBody(0x19, 0x0b), /^END opcode expected: catch_all/],
    ['delegate outside of a try', withBody(0x02, 0x40, 0x18, 0x00, 0x0b), /^END opcode expected: delegate/],
    ['an unassigned opcode', withBody(0xff, 0x0b), /^illegal opcode ff/],
    ['data without a count section', withBody(0xfc, 0x09, 0x00, 0x0b), /^data count section required by data.drop/],
  ];
  it.each(cases)('are told: %s', (_name, bytes, message) => {
    expect(() => validateModule(decodeModule(bytes))).toThrowError(
      expect.objectContaining({ name: 'DecodeError', message: expect.stringMatching(message) }),
    );
  });
});

/** The engine that verdicts are compared with. */
const host = (globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } }).WebAssembly;

/** What the host's engine has too, so that verdicts can be compared. */
const hostProposals = new Set<Proposal>([
  'mvp',
  'sign-extension',
  'saturating-float-to-int',
  'bulk-memory',
  'reference-types',
  'simd',
  'legacy-exceptions',
]);

const opcodeBytes = (id: InstrId): Uint8Array => {
  const out = new ByteWriter();
  writeOpcode(out, id);
  return out.toBytes();
};

/** Instructions that may stand in each other's place: same immediates, as many bytes. */
function replacements(id: InstrId): readonly Uint8Array[] {
  const row = instructions[id]!;
  const length = opcodeBytes(id).length;
  return instructions.flatMap(({ imm, proposal }, other) => {
    const bytes = opcodeBytes(other);
    return imm === row.imm && hostProposals.has(proposal) && bytes.length === length ? [bytes] : [];
  });
}

describe('verdicts', () => {
  const { bytes } = parseModule(`(module
    (memory 1) (table 2 funcref) (global $g (mut i32) (i32.const 1)) (tag $e (param i32)) (data "abc")
    (func $f (param i32 i64 f32 f64 v128) (result i32) (local i32 i64)
      (local.set 5 (i32.add (local.get 0) (i32.load (i32.const 4))))
      (drop (block (result i32)
        (loop (br_if 1 (i32.const 3) (i32.eqz (local.get 5))) (drop) (br_if 0 (local.get 0)))
        (if (result i32) (i64.eq (local.get 1) (local.get 6)) (then (i32.const 1)) (else (i32.const 2)))
        (drop) (br_table 0 0 1 (i32.const 5) (i32.const 1))))
      (drop (f64.add (local.get 3) (f64.promote_f32 (local.get 2))))
      (drop (i32x4.extract_lane 1 (i8x16.add (local.get 4) (local.get 4))))
      (i64.store (i32.const 0) (i64.extend_i32_u (memory.grow (i32.const 1))))
      (drop (select (i32.const 1) (i32.const 2) (i32.const 3)))
      (try (do (global.set $g (i32.const 1))) (catch $e (drop)) (catch_all (rethrow 0)))
      (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
      (call $f (i32.const 1) (i64.const 1) (f32.const 1) (f64.const 1) (local.get 4)))
  )`);
  const { body } = decodeModule(bytes).funcs[0]!;
  const places: { at: number; id: InstrId }[] = [];
  const reader = new InstructionReader(bytes);
  reader.seek(body.byteOffset, body.byteOffset + body.byteLength);
  while (!reader.done) {
    reader.next();
    places.push({ at: reader.at, id: reader.id });
  }
  const mutation = fc
    .constantFrom(...places)
    .chain(({ at, id }) => fc.constantFrom(...replacements(id)).map((opcode) => ({ at, opcode })));

  it('are those of the host on a module and its mutants', () => {
    expect(host.validate(bytes)).toBe(true);
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 3 }), (mutations) => {
        const mutant = bytes.slice();
        for (const { at, opcode } of mutations) mutant.set(opcode, at);
        let problem: string | undefined;
        try {
          validateModule(decodeModule(mutant));
        } catch (error) {
          problem = (error as Error).message;
        }
        expect({ problem, isValid: problem === undefined }).toEqual({ problem, isValid: host.validate(mutant) });
      }),
      { numRuns: 1000 },
    );
  });
});
