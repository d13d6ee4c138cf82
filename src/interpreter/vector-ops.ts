/**
 * The table of vector operations behind the loop: how each lane of a result follows from the operands';
 * the frequent ones stand in slot-ops.ts. scripts/gen-vector.mjs makes a handler of each (cold/v128.gen.ts):
 * straight-line code that takes lanes out of words and puts them back.
 *
 * Generated because closures called per lane cost two to three times as much, and byte views, even
 * unrolled, a third to a half more than words: 25 ns for a mix of eight operations against 40 and 60
 * (measured, Node 20.20; without a JIT 730, 860 and 1,800 ns).
 *
 * In a body `a`, `b`, `d` are the word indices of the operands, `c` the result's, `I`, `S`, `F` the value
 * stack; x y z s u are temporaries. A result lies exactly over an operand or apart from all of them.
 */
import type { MnemonicOf } from '../syntax/index.ts';

export interface VectorOp {
  readonly name: string;
  readonly body: string;
}

/** Lane texts of some instructions, by the part of their names after the shape. */
type Texts = Readonly<Record<string, string>>;
/** How a lane is taken out of its word. */
type Sign = 's' | 'u';
type Bits = 8 | 16 | 32;

const WORDS = [0, 1, 2, 3];

/** Lane `index` of the vector whose words are `v0 … v3`. */
function lane(v: string, bits: Bits, index: number, sign: Sign): string {
  const word = `${v}${(index * bits) >> 5}`;
  const shift = (index * bits) & 31;
  if (bits === 32) return word;
  const isTop = shift + bits === 32;
  if (sign === 's') return isTop ? `(${word} >> ${shift})` : `((${word} << ${32 - bits - shift}) >> ${32 - bits})`;
  if (isTop) return `(${word} >>> ${shift})`;
  return shift === 0 ? `(${word} & ${2 ** bits - 1})` : `((${word} >>> ${shift}) & ${2 ** bits - 1})`;
}

/** Reads into constants the words that a text uses: `x0 … x3` of `a`, `y0 … y3` of `b`, `z0 … z3` of `d`. */
function reads(text: string): string {
  const sources = { x: 'a', y: 'b', z: 'd' };
  return Object.entries(sources)
    .flatMap(([v, from]) => WORDS.map((k) => [`${v}${k}`, `I[${from} + ${k}]!`] as const))
    .filter(([word]) => new RegExp(`\\b${word}\\b`).test(text))
    .map(([word, source]) => `const ${word} = ${source};`)
    .join(' ');
}

/** A vector of integer lanes: `statements(i)` leaves lane i's value in the text it returns last. */
function integerVector(bits: Bits, laneText: (index: number) => { before: string; value: string }): string {
  const perWord = 32 / bits;
  const words = WORDS.map((k) => {
    if (bits === 32) {
      const { before, value } = laneText(k);
      return `${before}I[c + ${k}] = ${value};`;
    }
    const parts = Array.from({ length: perWord }, (_, j) => {
      const { before, value } = laneText(k * perWord + j);
      const isTop = j === perWord - 1;
      const placed = isTop ? `(${value}) << ${j * bits}` : `((${value}) & ${2 ** bits - 1}) << ${j * bits}`;
      return `${before}z ${j === 0 ? '=' : '|='} ${placed.replace(/ << 0$/, '')};`;
    });
    return `${parts.join(' ')} I[c + ${k}] = z;`;
  });
  const body = words.join('\n    ');
  return `${reads(body)}\n    ${body}`;
}

/** Puts expressions for `x` and `y` into a lane text: through temporaries where it names one twice. */
function bind(text: string, operands: Readonly<Record<string, string>>): { before: string; value: string } {
  let before = '';
  let value = text;
  for (const [name, expression] of Object.entries(operands)) {
    const pattern = new RegExp(`\\b${name}\\b`, 'g');
    if ((text.match(pattern)?.length ?? 0) > 1 && !/^\w+$/.test(expression)) before += `${name} = ${expression}; `;
    else value = value.replace(pattern, expression);
  }
  return { before, value };
}

/** Lane by lane from the same lanes of the operands. */
function laneWise(bits: Bits, sign: Sign, text: string): string {
  return integerVector(bits, (i) => bind(text, { x: lane('x', bits, i, sign), y: lane('y', bits, i, sign) }));
}

/** Word by word: for whole vectors, and for narrow lanes kept from each other by masks. */
function wordWise(text: string): string {
  return integerVector(32, (k) => bind(text, { x: `x${k}`, y: `y${k}`, z: `z${k}` }));
}

// Integers.

const same = ['eq', 'ne'] as const;
const compared: Texts = {
  eq: 'x === y ? -1 : 0',
  ne: 'x !== y ? -1 : 0',
  lt: 'x < y ? -1 : 0',
  gt: 'x > y ? -1 : 0',
  le: 'x <= y ? -1 : 0',
  ge: 'x >= y ? -1 : 0',
};
const chosen: Texts = { min: 'x < y ? x : y', max: 'x > y ? x : y' };

/** Words compared as unsigned: with their top bits flipped, small integers stay small. */
const flipped = (text: string) => text.replace(/^x (\S+) y/, '(x ^ -2147483648) $1 (y ^ -2147483648)');

/** Comparisons, `min` and `max`: alike in all shapes but i64x2. */
function orderOps(shape: string, bits: Bits): VectorOp[] {
  const both = Object.entries({ ...compared, ...chosen }).filter(([name]) => !same.includes(name as 'eq'));
  const unsigned = bits === 32 ? flipped : (text: string) => text;
  return [
    ...same.map((name) => ({ name: `${shape}.${name}`, body: laneWise(bits, 'u', compared[name]!) })),
    ...both.map(([name, text]) => ({ name: `${shape}.${name}_s`, body: laneWise(bits, 's', text) })),
    ...both.map(([name, text]) => ({ name: `${shape}.${name}_u`, body: laneWise(bits, 'u', unsigned(text)) })),
  ];
}

/** The top bits of a word's narrow lanes, and the other bits. */
const TOPS = { 8: '-2139062144', 16: '-2147450880' } as const;
const RESTS = { 8: '0x7f7f7f7f', 16: '0x7fff7fff' } as const;

/** Sums and differences of narrow lanes within a word: top bits apart, so that nothing carries over. */
const narrowSum = (bits: 8 | 16) => `((x & ${RESTS[bits]}) + (y & ${RESTS[bits]})) ^ ((x ^ y) & ${TOPS[bits]})`;
const narrowDifference = (bits: 8 | 16) => `((x | ${TOPS[bits]}) - (y & ${RESTS[bits]})) ^ ((x ^ ~y) & ${TOPS[bits]})`;
const narrowNegation = (bits: 8 | 16) => `(${TOPS[bits]} - (x & ${RESTS[bits]})) ^ (~x & ${TOPS[bits]})`;

const clamped = (value: string, low: number, high: number) =>
  `(s = ${value}) < ${low} ? ${low} : s > ${high} ? ${high} : s`;

function narrowOps(shape: string, bits: 8 | 16): VectorOp[] {
  const max = 2 ** (bits - 1) - 1;
  const texts: Readonly<Record<string, readonly [Sign, string]>> = {
    add_sat_s: ['s', clamped('x + y', -max - 1, max)],
    add_sat_u: ['u', clamped('x + y', 0, 2 * max + 1)],
    sub_sat_s: ['s', clamped('x - y', -max - 1, max)],
    sub_sat_u: ['u', 'x > y ? x - y : 0'],
    avgr_u: ['u', '(x + y + 1) >> 1'],
    abs: ['s', 'x < 0 ? -x : x'],
  };
  return [
    { name: `${shape}.splat`, body: splat(bits) },
    { name: `${shape}.add`, body: wordWise(narrowSum(bits)) },
    { name: `${shape}.sub`, body: wordWise(narrowDifference(bits)) },
    { name: `${shape}.neg`, body: wordWise(narrowNegation(bits)) },
    ...Object.entries(texts).map(([name, [sign, text]]) => ({
      name: `${shape}.${name}`,
      body: laneWise(bits, sign, text),
    })),
  ];
}

function shiftOps(shape: string, bits: 8 | 16): VectorOp[] {
  const counted = (sign: Sign, text: string) => `s = I[b]! & ${bits - 1};\n    ${laneWise(bits, sign, text)}`;
  return [
    { name: `${shape}.shl`, body: counted('u', 'x << s') },
    { name: `${shape}.shr_s`, body: counted('s', 'x >> s') },
    { name: `${shape}.shr_u`, body: counted('u', 'x >>> s') },
  ];
}

/** A 1 in each lane of a word. */
const LANE_ONES = { 8: 0x01010101, 16: 0x00010001, 32: 0 } as const;

/**
 * `all_true`: subtracting 1 from each lane turns on a top bit that was clear if a lane is 0, and only then:
 * what a lane borrows from the next one, only a 0 can have caused.
 */
function allTrue(bits: Bits): string {
  const ones = LANE_ONES[bits];
  const hasZero = (k: number) =>
    bits === 32 ? `x${k} === 0` : `((x${k} - ${ones}) & ~x${k} & ${(ones << (bits - 1)) | 0}) !== 0`;
  const text = `I[c] = ${WORDS.map(hasZero).join(' || ')} ? 0 : 1;`;
  return `${reads(text)}\n    ${text}`;
}

/** `bitmask`: the lanes' top bits; those of a word's bytes meet in its top four bits by one multiplication. */
function bitmask(bits: Bits): string {
  const ofWord = {
    8: (k: number) => `(Math.imul((x${k} >>> 7) & 0x01010101, 0x10204080) >>> 28)`,
    16: (k: number) => `(((x${k} >>> 15) & 1) | ((x${k} >>> 30) & 2))`,
    32: (k: number) => `(x${k} >>> 31)`,
  }[bits];
  const text = `I[c] = ${WORDS.map((k) => `(${ofWord(k)} << ${(k * 32) / bits})`).join(' | ')};`;
  return `${reads(text)}\n    ${text}`;
}

function splat(bits: 8 | 16): string {
  const spread = { 8: 'Math.imul(I[a]! & 0xff, 0x01010101)', 16: 'Math.imul(I[a]! & 0xffff, 0x00010001)' };
  return `z = ${spread[bits]};\n    ${WORDS.map((k) => `I[c + ${k}] = z;`).join(' ')}`;
}

const integerShapes = [
  ['i8x16', 8],
  ['i16x8', 16],
  ['i32x4', 32],
] as const;

/** What every shape of up to 32 bits has. */
const commonIntegerOps: readonly VectorOp[] = integerShapes.flatMap(([shape, bits]) => [
  ...orderOps(shape, bits),
  ...(bits === 32 ? [] : [...shiftOps(shape, bits), ...narrowOps(shape, bits)]),
  { name: `${shape}.all_true`, body: allTrue(bits) },
  { name: `${shape}.bitmask`, body: bitmask(bits) },
]);

/** From a shape's lanes to lanes twice as wide. */
function wideningOps(shape: string, bits: 16 | 32, half: string): VectorOp[] {
  const from = (bits / 2) as 8 | 16;
  const count = 128 / bits;
  const source = (v: string, i: number, sign: Sign) => lane(v, from, i, sign);
  const product = (i: number, sign: Sign) => `Math.imul(${source('x', i, sign)}, ${source('y', i, sign)})`;
  const make = (text: (i: number) => string) => integerVector(bits, (i) => ({ before: '', value: text(i) }));
  return (['s', 'u'] as const).flatMap((sign) => [
    { name: `${shape}.extend_low_${half}_${sign}`, body: make((i) => source('x', i, sign)) },
    { name: `${shape}.extend_high_${half}_${sign}`, body: make((i) => source('x', i + count, sign)) },
    { name: `${shape}.extmul_low_${half}_${sign}`, body: make((i) => product(i, sign)) },
    { name: `${shape}.extmul_high_${half}_${sign}`, body: make((i) => product(i + count, sign)) },
    {
      name: `${shape}.extadd_pairwise_${half}_${sign}`,
      body: make((i) => `${source('x', 2 * i, sign)} + ${source('x', 2 * i + 1, sign)}`),
    },
  ]);
}

/** Two vectors' lanes, saturated to half the width; the operands are signed either way. */
function narrowing(bits: 8 | 16, sign: Sign): string {
  const from = (bits * 2) as 16 | 32;
  const perOperand = 128 / from;
  const [low, high] = sign === 's' ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  return integerVector(bits, (i) => ({
    before: '',
    value: clamped(i < perOperand ? lane('x', from, i, 's') : lane('y', from, i - perOperand, 's'), low, high),
  }));
}

/** `text(k)`: word k of the result. */
const words = (text: (k: number) => string) => integerVector(32, (k) => ({ before: '', value: text(k) }));

/** The sum of two products of neighbouring signed lanes: of halves of a word, or of bytes of half a word. */
const dotPair = (bits: 8 | 16, first: number) =>
  [first, first + 1].map((i) => `Math.imul(${lane('x', bits, i, 's')}, ${lane('y', bits, i, 's')})`).join(' + ');

/** The dot product of two signed bytes each, saturated to 16 bits: only -128 · -128 twice is too much. */
const dotBytes = (i: number) => `Math.min(${dotPair(8, 2 * i)}, 32767)`;

/** Byte `s` of `a`, 0 from 16 on. */
const SWIZZLED = '(s < 16 ? (I[a + (s >>> 2)]! >>> ((s & 3) << 3)) & 0xff : 0)';

/** All lanes are picked before any is written. */
function swizzle(): string {
  const picked = WORDS.map((k) => {
    const parts = [0, 1, 2, 3].map((j) => {
      const place = `s = ${lane('y', 8, 4 * k + j, 'u')}; `;
      return `${place}z${k} ${j === 0 ? '=' : '|='} ${SWIZZLED}${j === 0 ? '' : ` << ${8 * j}`};`;
    });
    return `let z${k} = 0; ${parts.join(' ')}`;
  });
  const text = picked.join('\n    ');
  const indices = WORDS.map((k) => `const y${k} = I[b + ${k}]!;`).join(' ');
  return `${indices}\n    ${text}\n    ${WORDS.map((k) => `I[c + ${k}] = z${k};`).join(' ')}`;
}

const integerBodies = {
  'v128.any_true': 'I[c] = (I[a]! | I[a + 1]! | I[a + 2]! | I[a + 3]!) !== 0 ? 1 : 0;',
  'i8x16.swizzle': swizzle(),
  'i8x16.popcnt': wordWise('i8x4Popcnt(x)'),
  'i8x16.narrow_i16x8_s': narrowing(8, 's'),
  'i8x16.narrow_i16x8_u': narrowing(8, 'u'),
  'i16x8.narrow_i32x4_s': narrowing(16, 's'),
  'i16x8.narrow_i32x4_u': narrowing(16, 'u'),
  'i16x8.mul': laneWise(16, 'u', 'Math.imul(x, y)'),
  'i16x8.q15mulr_sat_s': laneWise(16, 's', '(s = (Math.imul(x, y) + 0x4000) >> 15) > 32767 ? 32767 : s'),
  'i32x4.neg': wordWise('0 - x'),
  'i32x4.abs': wordWise('x < 0 ? -x : x'),
  'i32x4.dot_i16x8_s': words((k) => dotPair(16, 2 * k)),
  'i16x8.relaxed_dot_i8x16_i7x16_s': integerVector(16, (i) => ({ before: '', value: dotBytes(i) })),
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': words((k) => `${dotBytes(2 * k)} + ${dotBytes(2 * k + 1)} + z${k}`),
} satisfies Partial<Record<MnemonicOf<'simd' | 'relaxed-simd'>, string>>;

// i64x2: by the numerics on pairs of words.

const PAIRS = [0, 2];
const pairs = (text: (at: string) => string) => PAIRS.map((k) => text(k === 0 ? '' : ` + ${k}`)).join(' ');

const i64x2Binary = (name: string) => pairs((k) => `${name}(I, c${k}, a${k}, b${k});`);
const i64x2Shift = (name: string) => `s = I[b]!; ${pairs((k) => `${name}(I, c${k}, a${k}, s);`)}`;

function i64x2Compare(name: string): string {
  const compare = (k: number) => `${name}(x${k}, x${k + 1}, y${k}, y${k + 1})`;
  const text = PAIRS.map((k) => `z = -${compare(k)} | 0; I[c + ${k}] = z; I[c + ${k + 1}] = z;`).join('\n    ');
  return `${reads(text)}\n    ${text}`;
}

function i64x2Extend(from: 0 | 2, sign: Sign): string {
  const high = (word: string) => (sign === 's' ? `${word} >> 31` : '0');
  const [x, y] = [`x${from}`, `x${from + 1}`];
  const text = `I[c] = ${x}; I[c + 1] = ${high(x)}; I[c + 2] = ${y}; I[c + 3] = ${high(y)};`;
  return `${reads(text)}\n    ${text}`;
}

function i64x2Extmul(from: 0 | 2, sign: Sign): string {
  const multiply = sign === 's' ? 'i64ExtmulS' : 'i64ExtmulU';
  const text = `${multiply}(I, c, x${from}, y${from}); ${multiply}(I, c + 2, x${from + 1}, y${from + 1});`;
  return `${reads(text)}\n    ${text}`;
}

/** −x and |x|: of the words of one lane. */
function i64x2Negate(isAbs: boolean): string {
  return PAIRS.map((k) => {
    const negate = `I[c + ${k}] = 0 - x; I[c + ${k + 1}] = ~y + (x === 0 ? 1 : 0);`;
    const keep = `I[c + ${k}] = x; I[c + ${k + 1}] = y;`;
    const read = `x = I[a + ${k}]!; y = I[a + ${k + 1}]!;`;
    return isAbs ? `${read} if (y < 0) { ${negate} } else { ${keep} }` : `${read} ${negate}`;
  }).join('\n    ');
}

const i64x2Bodies = {
  'i64x2.mul': i64x2Binary('i64Mul'),
  'i64x2.shl': i64x2Shift('i64ShlBy'),
  'i64x2.shr_s': i64x2Shift('i64ShrSBy'),
  'i64x2.shr_u': i64x2Shift('i64ShrUBy'),
  'i64x2.eq': i64x2Compare('i64Eq'),
  'i64x2.ne': i64x2Compare('i64Ne'),
  'i64x2.lt_s': i64x2Compare('i64LtS'),
  'i64x2.gt_s': i64x2Compare('i64GtS'),
  'i64x2.le_s': i64x2Compare('i64LeS'),
  'i64x2.ge_s': i64x2Compare('i64GeS'),
  'i64x2.neg': i64x2Negate(false),
  'i64x2.abs': i64x2Negate(true),
  'i64x2.all_true': 'I[c] = (I[a]! | I[a + 1]!) !== 0 && (I[a + 2]! | I[a + 3]!) !== 0 ? 1 : 0;',
  'i64x2.bitmask': 'I[c] = (I[a + 1]! >>> 31) | ((I[a + 3]! >>> 31) << 1);',
  'i64x2.extend_low_i32x4_s': i64x2Extend(0, 's'),
  'i64x2.extend_high_i32x4_s': i64x2Extend(2, 's'),
  'i64x2.extend_low_i32x4_u': i64x2Extend(0, 'u'),
  'i64x2.extend_high_i32x4_u': i64x2Extend(2, 'u'),
  'i64x2.extmul_low_i32x4_s': i64x2Extmul(0, 's'),
  'i64x2.extmul_high_i32x4_s': i64x2Extmul(2, 's'),
  'i64x2.extmul_low_i32x4_u': i64x2Extmul(0, 'u'),
  'i64x2.extmul_high_i32x4_u': i64x2Extmul(2, 'u'),
  'i64x2.splat': 'x = I[a]!; y = I[a + 1]!;\n    I[c] = x; I[c + 1] = y; I[c + 2] = x; I[c + 3] = y;',
} satisfies Partial<Record<MnemonicOf<'simd'>, string>>;

// Floats. Arithmetic makes any NaN the canonical one; everything else moves words.

interface FloatShape {
  readonly shape: 'f32x4' | 'f64x2';
  readonly lanes: readonly number[];
  /** Lane k of a vector as a number. */
  at(v: string, k: number): string;
  /** Writes the number `u` to lane k of the result. */
  write(k: number): string;
  /** Writes lane k of the result as words, each from the words of lane k of `a` (x) and `b` (y). */
  lastWord(k: number): number;
}

const offset = (v: string, k: number) => (k === 0 ? v : `${v} + ${k}`);
const f32x4: FloatShape = {
  shape: 'f32x4',
  lanes: WORDS,
  at: (v, k) => `S[${offset(v, k)}]!`,
  write: (k) => `S[${offset('c', k)}] = u; if (u !== u) I[${offset('c', k)}] = 0x7fc00000;`,
  lastWord: (k) => k,
};
const f64x2: FloatShape = {
  shape: 'f64x2',
  lanes: [0, 1],
  at: (v, k) => `F[${offset(`(${v} >> 1)`, k)}]!`,
  write: (k) =>
    `F[${offset('(c >> 1)', k)}] = u; if (u !== u) { I[${offset('c', 2 * k)}] = 0; I[c + ${2 * k + 1}] = 0x7ff80000; }`,
  lastWord: (k) => 2 * k + 1,
};

const floatArithmetic: Texts = {
  min: 'Math.min(x, y)',
  max: 'Math.max(x, y)',
  sqrt: 'Math.sqrt(x)',
  ceil: 'Math.ceil(x)',
  floor: 'Math.floor(x)',
  trunc: 'Math.trunc(x)',
  nearest: 'f64Nearest(x)',
};
const floatCompared: Texts = { eq: '===', ne: '!==', lt: '<', gt: '>', le: '<=', ge: '>=' };
/** Pseudo-minimum and -maximum: one operand as it is. */
const floatChosen: Texts = { pmin: 'y < x', pmax: 'x < y' };

function floatOps({ shape, lanes, at, write, lastWord }: FloatShape): VectorOp[] {
  const perLane = (text: (k: number) => string) => lanes.map(text).join('\n    ');
  const operands = (k: number) => ({ x: at('a', k), y: at('b', k), z: at('d', k) });
  const wordsOf = (k: number) => (shape === 'f32x4' ? [k] : [2 * k, 2 * k + 1]);
  const test = (text: string, k: number) => bind(text, operands(k)).value;
  const signed = (text: (word: string) => string) =>
    perLane((k) =>
      wordsOf(k)
        .map((w) => `I[c + ${w}] = ${w === lastWord(k) ? text(`I[a + ${w}]!`) : `I[a + ${w}]!`};`)
        .join(' '),
    );
  const arithmetic = (text: string) => perLane((k) => `u = ${test(text, k)}; ${write(k)}`);
  const fused = shape === 'f32x4' ? 'f32Fma' : 'f64Fma';
  return [
    ...Object.entries(floatArithmetic).map(([name, text]) => ({ name: `${shape}.${name}`, body: arithmetic(text) })),
    ...Object.entries(floatCompared).map(([name, sign]) => ({
      name: `${shape}.${name}`,
      body: perLane(
        (k) =>
          `z = ${test(`x ${sign} y`, k)} ? -1 : 0; ${wordsOf(k)
            .map((w) => `I[c + ${w}] = z;`)
            .join(' ')}`,
      ),
    })),
    ...Object.entries(floatChosen).map(([name, text]) => ({
      name: `${shape}.${name}`,
      body: perLane(
        (k) =>
          `z = ${test(text, k)} ? b : a; ${wordsOf(k)
            .map((w) => `I[c + ${w}] = I[z + ${w}]!;`)
            .join(' ')}`,
      ),
    })),
    { name: `${shape}.abs`, body: signed((word) => `${word} & 0x7fffffff`) },
    { name: `${shape}.neg`, body: signed((word) => `${word} ^ -2147483648`) },
    { name: `${shape}.relaxed_madd`, body: arithmetic(`${fused}(x, y, z)`) },
    { name: `${shape}.relaxed_nmadd`, body: arithmetic(`${fused}(-x, y, z)`) },
  ];
}

/** From the two lanes of an f64x2 to i32 lanes, the others zero. */
const fromF64x2 = (convert: string) =>
  `x = ${convert}(F[a >> 1]!); y = ${convert}(F[(a >> 1) + 1]!);
    I[c] = x; I[c + 1] = y; I[c + 2] = 0; I[c + 3] = 0;`;

const toF64x2 = (text: (word: string) => string) => `const x0 = I[a]!; const x1 = I[a + 1]!;
    F[c >> 1] = ${text('x0')}; F[(c >> 1) + 1] = ${text('x1')};`;

const conversionBodies = {
  'i32x4.trunc_sat_f32x4_s': WORDS.map((k) => `I[c + ${k}] = i32TruncSatS(S[a + ${k}]!);`).join(' '),
  'i32x4.trunc_sat_f32x4_u': WORDS.map((k) => `I[c + ${k}] = i32TruncSatU(S[a + ${k}]!);`).join(' '),
  'i32x4.trunc_sat_f64x2_s_zero': fromF64x2('i32TruncSatS'),
  'i32x4.trunc_sat_f64x2_u_zero': fromF64x2('i32TruncSatU'),
  'f32x4.convert_i32x4_s': WORDS.map((k) => `S[c + ${k}] = I[a + ${k}]!;`).join(' '),
  'f32x4.convert_i32x4_u': WORDS.map((k) => `S[c + ${k}] = I[a + ${k}]! >>> 0;`).join(' '),
  'f64x2.convert_low_i32x4_s': toF64x2((word) => word),
  'f64x2.convert_low_i32x4_u': toF64x2((word) => `${word} >>> 0`),
  'f32x4.demote_f64x2_zero': `u = F[a >> 1]!; const second = F[(a >> 1) + 1]!;
    ${f32x4.write(0)}
    u = second; ${f32x4.write(1)}
    I[c + 2] = 0; I[c + 3] = 0;`,
  'f64x2.promote_low_f32x4': `u = S[a]!; const second = S[a + 1]!;
    ${f64x2.write(0)}
    u = second; ${f64x2.write(1)}`,
} satisfies Partial<Record<MnemonicOf<'simd'>, string>>;

const listed = (bodies: Readonly<Record<string, string>>): VectorOp[] =>
  Object.entries(bodies).map(([name, body]) => ({ name, body }));

/** Every operation whose handler is generated. */
export const vectorOps: readonly VectorOp[] = [
  ...commonIntegerOps,
  ...wideningOps('i16x8', 16, 'i8x16'),
  ...wideningOps('i32x4', 32, 'i16x8'),
  ...listed(integerBodies),
  ...listed(i64x2Bodies),
  ...floatOps(f32x4),
  ...floatOps(f64x2),
  ...listed(conversionBodies),
];
