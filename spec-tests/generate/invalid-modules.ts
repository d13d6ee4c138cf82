/**
 * Modules that must be refused, and why: what the official suites leave out. Malformed ones are bytes,
 * invalid ones text.
 */
import { moduleLimits } from '../../src/decoder/index.ts';
import type { FeatureSwitches } from '../../src/syntax/index.ts';
import { parseModule } from '../../src/text/index.ts';

export interface InvalidModule {
  readonly name: string;
  /** Made when asked for: some are large. */
  readonly bytes: () => Uint8Array;
  readonly features?: FeatureSwitches;
  /** Part of the message. */
  readonly reason: string;
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A section; its first argument is its id, and its length goes before its contents. */
function section(id: number, contents: readonly number[]): number[] {
  return [id, ...leb(contents.length), ...contents];
}

/** Parts go together one by one: spread arguments have a limit. */
function binary(...parts: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([HEADER, ...parts].flat());
}

const ascii = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));
const custom = (name: string, contents: readonly number[]) => section(0, [name.length, ...ascii(name), ...contents]);
const types = section(1, [0x01, 0x60, 0x00, 0x00]);
const oneFunction = section(3, [0x01, 0x00]);

/** One function of type [] → [] without locals; `code` has its final `end`. */
function withCode(code: readonly number[]): Uint8Array {
  const body = [0x00, ...code];
  return binary(types, oneFunction, section(10, [0x01, ...leb(body.length), ...body]));
}

/** A name section with one subsection, or several. */
const named = (...subsections: readonly (readonly number[])[]) => binary(custom('name', subsections.flat()));
/** Branch hints before the code of one function. */
const hinted = (contents: readonly number[]) =>
  binary(types, oneFunction, custom('metadata.code.branch_hint', contents), section(10, [0x01, 0x02, 0x00, 0x0b]));

const END = 0x0b;
const malformed: readonly (readonly [name: string, bytes: () => Uint8Array, reason: string])[] = [
  ['a module that is too large', () => new Uint8Array(moduleLimits.moduleBytes + 1), 'module size exceeds the limit'],
  [
    'too many types in several groups',
    () => {
      const group = [
        0x4e,
        ...leb(moduleLimits.types),
        ...Array.from({ length: moduleLimits.types }, () => [0x60, 0, 0]).flat(),
      ];
      return binary(section(1, [0x02, ...group, 0x60, 0x00, 0x00]));
    },
    'more than 1000000 types',
  ],
  [
    'too many parameters',
    () => binary(section(1, [0x01, 0x60, ...leb(1001)])),
    'count of 1001 exceeds the limit of 1000',
  ],
  [
    'too many imported tables',
    () => {
      const count = moduleLimits.tables + 1;
      const imports = Array.from({ length: count }, () => [0x00, 0x00, 0x01, 0x70, 0x00, 0x00]).flat();
      return binary(section(2, [...leb(count), ...imports]));
    },
    'table count exceeds the limit',
  ],
  ['a tag with an attribute', () => binary(types, section(13, [0x01, 0x01, 0x00])), 'malformed tag attribute'],
  [
    'a constant expression that delegates',
    () => binary(section(6, [0x01, 0x7f, 0x00, 0x41, 0x00, 0x18, 0x00])),
    'END opcode expected',
  ],
  ['a constant expression with an else', () => binary(section(6, [0x01, 0x7f, 0x00, 0x05])), 'END opcode expected'],
  ['an opcode under a prefix that is none', () => withCode([0xfc, 0x7f, END]), 'illegal opcode fc 7f'],
  ['a negative block type', () => withCode([0x02, 0x80, 0x7f, END, END]), 'malformed block type'],
  ['a catch clause of no kind', () => withCode([0x1f, 0x40, 0x01, 0x04, 0x00, END, END]), 'malformed catch clause'],
  [
    'flags of br_on_cast that mean nothing',
    () => withCode([0xfb, 0x18, 0x04, 0x00, 0x70, 0x70, END]),
    'malformed br_on_cast flags',
  ],
  ['a fence with an order', () => withCode([0xfe, 0x03, 0x01, END]), 'zero byte expected'],
  [
    'a heap type of six bytes',
    () => withCode([0xd0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, END]),
    'integer representation too long',
  ],
  ['a heap type of 34 bits', () => withCode([0xd0, 0x80, 0x80, 0x80, 0x80, 0x20, END]), 'integer too large'],
  ['a heap type beyond every limit', () => withCode([0xd0, ...leb(moduleLimits.types), END]), 'unknown type'],
  ['a heap type that is a number type', () => withCode([0xd0, 0x7f, END]), 'malformed heap type'],
  ['a value type that is none', () => binary(section(1, [0x01, 0x60, 0x01, 0x01, 0x00])), 'malformed value type'],
  [
    'a table with a value but no zero',
    () => binary(section(4, [0x01, 0x40, 0x01, 0x70, 0x00, 0x00])),
    'zero byte expected',
  ],
  ['an export of no kind', () => binary(section(7, [0x01, 0x00, 0x05, 0x00])), 'malformed export kind'],
  ['an element segment of no kind', () => binary(section(9, [0x01, 0x08])), 'malformed elements segment kind'],
  ['elements of no kind', () => binary(section(9, [0x01, 0x01, 0x01, 0x00])), 'malformed element kind'],
  ['a data segment of no kind', () => binary(section(11, [0x01, 0x03, 0x00])), 'malformed data segment kind'],
  [
    'a function that is too large',
    () => binary(types, oneFunction, section(10, [0x01, ...leb(moduleLimits.functionBytes + 1)])),
    'function size of 7654322 bytes exceeds the limit',
  ],
  [
    'a function beyond the end',
    () => binary(types, oneFunction, section(10, [0x01, 0x09, 0x00])),
    'length out of bounds',
  ],
  [
    'locals beyond the function',
    () => binary(types, oneFunction, section(10, [0x01, 0x02, 0x02, 0x01, 0x7f, 0x01, 0x7f, END])),
    'section size mismatch: locals pass the end',
  ],
  ['an else outside of an if', () => withCode([0x05, END]), 'else stands outside of an if'],
  ['a catch_all outside of a try', () => withCode([0x19, END]), 'catch_all stands outside of a try'],
  ['a delegate outside of a try', () => withCode([0x18, 0x00, END]), 'delegate stands outside of a try'],
  ['code after the end', () => withCode([END, END]), 'the code goes on after its final end'],
  [
    'blocks too deep',
    () =>
      withCode(
        Array.from({ length: 1_000_001 }, () => [0x02, 0x40])
          .flat()
          .concat(END),
      ),
    'blocks nest more than',
  ],
  ['a name subsection twice', () => named([0x00, 0x01, 0x00], [0x00, 0x01, 0x00]), 'name subsection 0 stands twice'],
  ['a name subsection too long', () => named([0x00, 0x02, 0x00, 0x00]), 'section size mismatch'],
  ['a function named twice', () => named([0x01, 0x05, 0x02, 0x00, 0x00, 0x00, 0x00]), 'index 0 is named twice'],
  [
    'a function whose locals are named twice',
    () => named([0x02, 0x05, 0x02, 0x03, 0x00, 0x03, 0x00]),
    'index 3 is named twice',
  ],
  ['hints with something after them', () => hinted([0x00, 0x00]), 'section size mismatch'],
  ['hints of functions out of order', () => hinted([0x02, 0x01, 0x00, 0x01, 0x00]), 'function 1 is not after'],
  [
    'hints out of order',
    () => hinted([0x01, 0x00, 0x02, 0x05, 0x01, 0x00, 0x05, 0x01, 0x00]),
    'branch hint is not after',
  ],
  ['a hint of two bytes', () => hinted([0x01, 0x00, 0x01, 0x05, 0x02, 0x00, 0x00]), 'a branch hint has 1 byte'],
  ['a hint of another value', () => hinted([0x01, 0x00, 0x01, 0x05, 0x01, 0x02]), 'a branch hint is 0 or 1'],
  [
    'two supertypes',
    () =>
      binary(section(1, [0x03, 0x50, 0x00, 0x5f, 0x00, 0x50, 0x00, 0x5f, 0x00, 0x50, 0x02, 0x00, 0x01, 0x5f, 0x00])),
    'has 2 super types',
  ],
  ['a type above itself', () => binary(section(1, [0x01, 0x50, 0x01, 0x00, 0x5f, 0x00])), 'unknown type 0'],
];

const chain = Array.from({ length: 65 }, (_, i) => `(type (sub ${i === 0 ? '' : i - 1} (struct)))`).join(' ');
const many = (count: number, text: string) => Array.from({ length: count }, () => text).join(' ');

const invalid: readonly (readonly [name: string, fields: string, reason: string])[] = [
  [
    'too many operands',
    `(func $f (result ${many(1000, 'i32')}) unreachable) (func ${many(1001, 'call $f')} unreachable)`,
    'more than 1000000 operands',
  ],
  [
    'br_on_non_null to a label without operands',
    '(func (block (br_on_non_null 0 (ref.null func))))',
    'needs a label that takes a reference',
  ],
  ['a structure of an unknown type', '(func (drop (struct.new_default 7)))', 'unknown type 7'],
  ['a structure of a function type', '(type $t (func)) (func (drop (struct.new_default $t)))', 'is of kind func'],
  [
    'no default value',
    '(type $s (struct (field (ref any)))) (func (drop (struct.new_default $s)))',
    'needs default values',
  ],
  [
    'an unknown field',
    '(type $s (struct)) (func (param (ref $s)) (drop (struct.get $s 1 (local.get 0))))',
    'unknown field 1',
  ],
  [
    'a sign for a field that is not packed',
    '(type $s (struct (field i32))) (func (param (ref $s)) (drop (struct.get_s $s 0 (local.get 0))))',
    'reads packed fields',
  ],
  [
    'an array too long',
    '(type $v (array i8)) (func (drop (array.new_fixed $v 10001)))',
    'array.new_fixed of 10001 operands',
  ],
  ['subtypes too deep', chain, 'more than 63 steps below'],
];

export const invalidModules: readonly InvalidModule[] = [
  ...malformed.map(([name, bytes, reason]) => ({ name, bytes, reason })),
  ...invalid.map(([name, fields, reason]) => ({ name, bytes: () => parseModule(`(module ${fields})`).bytes, reason })),
  {
    name: 'a feature that is off',
    bytes: () => parseModule('(module (func (drop (v128.const i64x2 0 0))))').bytes,
    features: { simd: false, 'relaxed-simd': false },
    reason: 'needs the simd feature',
  },
];
