/** A lowered body is the same after it was words; what belongs to one agent is not written. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../api/index.ts';
import { generateModule, TapeChoices } from '../../diff/generate/index.ts';
import { type Code, type Handler, Instr, type LoweredBody } from '../../runtime/index.ts';
import { BodyWriter, bodyFromWords, bodyLength } from './body-words.ts';
import { loweredEntry } from './index.ts';

/** `undefined`: the body is not written. */
function bodyToWords(code: Code, body: LoweredBody): Int32Array | undefined {
  const writer = new BodyWriter();
  return writer.body(code, body) ? writer.words : undefined;
}

function lowered(code: Code): LoweredBody {
  loweredEntry(code);
  return code.fast!;
}

/** From the entry to the first instruction that nothing follows. */
function textOf({ entry }: LoweredBody): Instr[] {
  const text: Instr[] = [];
  for (let at: Instr | null = entry; at !== null; at = at.next) text.push(at);
  return text;
}

/** Walks two bodies side by side and compares all that the loops and the unwinder read. */
function expectSame(actual: LoweredBody, expected: LoweredBody): void {
  const partners = new Map<Instr, Instr>();
  const waiting: [Instr | null, Instr | null][] = [[actual.entry, expected.entry]];
  const meet = (one: Instr | null, other: Instr | null) => {
    if (one !== null && other !== null && partners.has(other)) expect(one).toBe(partners.get(other));
    else waiting.push([one, other]);
  };
  const shapeOf = ({ from, to, delegateTo, clauses }: Handler) => {
    const shapes = clauses.map(({ label, ...rest }) => ({ ...rest, pc: label.pc, potential: label.potential }));
    return { from, to, delegateTo, clauses: shapes };
  };
  expect(actual.frameWords).toBe(expected.frameWords);
  expect(actual.handlers.map(shapeOf)).toEqual(expected.handlers.map(shapeOf));
  expected.handlers.forEach(({ clauses }, i) => {
    clauses.forEach(({ label }, j) => {
      meet(actual.handlers[i]!.clauses[j]!.label.target, label.target);
    });
  });
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const [one, other] = pair;
    if (one === null || other === null) {
      expect(one).toBe(other);
      continue;
    }
    if (partners.has(other)) {
      expect(one).toBe(partners.get(other));
      continue;
    }
    partners.set(other, one);
    const { next, t, k, ...integers } = other;
    expect({ ...one, next, t, k }).toEqual({ ...integers, next, t, k });
    meet(one.next, next);
    meet(one.t, t);
    if (Array.isArray(k) && k[0] instanceof Instr) {
      expect(one.k).toHaveLength(k.length);
      k.forEach((entry: Instr, i) => {
        meet((one.k as Instr[])[i]!, entry);
      });
    } else expect(one.k).toStrictEqual(k);
  }
}

interface Case {
  readonly name: string;
  readonly wat: string;
}

const cases: readonly Case[] = [
  { name: 'straight code', wat: '(func (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))' },
  {
    name: 'loops and branches forward into code before other branches',
    wat: `(func (param i32) (result i32)
      (loop $l (block $a (block $b (br_if $a (local.get 0)) (br_if $b (i32.const 3)) (br $l)) (br_if $l (local.get 0))))
      (local.get 0))`,
  },
  {
    name: 'a table of branches, some with operands to move',
    wat: `(func (param i32) (result i32) (block $a (result i32) (i32.const 1) (block $b (result i32)
      (i32.const 2) (br_table $a $b 2 $a (local.get 0) (local.get 0))) (i32.add)))`,
  },
  {
    name: 'constants of 64 bits, floats and vectors',
    wat: `(func (param i64 f64 v128) (result i64 f64 v128)
      (i64.xor (local.get 0) (i64.const -0x123456789abcdef0)) (f64.mul (local.get 1) (f64.const -0.0))
      (i32x4.add (local.get 2) (v128.const i32x4 1 -2 3 -4)))`,
  },
  {
    name: 'shuffles, whole words and bytes; lanes in memory',
    wat: `(memory 1) (func (param v128) (result v128) (v128.load8_lane offset=5 3 (i32.const 1)
      (i8x16.shuffle 4 5 6 7 0 1 2 3 8 9 10 11 12 13 14 15
        (i8x16.shuffle 1 0 3 2 5 4 7 6 9 8 11 10 13 12 15 14 (local.get 0) (local.get 0)) (local.get 0))))`,
  },
  {
    name: 'accesses far away',
    wat: `(memory i64 1) (func (param i64) (result i32)
      (i32.store offset=0x1_0000_0000 (local.get 0) (i32.const 1)) (i32.load offset=7 (local.get 0)))`,
  },
  {
    name: 'bulk operations on memories and tables',
    wat: `(memory 1) (memory 1) (table 2 funcref) (data $d "x") (func (param i32)
      (memory.copy (local.get 0) (local.get 0) (local.get 0)) (memory.copy 1 0 (local.get 0) (local.get 0) (local.get 0))
      (memory.init $d (local.get 0) (local.get 0) (local.get 0)) (drop (table.size)) (table.set (local.get 0) (ref.null func)))`,
  },
  {
    name: 'calls by table and by reference',
    wat: `(type $f (func (param i32) (result i32))) (table 2 funcref) (func (param i32 (ref $f)) (result i32)
      (call_indirect (type $f) (local.get 0) (local.get 0)) (call_ref $f (local.get 1))
      (return_call_indirect (type $f) (local.get 0)))`,
  },
  {
    name: 'many results',
    wat: '(func (param i32 externref) (result i32 externref i64) (return (local.get 0) (local.get 1) (i64.const 5)))',
  },
  {
    name: 'try_table, one clause for the function itself',
    wat: `(tag $t (param i32)) (func (result i32) (block $h (result i32 exnref)
      (try_table (result i32) (catch_ref $t $h) (catch $t 1) (throw $t (i32.const 3))) (return)) (drop))`,
  },
  {
    name: 'legacy try with delegate and rethrow',
    wat: `(tag $t (param i32)) (func (result i32) (try $o (result i32)
      (do (try (result i32) (do (throw $t (i32.const 1))) (delegate $o)))
      (catch $t (drop) (rethrow $o)) (catch_all (i32.const 2))))`,
  },
];

describe('a body from its words', () => {
  test.each(cases)('$name', ({ wat }) => {
    for (const code of compile(`(module ${wat})`).code.codes) {
      const body = lowered(code);
      const writer = new BodyWriter();
      writer.append(Int32Array.of(9));
      expect(writer.body(code, body)).toBe(true);
      const { words } = writer;
      expect(bodyLength(words, 1)).toBe(words.length - 1);
      expectSame(bodyFromWords(code, words, 1), body);
    }
  });

  test('is the same for any module, or none is written', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom('standard' as const, 'all' as const),
        (tape, profile) => {
          for (const code of compile(generateModule(new TapeChoices(tape), profile)).code.codes) {
            const body = lowered(code);
            const words = bodyToWords(code, body);
            if (words !== undefined) expectSame(bodyFromWords(code, words, 0), body);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('has as long a table of branches as a module may have', () => {
    const targets = Array.from({ length: 65_000 }, (_, i) => i % 2).join(' ');
    const code = compile(`(module (func (param i32) (block (br_table ${targets} 1 (local.get 0)))))`).code.codes[0]!;
    const read = bodyFromWords(code, bodyToWords(code, lowered(code))!, 0);
    const [instr] = textOf(read).filter(({ k }) => Array.isArray(k));
    expect(instr!.k).toHaveLength(65_001);
  });

  test('names the types of calls as the agent does that reads it', () => {
    const code = compile(`(module (type $f (func)) (type $g (func (param i64))) (table 1 funcref)
      (func (param i32) (call_indirect (type $g) (i64.const 1) (local.get 0))))`).code.codes[0]!;
    const words = bodyToWords(code, lowered(code))!;
    const typeIds = code.module.typeIds.map((id) => id + 1000);
    const elsewhere = { ...code, module: { ...code.module, typeIds } } as Code;
    const calls = textOf(bodyFromWords(elsewhere, words, 0)).map(({ d }) => d);
    expect(calls).toContain(typeIds[1]);
    expect(calls).not.toContain(code.module.typeIds[1]);
  });

  test.each([
    [
      'struct.get',
      '(type $s (struct (field i32))) (func (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))',
    ],
    ['array.new', '(type $a (array i8)) (func (result (ref $a)) (array.new $a (i32.const 1) (i32.const 2)))'],
    [
      'array.new_data',
      '(type $a (array i8)) (data "a") (func (result (ref $a)) (array.new_data $a 0 (i32.const 0) (i32.const 1)))',
    ],
    ['ref.test', '(type $s (struct)) (func (param anyref) (result i32) (ref.test (ref $s) (local.get 0)))'],
  ])("is not written with %s, whose type is the agent's", (_, wat) => {
    const code = compile(`(module ${wat})`).code.codes[0]!;
    expect(bodyToWords(code, lowered(code))).toBeUndefined();
  });
});
