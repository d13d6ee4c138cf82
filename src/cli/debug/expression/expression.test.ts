/** Expressions: their values, what they change, and what they refuse. */
import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';
import { formatted } from './format.ts';
import { splitAtCommas } from './parse.ts';
import type { Scope, SettableVariable } from './scope.ts';
import { textOf, typeOf, type Value } from './values.ts';

interface Cell {
  type: string;
  value: unknown;
}

function scopeOf(): Scope {
  const locals: Record<string, Cell> = {
    n: { type: 'i32', value: -1 },
    big: { type: 'i64', value: 2n ** 62n },
    x: { type: 'f32', value: Math.fround(0.1) },
    y: { type: 'f64', value: 2.5 },
    p: { type: 'i32', value: 16 },
    high: { type: 'i32', value: -4 },
    r: { type: 'funcref', value: null },
    v: { type: 'v128', value: new Uint8Array(16) },
  };
  const memory = Uint8Array.from({ length: 64 }, (_, i) => (i < 16 || i >= 32 ? i : 0));
  memory.set([0x68, 0x69, 0x0a, 0], 16);
  const second = Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2);
  const specials = new Map<string, Value>([['1', { kind: 'int', type: 'i32', value: 42n }]]);
  const variable = (cell: Cell | undefined): SettableVariable | undefined =>
    cell && {
      ...cell,
      text: cell.value === null ? 'null' : String(cell.value),
      set: (value) => {
        cell.value = value;
      },
    };
  return {
    local: (key) => variable(typeof key === 'number' ? Object.values(locals)[key] : locals[key]),
    global: (key) => (key === 'g' || key === 0 ? variable({ type: 'i64', value: 7n }) : undefined),
    operand: (index) => (index < 2 ? variable({ type: 'i32', value: 100 + index }) : undefined),
    tableElement: (tableidx, index) =>
      tableidx === 0 && index < 2 ? variable({ type: 'funcref', value: null }) : undefined,
    memory: (memidx) => [memory, second][memidx],
    func: (name) =>
      name === 'fac' ? { kind: 'opaque', type: 'func', text: 'func 1 $fac', value: undefined } : undefined,
    special: (name) => specials.get(name),
    setSpecial: (name, value) => {
      specials.set(name, value);
    },
  };
}

/** Value and type: `5 i32`. */
const cases: readonly (readonly [string, string])[] = [
  ['1 + 2 * 3', '7 int'],
  ['(1 + 2) * 3', '9 int'],
  ['10 - 4 - 3', '3 int'],
  ['-7 / 2', '-3 int'],
  ['-7 % 4', '-3 int'],
  ['0x_ff', 'fail'],
  ['0xff_ff', '65535 int'],
  ['1 << 4 | 1', '17 int'],
  ['1 << 40', '1099511627776 i64'],
  ['0xffffffffffffffff', '18446744073709551615 u64'],
  ['$n', '-1 i32'],
  ['n', '-1 i32'],
  ['$"n"', '-1 i32'],
  ['$n + 1', '0 i32'],
  ['(u32)$n', '4294967295 u32'],
  ['(u32)$n > 5', '1 i32'],
  ['$n > 5', '0 i32'],
  ['$n == 0xffffffff', '1 i32'],
  ['$n == 4294967296', '0 i32'],
  ['(i64)$n', '-1 i64'],
  ['(u8)$n', '255 u8'],
  ['(i8)200', '-56 i8'],
  ['$n * 2147483647 * 3', '-2147483645 i32'],
  ['$big * 4', '0 i64'],
  ['$big + $n', '4611686018427387903 i64'],
  ['$x', '0.1 f32'],
  ['$x + $x', '0.2 f32'],
  ['$x * 2', '0.2 f32'],
  ['$y / 2', '1.25 f64'],
  ['$y + $n', '1.5 f64'],
  ['1.5e3', '1500 f64'],
  ['.5', '0.5 f64'],
  ['-inf', '-inf f64'],
  ['(i32)2.9', '2 i32'],
  ['(i32)nan', 'fail'],
  ['!$n', '0 i32'],
  ['~5', '-6 int'],
  ['1 && 0 || 1', '1 i32'],
  ['0 && nothing', '0 i32'],
  ['1 || nothing', '1 i32'],
  ['$n < 0 ? 10 : 20', '10 int'],
  ['1 / 0', 'fail'],
  ['$n % 0', 'fail'],
  ['$r == $r', '1 i32'],
  ['$r ? 1 : 2', '2 int'],
  ['$r', 'null funcref'],
  ['$g', '7 i64'],
  ['global[0]', '7 i64'],
  ['local[4]', '16 i32'],
  ['operand[1]', '101 i32'],
  ['op[0] + 1', '101 i32'],
  ['operand[2]', 'fail'],
  ['table[0][1]', 'null funcref'],
  ['table[0]', 'fail'],
  ['table[0][2]', 'fail'],
  ['fac', 'func 1 $fac func'],
  ['$1 + 1', '43 i32'],
  ['*0', '50462976 i32'],
  ['*(u8*)5', '5 u8'],
  ['*(i16*)(2 + 2)', '1284 i16'],
  ['*(u64*)0', '506097522914230528 u64'],
  ['*(i32*)$p', '682344 i32'],
  ['*(u8*)$p@4', '{104, 105, 10, 0} list'],
  ['memory[0][17]', '105 u8'],
  ['memory[1][2]', '7 u8'],
  ['*(u16*)&memory[1][2]', '1543 u16'],
  ['*(u8*)(&memory[1][2] + 1)', '6 u8'],
  ['memory[2][0]', 'fail'],
  ['*(i32*)61', 'fail'],
  ['*(i32*)$high', 'fail'],
  ['*(i128*)0', 'fail'],
  ['$y & 1', 'fail'],
  ['$v + 1', 'fail'],
  ['1 +', 'fail'],
  ['(1', 'fail'],
  ['1 2', 'fail'],
  ['', 'fail'],
  ['$nothing', 'fail'],
  ['#', 'fail'],
  [`${'('.repeat(300)}1${')'.repeat(300)}`, 'fail'],
  [`${'-'.repeat(300)}1`, 'fail'],
];

describe('evaluate', () => {
  it.each(cases)('%s is %s', (text, expected) => {
    const value = () => {
      const found = evaluate(text, scopeOf());
      return `${textOf(found)} ${typeOf(found)}`;
    };
    if (expected === 'fail') expect(value).toThrowError(expect.objectContaining({ name: 'Failure' }));
    else expect(value()).toBe(expected);
  });
});

describe('assignment', () => {
  const assignments: readonly (readonly [string, string, string])[] = [
    ['$n = 5', '$n', '5'],
    ['n = 0x1_0000_0005', '$n', '5'],
    ['$big = -1', '$big', '-1'],
    ['$x = 1.1', '$x', '1.1'],
    ['$y = 3', '$y', '3'],
    ['local[0] = 8', '$n', '8'],
    ['*(u8*)3 = 300', '*(u8*)3', '44'],
    ['*8 = -1', '*(u64*)8', '1084818909728604159'],
    ['*(f64*)40 = 1.5', '*(f64*)40', '1.5'],
    ['memory[1][0] = 1', 'memory[1][0]', '1'],
    ['$mine = $n = 6', '$mine + $n', '12'],
    ['$r = $r', '$r', 'null'],
  ];
  it.each(assignments)('%s makes %s %s', (text, read, expected) => {
    const scope = scopeOf();
    evaluate(text, scope);
    expect(textOf(evaluate(read, scope))).toBe(expected);
  });

  it.each(['1 = 2', 'unknown = 1', '$r = 5', '$v = 1', 'fac = 1', '$n = nan', '*100 = 1'])('%s is refused', (text) => {
    const attempt = () => {
      const scope = scopeOf();
      return evaluate(text, scope);
    };
    expect(attempt).toThrowError(expect.objectContaining({ name: 'Failure' }));
  });
});

describe('formatted', () => {
  const formats: readonly (readonly [string, string, string])[] = [
    ['$n', 'x', '0xffffffff'],
    ['$n', 'u', '4294967295'],
    ['(u32)$n', 'd', '-1'],
    ['16', 't', '10000'],
    ['8', 'o', '010'],
    ['65', 'c', "65 'A'"],
    ['200', 'c', "-56 '\\xc8'"],
    ['(u8)10', 'z', '0x0a'],
    ['5', 'z', '0x00000005'],
    ['0x3f800000', 'f', '1065353216'],
    ['(i32)0x3f800000', 'f', '1'],
    ['(i64)0x3ff8000000000000', 'f', '1.5'],
    ['$y', 'x', '0x4004000000000000'],
    ['$x', 'f', '0.1'],
    ['*(u8*)$p@2', 'x', '{0x68, 0x69}'],
    ['*(u8*)$p@8', 's', '"hi\\n"'],
    ['$r', 'x', 'null'],
  ];
  it.each(formats)('%s as /%s is %s', (text, letter, expected) => {
    expect(formatted(evaluate(text, scopeOf()), letter)).toBe(expected);
  });
});

describe('splitAtCommas', () => {
  it.each([
    ['"a, b", f(1, 2), c[3, 4]', ['"a, b"', 'f(1, 2)', 'c[3, 4]']],
    ['"\\", "', ['"\\", "']],
    ['', ['']],
  ])('%s', (text, parts) => {
    expect(splitAtCommas(text)).toEqual(parts);
  });
});
