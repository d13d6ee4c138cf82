/**
 * THE table of slot operations: what lowered code consists of (docs/bytecode.md explains the operands).
 * scripts/gen-loop.mjs turns it into the dispatch loop, with literal labels; lowering looks numbers up
 * by name (slot-numbers.ts), so that this table is not part of the program. Operations whose handlers
 * stand in cold/ are listed there, by name only.
 *
 * In a body: `A`, `B`, `C` are the word indices `fp + n.a` …; `X`, `Y` the i32 operands (`Y` is `n.b`
 * in the immediate form); x y z w u v ea f e are the loop's temporaries. A body that falls through goes
 * on with `n.next`; `TRAP(kind)` leaves with a trap; `SLOW` lets the cold path do the access; `TAKE` takes
 * the branch; `continue` and `break` are the loop's.
 */
import type { MnemonicWith } from '../syntax/index.ts';
import { LONG_OPERATION } from './fiber.ts';
import { pairNames } from './slot-pairs.gen.ts';
import type { HotVectorName } from './vector-names.ts';

/** Lowered to another operation with the constant negated: there is no form with an immediate. */
const negatedForms = ['i32.sub', 'i32.rotr', 'i64.sub', 'i64.rotr', 'f32.sub', 'f64.sub'];

/** The form of an operation with an immediate, where it has one. */
function immediate(name: string, doc: string, body: string, halves?: string): SlotOp[] {
  return negatedForms.includes(name) ? [] : [op(`${name}_i`, doc, body, halves)];
}

/** Operations on i32 whose result is an i32: forms `op` (registers) and `op_i` (right operand immediate). */
const i32Binary = {
  'i32.add': '(X + Y) | 0',
  'i32.sub': '(X - Y) | 0',
  'i32.mul': 'Math.imul(X, Y)',
  'i32.and': 'X & Y',
  'i32.or': 'X | Y',
  'i32.xor': 'X ^ Y',
  'i32.shl': 'X << Y',
  'i32.shr_s': 'X >> Y',
  'i32.shr_u': 'X >>> Y',
  'i32.rotl': '(X << Y) | (X >>> -Y)',
  'i32.rotr': '(X >>> Y) | (X << -Y)',
} as const satisfies Partial<Record<MnemonicWith<'[i32 i32] -> [i32]'>, string>>;

/**
 * Two steps in one: the first one's result is an operand of the second and of nothing else. The second
 * takes its other operand from `d`, an immediate for `_i`, else a register. Chosen by how often they occur
 * in real programs and by the chains of loops over tables; 0.75× on crc32 (measured).
 */
const i32Chains = [
  ['i32.xor', 'i32.and_i'],
  ['i32.and_i', 'i32.shl_i'],
  ['i32.shr_u_i', 'i32.and_i'],
  ['i32.add', 'i32.add_i'],
  ['i32.shl_i', 'i32.add'],
  ['i32.mul', 'i32.add'],
  ['i32.mul_i', 'i32.add'],
  ['i32.shl_i', 'i32.or'],
  ['i32.shl_i', 'i32.xor'],
  ['i32.shr_u_i', 'i32.xor'],
  ['i32.and_i', 'i32.or'],
] as const;

/**
 * Comparisons of i32: forms `op`, `op_i` (value), `br_op`, `br_op_i` (branch when true). `gt` and `le` are lowered to
 * these. The xor keeps unsigned comparison within small integers, which hosts without JIT do not box.
 */
const i32Compare = {
  'i32.eq': 'X === Y',
  'i32.ne': 'X !== Y',
  'i32.lt_s': 'X < Y',
  'i32.lt_u': '(X ^ -2147483648) < (Y ^ -2147483648)',
  'i32.ge_s': 'X >= Y',
  'i32.ge_u': '(X ^ -2147483648) >= (Y ^ -2147483648)',
} as const satisfies Partial<Record<MnemonicWith<'[i32 i32] -> [i32]'>, string>>;

/** 1 where `left` is less than `right`, unsigned; as in `i32Compare`. */
const less = (left: string, right: string) => `((${left} ^ -2147483648) < (${right} ^ -2147483648) ? 1 : 0)`;

/**
 * On i64: the sign for the BigInt view, a third faster than halves under V8 (docs/rationale.md); and what to do with
 * halves, x y the left operand's lo hi, z w the right one's.
 */
const i64Binary = {
  'i64.add': ['+', `s = (x + z) | 0; I[C] = s; I[C + 1] = (y + w + ${less('s', 'x')}) | 0;`],
  'i64.sub': ['-', `I[C] = (x - z) | 0; I[C + 1] = (y - w - ${less('x', 'z')}) | 0;`],
  'i64.mul': [
    '*',
    // The high word of x times z, by limbs of 16 bits.
    `ea = Math.imul(x >>> 16, z & 65535); s = Math.imul(x & 65535, z >>> 16);
      I[C] = Math.imul(x, z);
      I[C + 1] = ((((Math.imul(x & 65535, z & 65535) >>> 16) + (ea & 65535) + (s & 65535)) >> 16) + (ea >>> 16) + (s >>> 16) +
        Math.imul(x >>> 16, z >>> 16) + Math.imul(x, w) + Math.imul(y, z)) | 0;`,
  ],
  'i64.and': ['&', 'I[C] = x & z; I[C + 1] = y & w;'],
  'i64.or': ['|', 'I[C] = x | z; I[C + 1] = y | w;'],
  'i64.xor': ['^', 'I[C] = x ^ z; I[C + 1] = y ^ w;'],
} as const satisfies Partial<Record<MnemonicWith<'[i64 i64] -> [i64]'>, readonly [string, string]>>;

/** On i64 halves: x y = lo hi of the left operand, s = the count modulo 64. */
const i64Shift = {
  'i64.shl': `if (s === 0) { I[C] = x; I[C + 1] = y; } else if (s < 32) { I[C] = x << s; I[C + 1] = (y << s) | (x >>> (32 - s)); }
      else { I[C] = 0; I[C + 1] = x << (s - 32); }`,
  'i64.shr_s': `if (s === 0) { I[C] = x; I[C + 1] = y; } else if (s < 32) { I[C] = (x >>> s) | (y << (32 - s)); I[C + 1] = y >> s; }
      else { I[C] = y >> (s - 32); I[C + 1] = y >> 31; }`,
  'i64.shr_u': `if (s === 0) { I[C] = x; I[C + 1] = y; } else if (s < 32) { I[C] = (x >>> s) | (y << (32 - s)); I[C + 1] = y >>> s; }
      else { I[C] = y >>> (s - 32); I[C + 1] = 0; }`,
  'i64.rotl': `if (s >= 32) { z = x; x = y; y = z; s -= 32; }
      if (s === 0) { I[C] = x; I[C + 1] = y; } else { I[C] = (x << s) | (y >>> (32 - s)); I[C + 1] = (y << s) | (x >>> (32 - s)); }`,
  'i64.rotr': `if (s >= 32) { z = x; x = y; y = z; s -= 32; }
      if (s === 0) { I[C] = x; I[C + 1] = y; } else { I[C] = (x >>> s) | (y << (32 - s)); I[C + 1] = (y >>> s) | (x << (32 - s)); }`,
} as const satisfies Partial<Record<MnemonicWith<'[i64 i64] -> [i64]'>, string>>;

/** Comparisons of i64 halves: x y the left operand's lo hi, z w the right one's. */
const i64Compare = {
  'i64.eq': 'x === z && y === w',
  'i64.ne': 'x !== z || y !== w',
  'i64.lt_s': 'y < w || (y === w && (x ^ -2147483648) < (z ^ -2147483648))',
  'i64.lt_u': '(y ^ -2147483648) < (w ^ -2147483648) || (y === w && (x ^ -2147483648) < (z ^ -2147483648))',
  'i64.ge_s': 'y > w || (y === w && (x ^ -2147483648) >= (z ^ -2147483648))',
  'i64.ge_u': '(y ^ -2147483648) > (w ^ -2147483648) || (y === w && (x ^ -2147483648) >= (z ^ -2147483648))',
} as const satisfies Partial<Record<MnemonicWith<'[i64 i64] -> [i32]'>, string>>;

const floatArithmetic = { add: '+', sub: '-', mul: '*', div: '/' } as const;
const floatCompare = { eq: '===', ne: '!==', lt: '<', ge: '>=' } as const;

/** As `i32Chains`, of floats: what sums of products consist of; 0.82× on mandelbrot (measured). */
const floatChains = [
  ['mul', 'add'],
  ['mul', 'sub'],
  ['mul', 'mul'],
  ['add', 'add'],
  ['add', 'mul'],
  ['sub', 'add'],
  ['sub', 'mul'],
  ['mul_i', 'add'],
  ['mul_i', 'mul'],
] as const;

/** Writes a float result and makes any NaN the canonical one: the same bits on every host. */
const f64Result = 'F[C >> 1] = u; if (u !== u) { I[C] = 0; I[C + 1] = 0x7ff80000; }';
const f32Result = 'S[C] = u; if (u !== u) I[C] = 0x7fc00000;';

/** One operand and bodies of their own. Floats move as words: a host may change a NaN that it touches. */
const unary = {
  'i32.eqz': 'I[C] = I[A] === 0 ? 1 : 0;',
  'i32.clz': 'I[C] = Math.clz32(I[A]);',
  'i32.ctz': 'x = I[A]; I[C] = x === 0 ? 32 : 31 - Math.clz32(x & -x);',
  'i32.extend8_s': 'I[C] = (I[A] << 24) >> 24;',
  'i32.extend16_s': 'I[C] = (I[A] << 16) >> 16;',
  'i64.eqz': 'I[C] = (I[A] | I[A + 1]) === 0 ? 1 : 0;',
  'i64.extend8_s': 'x = (I[A] << 24) >> 24; I[C] = x; I[C + 1] = x >> 31;',
  'i64.extend16_s': 'x = (I[A] << 16) >> 16; I[C] = x; I[C + 1] = x >> 31;',
  'i64.extend32_s': 'x = I[A]; I[C] = x; I[C + 1] = x >> 31;',
  'i64.extend_i32_s': 'x = I[A]; I[C] = x; I[C + 1] = x >> 31;',
  'i64.extend_i32_u': 'I[C] = I[A]; I[C + 1] = 0;',
  'f32.abs': 'I[C] = I[A] & 0x7fffffff;',
  'f32.neg': 'I[C] = I[A] ^ -2147483648;',
  'f32.sqrt': `u = Math.sqrt(S[A]); ${f32Result}`,
  'f64.abs': 'I[C] = I[A]; I[C + 1] = I[A + 1] & 0x7fffffff;',
  'f64.neg': 'I[C] = I[A]; I[C + 1] = I[A + 1] ^ -2147483648;',
  'f64.sqrt': `u = Math.sqrt(F[A >> 1]); ${f64Result}`,
  'f32.convert_i32_s': 'S[C] = I[A];',
  'f32.convert_i32_u': 'S[C] = I[A] >>> 0;',
  'f64.convert_i32_s': 'F[C >> 1] = I[A];',
  'f64.convert_i32_u': 'F[C >> 1] = I[A] >>> 0;',
  'f64.promote_f32': `u = S[A]; ${f64Result}`,
  'f32.demote_f64': `u = F[A >> 1]; ${f32Result}`,
} as const;

/** Loads from memory 0 with 32-bit addresses: the bytes they touch and what they do at `ea`. */
const loads = {
  'i32.load': [4, 'I[C] = DV.getInt32(ea, true);'],
  'i32.load8_s': [1, 'I[C] = (U8[ea] << 24) >> 24;'],
  'i32.load8_u': [1, 'I[C] = U8[ea];'],
  'i32.load16_s': [2, 'I[C] = DV.getInt16(ea, true);'],
  'i32.load16_u': [2, 'I[C] = DV.getUint16(ea, true);'],
  'i64.load8_s': [1, 'x = (U8[ea] << 24) >> 24; I[C] = x; I[C + 1] = x >> 31;'],
  'i64.load8_u': [1, 'I[C] = U8[ea]; I[C + 1] = 0;'],
  'i64.load16_s': [2, 'x = DV.getInt16(ea, true); I[C] = x; I[C + 1] = x >> 31;'],
  'i64.load16_u': [2, 'I[C] = DV.getUint16(ea, true); I[C + 1] = 0;'],
  'i64.load32_s': [4, 'x = DV.getInt32(ea, true); I[C] = x; I[C + 1] = x >> 31;'],
  'i64.load32_u': [4, 'I[C] = DV.getInt32(ea, true); I[C + 1] = 0;'],
  'v128.load': [
    16,
    `I[C] = DV.getInt32(ea, true); I[C + 1] = DV.getInt32(ea + 4, true);
      I[C + 2] = DV.getInt32(ea + 8, true); I[C + 3] = DV.getInt32(ea + 12, true);`,
  ],
} as const;

/** Stores: what they write at `ea`; forms `op` (value in register b) and, for i32, `op_i` (value `n.b`). */
const stores = {
  'i32.store': [4, 'DV.setInt32(ea, Y, true);'],
  'i32.store8': [1, 'U8[ea] = Y;'],
  'i32.store16': [2, 'DV.setInt16(ea, Y, true);'],
} as const;

/** On vectors word by word: X, Y and W the words of the operands, `s` a shift count. */
const vectorWords = {
  'v128.not': '~X',
  'v128.and': 'X & Y',
  'v128.andnot': 'X & ~Y',
  'v128.or': 'X | Y',
  'v128.xor': 'X ^ Y',
  'v128.bitselect': '(X & W) | (Y & ~W)',
  'i32x4.add': 'X + Y',
  'i32x4.sub': 'X - Y',
  'i32x4.mul': 'Math.imul(X, Y)',
  'i32x4.shl': 'X << s',
  'i32x4.shr_s': 'X >> s',
  'i32x4.shr_u': 'X >>> s',
} as const satisfies Partial<Record<HotVectorName, string>>;

/** Lane by lane through the views of 64-bit integers and floats. */
const vectorLanes = {
  i64x2: { add: '+', sub: '-' },
  f32x4: floatArithmetic,
  f64x2: floatArithmetic,
} as const;

/** How a hot operation is described in documents and built in the loop. */
export interface SlotOp {
  readonly name: string;
  /** Meaning, in assignment notation, for docs/bytecode.md. */
  readonly doc: string;
  readonly body: string;
  /** The body for hosts where 64-bit integers are slow; absent where `body` needs none. */
  readonly halves?: string | undefined;
}

function op(name: string, doc: string, body: string, halves?: string): SlotOp {
  return { name, doc, body, halves };
}

const registerForm = (text: string) => text.replace(/X/g, 'I[A]').replace(/Y/g, 'I[B]');
const immediateForm = (text: string) => text.replace(/X/g, 'I[A]').replace(/Y/g, 'n.b');
const loadPair = 'x = I[A]; y = I[A + 1];';
const rightPair = 'z = I[B]; w = I[B + 1];';
const rightPairImmediate = 'z = n.b; w = n.d;';

/** Slots that `enter` sets to zero one by one. */
const ZEROED_SLOTS = 8;

/** Words from `x` up to `y` become zeros; `y` is even. */
function zeroWords(slot: number): string {
  if (slot === ZEROED_SLOTS) return 'I.fill(0, x, y);';
  return `if (x < y) { I[x] = 0; I[x + 1] = 0; x += 2; ${zeroWords(slot + 1)} }`;
}

function i32Ops(): SlotOp[] {
  const values = Object.entries(i32Binary).flatMap(([name, text]) => [
    op(name, `c = a ${name.slice(4)} b`, `I[C] = ${registerForm(text)};`),
    ...immediate(name, `c = a ${name.slice(4)} #b`, `I[C] = ${immediateForm(text)};`),
  ]);
  const compares = Object.entries(i32Compare).flatMap(([name, text]) => [
    op(name, `c = a ${name.slice(4)} b`, `I[C] = ${registerForm(text)} ? 1 : 0;`),
    op(`${name}_i`, `c = a ${name.slice(4)} #b`, `I[C] = ${immediateForm(text)} ? 1 : 0;`),
    op(`br_${name}`, `if a ${name.slice(4)} b goto t`, `if (${registerForm(text)}) { TAKE }`),
    op(`br_${name}_i`, `if a ${name.slice(4)} #b goto t`, `if (${immediateForm(text)}) { TAKE }`),
  ]);
  const bit = `(${immediateForm(i32Binary['i32.and'])}) !== 0`;
  return [
    ...values,
    ...compares,
    ...i32Chains.map(([first, second]) => chainOp(first, second)),
    op('br_i32.and_i', 'if a and #b goto t', `if (${bit}) { TAKE }`),
    op('brn_i32.and_i', 'if not a and #b goto t', `if (!(${bit})) { TAKE }`),
  ];
}

function i32Text(name: string): string {
  return i32Binary[name.replace(/_i$/, '') as keyof typeof i32Binary];
}

function chainOp(first: string, second: string): SlotOp {
  const inner = first.endsWith('_i') ? immediateForm(i32Text(first)) : registerForm(i32Text(first));
  const other = second.endsWith('_i') ? 'n.d' : 'I[fp + n.d]';
  const text = i32Text(second)
    .split(/\b([XY])\b/)
    .map((part) => (part === 'X' ? `(${inner})` : part === 'Y' ? other : part))
    .join('');
  return op(`${first}+${second}`, `${first}, then ${second} with d`, `I[C] = ${text};`);
}

function i64Ops(): SlotOp[] {
  const values = Object.entries(i64Binary).flatMap(([name, [sign, halves]]) => [
    op(
      name,
      `c = a ${name.slice(4)} b`,
      `B64[C >> 1] = B64[A >> 1] ${sign} B64[B >> 1];`,
      `${loadPair} ${rightPair} ${halves}`,
    ),
    ...immediate(
      name,
      `c = a ${name.slice(4)} #k`,
      `B64[C >> 1] = B64[A >> 1] ${sign} n.k;`,
      `${loadPair} ${rightPairImmediate} ${halves}`,
    ),
  ]);
  const shifts = Object.entries(i64Shift).flatMap(([name, text]) => [
    op(name, `c = a ${name.slice(4)} b`, `${loadPair} s = I[B] & 63; ${text}`),
    ...immediate(name, `c = a ${name.slice(4)} #b`, `${loadPair} s = n.b & 63; ${text}`),
  ]);
  const compares = Object.entries(i64Compare).flatMap(([name, text]) => [
    op(name, `c = a ${name.slice(4)} b`, `${loadPair} ${rightPair} I[C] = ${text} ? 1 : 0;`),
    op(`${name}_i`, `c = a ${name.slice(4)} #d:b`, `${loadPair} ${rightPairImmediate} I[C] = ${text} ? 1 : 0;`),
    op(`br_${name}`, `if a ${name.slice(4)} b goto t`, `${loadPair} ${rightPair} if (${text}) { TAKE }`),
    op(`br_${name}_i`, `if a ${name.slice(4)} #d:b goto t`, `${loadPair} ${rightPairImmediate} if (${text}) { TAKE }`),
  ]);
  const word = (k: string) => `I[C${k}] = (I[A${k}] & I[B${k}]) ^ I[fp + n.d${k}];`;
  const chain = op(
    'i64.and+i64.xor',
    'i64.and, then i64.xor with d',
    // As `i32Chains`: what hashes consist of.
    'B64[C >> 1] = (B64[A >> 1] & B64[B >> 1]) ^ B64[(fp + n.d) >> 1];',
    `${word('')} ${word(' + 1')}`,
  );
  return [...values, ...shifts, ...compares, chain];
}

/**
 * Floats have the forms of integers: registers, immediate (`k`, a number), and branches. With a NaN the opposite of
 * `lt` is not a comparison, so branches on it come in both senses (`brn_`: when not).
 */
function floatOps(): SlotOp[] {
  const f64 = (operand: string) => `F[${operand} >> 1]`;
  const f32 = (operand: string) => `S[${operand}]`;
  return [
    { type: 'f64', at: f64, rounded: (value: string) => `(${value})`, result: f64Result },
    { type: 'f32', at: f32, rounded: (value: string) => `Math.fround(${value})`, result: f32Result },
  ].flatMap(({ type, at, rounded, result }) => [
    ...Object.entries(floatArithmetic).flatMap(([name, sign]) => [
      op(`${type}.${name}`, `c = a ${sign} b`, `u = ${at('A')} ${sign} ${at('B')}; ${result}`),
      ...immediate(`${type}.${name}`, `c = a ${sign} #k`, `u = ${at('A')} ${sign} n.k; ${result}`),
    ]),
    ...floatChains.map(([first, second]) => {
      const [name, isImmediate] = first.split('_') as [keyof typeof floatArithmetic, 'i'?];
      const inner = rounded(`${at('A')} ${floatArithmetic[name]} ${isImmediate ? 'n.k' : at('B')}`);
      const text = `u = ${inner} ${floatArithmetic[second]} ${at('(fp + n.d)')}; ${result}`;
      return op(`${type}.${first}+${type}.${second}`, `${type}.${first}, then ${type}.${second} with d`, text);
    }),
    ...Object.entries(floatCompare).flatMap(([name, sign]) => {
      const test = `${at('A')} ${sign} ${at('B')}`;
      const forms = [
        op(`${type}.${name}`, `c = a ${name} b`, `I[C] = ${test} ? 1 : 0;`),
        op(`br_${type}.${name}`, `if a ${name} b goto t`, `if (${test}) { TAKE }`),
      ];
      if (name === 'eq' || name === 'ne') return forms;
      return [...forms, op(`brn_${type}.${name}`, `if not a ${name} b goto t`, `if (!(${test})) { TAKE }`)];
    }),
  ]);
}

/**
 * The fast path stays in 32-bit integers: `mb` is the memory's length, at most 2^31 − 1. Addresses beyond,
 * and those out of bounds, go to the cold path (an `ea` that may pass 2^31 is a double: 1.4× slower, measured).
 */
function memoryOps(): SlotOp[] {
  const checked = (accessBytes: number, body: string) =>
    `ea = I[A]; if (ea < 0 || ea > mb - n.d - ${accessBytes}) { SLOW }
      ea += n.d; ${body}`;
  // Long operations look at the time too, on the cold path.
  const bulk = (isOut: string) => `z = I[fp + n.d]; if (z >>> 0 >= ${LONG_OPERATION} || ${isOut}) { SLOW }`;
  const copied = `x = I[A]; y = I[B]; ${bulk('x < 0 || x > mb - z || y < 0 || y > mb - z')}`;
  return [
    ...Object.entries(loads).map(([name, [accessBytes, body]]) =>
      op(name, 'c = memory0[a + #d]', checked(accessBytes, body)),
    ),
    op(
      'i64.load',
      'c = memory0[a + #d]',
      // One store: what reads f64 or i64 whole would wait for two to be done (0.87× on nbody, measured).
      checked(8, 'B64[C >> 1] = BigInt(DV.getInt32(ea + 4, true)) * TWO_32 + BigInt(DV.getInt32(ea, true) >>> 0);'),
      checked(8, 'I[C] = DV.getInt32(ea, true); I[C + 1] = DV.getInt32(ea + 4, true);'),
    ),
    ...Object.entries(stores).flatMap(([name, [accessBytes, body]]) => [
      op(name, `memory0[a + #d] = b`, checked(accessBytes, registerForm(body))),
      op(`${name}_i`, `memory0[a + #d] = #b`, checked(accessBytes, immediateForm(body))),
    ]),
    op(
      'i64.store',
      'memory0[a + #d] = b (two words)',
      checked(8, 'DV.setInt32(ea, I[B], true); DV.setInt32(ea + 4, I[B + 1], true);'),
    ),
    op(
      'v128.store',
      'memory0[a + #d] = b (four words)',
      checked(
        16,
        `DV.setInt32(ea, I[B], true); DV.setInt32(ea + 4, I[B + 1], true);
      DV.setInt32(ea + 8, I[B + 2], true); DV.setInt32(ea + 12, I[B + 3], true);`,
      ),
    ),
    op(
      'memory.copy',
      'memory0[a …] = memory0[b …], d bytes',
      `${copied} inst.memory0.copyWithin(x, y, z);`,
      `${copied} U8.copyWithin(x, y, y + z);`,
    ),
    op('memory.fill', 'memory0[a …] = b, d bytes', `x = I[A]; ${bulk('x < 0 || x > mb - z')} U8.fill(I[B], x, x + z);`),
  ];
}

function vectorDoc(name: string, text: string): string {
  const suffix = name.split('.')[1];
  if (text.includes('W')) return 'c = a where d has 1, b where it has 0';
  return /[Ys]/.test(text) ? `c = a ${suffix} b, word by word` : `c = ${suffix} a`;
}

/** One lane of `i64x2` at a word, in halves. */
function laneHalves(name: 'add' | 'sub', word: number): string {
  const [, halves] = i64Binary[`i64.${name}`];
  const pair = (low: string, high: string, at: string) =>
    `${low} = I[${at} + ${word}]; ${high} = I[${at} + ${word + 1}];`;
  const store = halves.replace(/\bC\b(?! \+)/g, `C + ${word}`).replace(/\bC \+ 1\b/g, `C + ${word + 1}`);
  return `${pair('x', 'y', 'A')} ${pair('z', 'w', 'B')} ${store}`;
}

/** The frequent vector operations: behind the loop they cost twice as much (measured). */
function vectorOps(): SlotOp[] {
  const words = Object.entries(vectorWords).map(([name, text]) => {
    const operands = `x = A; z = C;${/\bY\b/.test(text) ? ' y = B;' : ''}${/\bW\b/.test(text) ? ' w = fp + n.d;' : ''}`;
    const count = /\bs\b/.test(text) ? ' s = I[B] & 31;' : '';
    const lane = (k: number) =>
      `I[z + ${k}] = ${text.replace(/[XYW]/g, (operand) => `I[${operand.toLowerCase()} + ${k}]`)};`;
    return op(name, vectorDoc(name, text), `${operands}${count} ${[0, 1, 2, 3].map(lane).join(' ')}`);
  });
  const results = {
    i64x2: (k: number, sign: string) => `B64[z + ${k}] = B64[x + ${k}] ${sign} B64[y + ${k}];`,
    f32x4: (k: number, sign: string) =>
      `u = S[x + ${k}] ${sign} S[y + ${k}]; S[z + ${k}] = u; if (u !== u) I[z + ${k}] = 0x7fc00000;`,
    f64x2: (k: number, sign: string) =>
      `u = F[x + ${k}] ${sign} F[y + ${k}]; F[z + ${k}] = u; if (u !== u) { I[C + ${2 * k}] = 0; I[C + ${2 * k + 1}] = 0x7ff80000; }`,
  };
  const lanes = (['i64x2', 'f32x4', 'f64x2'] as const).flatMap((shape) =>
    Object.entries(vectorLanes[shape]).map(([name, sign]) => {
      const places = shape === 'f32x4' ? [0, 1, 2, 3] : [0, 1];
      const shift = shape === 'f32x4' ? '' : ' >> 1';
      const operands = `x = A${shift}; y = B${shift}; z = C${shift};`;
      return op(
        `${shape}.${name}`,
        `c = a ${sign} b, lane by lane`,
        `${operands} ${places.map((k) => results[shape](k, sign)).join(' ')}`,
        shape === 'i64x2' ? [0, 2].map((word) => laneHalves(name as 'add' | 'sub', word)).join('\n      ') : undefined,
      );
    }),
  );
  const splat = op(
    'i32x4.splat',
    'c = a in each lane',
    'x = I[A]; z = C; I[z] = x; I[z + 1] = x; I[z + 2] = x; I[z + 3] = x;',
  );
  return [...words, ...lanes, splat];
}

/** Calls inside the instance; every other call is cold. */
const call = `x = SP; if (x >= maxFrames) { TRAP(call-stack) }
      fuel -= n.cost; OS[x] = n; SP = x + 1; fp += n.a;
      from = n; n = CALLEE; if (fuel < 0) break; continue;`;
const popFrame = `x = SP - 1; SP = x; from = OS[x]; fuel -= n.cost; fp -= from.a; n = from.next;
      if (fuel < 0) break; continue;`;

function controlOps(): SlotOp[] {
  return [
    op(
      'enter',
      'function entry: make room for #a words, zero words #b up to #c',
      // No loop: with one inside of it the compiler no longer sees that the loop's stack is a constant.
      `if (fp + n.a > stackWords) { SAVE n = growStack(t, n); from = n; ANEW }
      CALLS++; x = fp + n.b; y = fp + n.c; ${zeroWords(0)}`,
    ),
    op(
      'check',
      'clear code only: charge one instruction; stop when the budget is used up',
      'if (--fuel < 0) { from = n; break; }',
    ),
    op('br', 'goto t', 'TAKE'),
    op('br_nz', 'if a goto t', 'if (I[A] !== 0) { TAKE }'),
    op('br_z', 'if not a goto t', 'if (I[A] === 0) { TAKE }'),
    op('br_i64_nz', 'if a (i64) goto t', 'if ((I[A] | I[A + 1]) !== 0) { TAKE }'),
    op('br_i64_z', 'if not a (i64) goto t', 'if ((I[A] | I[A + 1]) === 0) { TAKE }'),
    op(
      'br_table',
      'goto k[min(a, last)].t',
      `e = n.k; x = I[A] >>> 0; from = e[x < e.length ? x : e.length - 1];
      fuel -= from.cost; n = from.t; if (fuel < 0) break; continue;`,
    ),
    op('call', 'call function #b, frame at a', call.replace('CALLEE', 'funcs[n.b].code.entry')),
    op(
      'call_indirect',
      'call tables[#c][b] of type #d, frame at a',
      `e = tables[n.c].elements; x = I[B] >>> 0;
      if (x >= e.length) { TRAP(undefined-element) }
      f = e[x];
      if (f === null) { TRAP(uninitialized-element) }
      if (f.typeId !== n.d || f.instance !== inst) { SAVE t.callee = f; n = callElement(t, n, fp); if (n === null) return true; GO_ON }
      ${call.replace('CALLEE', 'f.code.entry')}`,
    ),
    op('return', 'return nothing', popFrame),
    op('return_word', 'return a (one word)', `I[fp] = I[A]; ${popFrame}`),
    op(
      'return_pair',
      'return a (two words)',
      `B64[fp >> 1] = B64[A >> 1]; ${popFrame}`,
      `I[fp] = I[A]; I[fp + 1] = I[A + 1]; ${popFrame}`,
    ),
    op('return_ref', 'return a (reference)', `R[fp >> 1] = R[A >> 1]; ${popFrame}`),
    op('unreachable', 'trap', 'TRAP(unreachable)'),
  ];
}

function moveOps(): SlotOp[] {
  const choose = (c: string, body: (source: string) => string) =>
    `x = I[fp + n.d] !== 0 ? A : B; ${body('x')}`.replace(/C/g, c);
  return [
    op('copy_word', 'c = a (one word)', 'I[C] = I[A];'),
    op('copy_pair', 'c = a (two words)', 'B64[C >> 1] = B64[A >> 1];', 'I[C] = I[A]; I[C + 1] = I[A + 1];'),
    op(
      'copy_quad',
      'c = a (four words)',
      'I[C] = I[A]; I[C + 1] = I[A + 1]; I[C + 2] = I[A + 2]; I[C + 3] = I[A + 3];',
    ),
    op('copy_ref', 'c = a (reference)', 'R[C >> 1] = R[A >> 1];'),
    op('ref.is_null', 'c = a is null', 'I[C] = R[A >> 1] === null ? 1 : 0;'),
    op('const_word', 'c = #b', 'I[C] = n.b;'),
    op('const_pair', 'c = #d:b', 'I[C] = n.b; I[C + 1] = n.d;'),
    op('const_quad', 'c = #k (four words)', 'e = n.k; I[C] = e[0]; I[C + 1] = e[1]; I[C + 2] = e[2]; I[C + 3] = e[3];'),
    op(
      'select_word',
      'c = d ? a : b (one word)',
      choose('C', (x) => `I[C] = I[${x}];`),
    ),
    op(
      'select_pair',
      'c = d ? a : b (two words)',
      choose('C', (x) => `I[C] = I[${x}]; I[C + 1] = I[${x} + 1];`),
    ),
    op('global.get_word', 'c = globals[#a] (one word)', 'I[C] = cells[n.a][0];'),
    op('global.get_pair', 'c = globals[#a] (two words)', 'e = cells[n.a]; I[C] = e[0]; I[C + 1] = e[1];'),
    op('global.set_word', 'globals[#b] = a (one word)', 'cells[n.b][0] = I[A];'),
    op('global.set_pair', 'globals[#b] = a (two words)', 'e = cells[n.b]; e[0] = I[A]; e[1] = I[A + 1];'),
  ];
}

/** Hot operations that stand for themselves. */
const singleOps: readonly SlotOp[] = [
  ...controlOps(),
  ...moveOps(),
  ...i32Ops(),
  ...i64Ops(),
  ...Object.entries(unary).map(([name, body]) => op(name, `c = ${name.split('.')[1]} a`, body)),
  ...floatOps(),
  ...memoryOps(),
  ...vectorOps(),
];

/** Counters of loops: the programs whose pairs were counted go along pointers and lists, most of them. */
const counterPairs = ['lt_s', 'lt_s_i', 'lt_u', 'lt_u_i'].map((suffix) => `i32.add_i; br_i32.${suffix}`);

/** What hashes and generators of numbers consist of: 0.96× on mix64 (measured). */
const numberPairs = ['i64.xor; i64.xor'];

/**
 * Two operations that often follow one another, with one dispatch: the first instruction's number says that the second
 * is done too. Each keeps its operands, and the second its number, for those who branch to it.
 */
function pairOps(): SlotOp[] {
  const byName = new Map(singleOps.map((single) => [single.name, single]));
  return [...new Set([...pairNames, ...counterPairs, ...numberPairs])].map((name) => {
    const [first, second] = name.split('; ').map((part) => byName.get(part));
    if (first === undefined || second === undefined) throw new Error(`slot-pairs.gen.ts: no operations ${name}`);
    const both = (one: string, other: string) => `${one} n = n.next; ${other}`;
    const halves = both(first.halves ?? first.body, second.halves ?? second.body);
    return op(name, `${first.doc}; then n = n.next: ${second.doc}`, both(first.body, second.body), halves);
  });
}

/** Hot operations, in the order of their numbers. */
export const hotOps: readonly SlotOp[] = [...singleOps, ...pairOps()];
