/** Which functions of a module a case calls, and with what: made up from a seed, or as `--calls` says. */
import { decodeModule } from '../decoder/index.ts';
import {
  F32,
  F64,
  type FuncType,
  I32,
  I64,
  importCount,
  indexSpaces,
  isRef,
  type Module,
  V128,
  type ValType,
} from '../syntax/index.ts';
import type { Bits, Call } from './case.ts';
import { canMake, wordBits } from './prepare/index.ts';
import { Random } from './random.ts';

const DIGITS_A_WORD = 8;

/** Words at the limits of types, as addresses, shift counts and floats. */
const words = [
  0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, 65_535, 65_536, 0x7fff_ffff, -0x8000_0000,
  -0x7fff_ffff, 0x3f80_0000, 0x7f80_0000, 0x7fc0_0000, 0x7fa0_0001, -0x40_0000, 0x4f00_0000, -0x3100_0000, 0x3ff0_0000,
  0x7ff0_0000, 0x7ff8_0000, 0x7ff4_0000, 0x41e0_0000, 0x43e0_0000, 0x5f00_0000,
];

/** What trips instructions up the most, of each type; as often as all other words together. */
const edges: readonly (readonly [readonly ValType[], readonly Bits[]])[] = [
  [[I32], ['00000000', '00000001', 'ffffffff', '80000000', '7fffffff']],
  [
    [I64],
    [
      ...['0000000000000000', '0000000000000001', 'ffffffffffffffff', '8000000000000000', '7fffffffffffffff'],
      // Halfway between two f32, and a bit more than a double holds.
      ...['0000000100000000', 'ffffffff80000000', '4000004000000001', 'bfffffbfffffffff', '0000000000000020'],
    ],
  ],
  [
    [F32],
    [
      ...['00000000', '80000000', '00000000', '80000000', '3f800000', 'bf000000', '3fc00000', '40200000'],
      ...['7f800000', 'ff800000', '7fc00000', 'ffa12345'],
    ],
  ],
  [
    [F64],
    [
      ...['0000000000000000', '8000000000000000', '0000000000000000', '8000000000000000', '3ff0000000000000'],
      ...['bfe0000000000000', '4004000000000000', '7ff0000000000000', '7ff8000000000000', 'fff4000012345678'],
      ...['41dfffffffe00000', 'c1e0000000000000', '43e0000000000000', '36a0000000000000', '47efffffe0000000'],
      '7fefffffffffffff',
    ],
  ],
];
/** Floats just in and just out of the integers' ranges, on which conversions turn. */
const limits: readonly (readonly [ValType, readonly Bits[]])[] = [
  [
    F32,
    [
      ...['4f000000', '4effffff', 'cf000000', 'cf000001', '4f800000', '4f7fffff', '5f000000', '5effffff', 'df000000'],
      ...['df000001', '5f800000', '5f7fffff', 'bf800000', 'bf7fffff'],
    ],
  ],
  [
    F64,
    [
      ...['41e0000000000000', '41dfffffffffffff', 'c1e0000000000000', 'c1e0000000100000', 'c1e0000000200000'],
      ...['41f0000000000000', '41efffffffffffff', '43e0000000000000', '43dfffffffffffff', 'c3e0000000000000'],
      ...['c3e0000000000001', '43f0000000000000', '43efffffffffffff', 'bff0000000000000', 'bfefffffffffffff'],
    ],
  ],
];
const limitsByType = new Map(limits);

const edgesByType = new Map(edges.flatMap(([types, bits]) => types.map((type) => [type, bits] as const)));

function randomWord(random: Random): Bits {
  return wordBits(random.below(3) === 0 ? random.word() : random.pick(words));
}

/** Zeros of either sign, or zeros but for a word: there shows who looks at some lanes only, or takes one of equals. */
function edgeVector(random: Random): Bits {
  const zero = () => (random.below(2) === 0 ? '00000000' : '80000000');
  const vector = Array.from({ length: 4 }, random.below(2) === 0 ? zero : () => '00000000');
  if (random.below(2) === 0) vector[random.below(4)] = randomWord(random);
  return vector.join('');
}

/** Bits of any value of a type; references are null or not. */
export function randomBits(type: ValType, random: Random): Bits {
  if (isRef(type)) return random.below(2) === 0 ? 'null' : randomWord(random);
  const edge = edgesByType.get(type);
  if (edge !== undefined && random.below(2) === 0) return random.pick(edge);
  const count = type === V128 ? 4 : type === I64 || type === F64 ? 2 : 1;
  if (type === V128 && random.below(2) === 0) return edgeVector(random);
  const low = randomWord(random);
  if (count === 1) return low;
  // A small integer of 64 bits, a double of few digits, as often as any other.
  if (type === I64 && random.below(3) === 0) return (low >= '80000000' ? 'ffffffff' : '00000000') + low;
  if (type === F64 && random.below(2) === 0) return `${low}00000000`;
  return Array.from({ length: count - 1 }, () => randomWord(random)).join('') + low;
}

interface Callable {
  readonly funcidx: number;
  readonly params: readonly ValType[];
}

/** The module's own functions whose arguments can be made up. */
function callableFunctions(module: Module): Callable[] {
  const { funcs } = indexSpaces(module);
  const funcOfType = (typeidx: number | undefined) => {
    const found = typeidx === undefined ? 0 : funcs.indexOf(typeidx);
    return found < 0 ? undefined : found;
  };
  const first = importCount(module, 'func');
  return module.funcs.flatMap(({ typeidx }, i) => {
    const { params } = module.types[typeidx]!.comp as FuncType;
    return params.every((type) => canMake(type, { module, funcOfType })) ? [{ funcidx: first + i, params }] : [];
  });
}

/** A number's bits, one of them the other way round: the sign of one of its words. */
function nearlySame(bits: Bits, random: Random): Bits {
  const at = DIGITS_A_WORD * random.below(bits.length / DIGITS_A_WORD);
  const flipped = (Number.parseInt(bits[at]!, 16) ^ 8).toString(16);
  return bits.slice(0, at) + flipped + bits.slice(at + 1);
}

/** Arguments, one the same as another of its type now and then, or nearly: comparisons have an edge there. */
export function randomArguments(params: readonly ValType[], random: Random): Bits[] {
  const args: Bits[] = [];
  for (const [i, type] of params.entries()) {
    const twin = random.below(3) === 0 ? params.indexOf(type) : i;
    if (twin >= i) args.push(randomBits(type, random));
    else args.push(isRef(type) || random.below(2) === 0 ? args[twin]! : nearlySame(args[twin]!, random));
  }
  return args;
}

/** Arguments each of which is at the limit of something. */
export function edgeArguments(params: readonly ValType[], random: Random): Bits[] {
  return params.map((type) => {
    const list = random.below(2) === 0 ? limitsByType.get(type) : undefined;
    const edge = list ?? edgesByType.get(type);
    return edge === undefined ? randomBits(type, random) : random.pick(edge);
  });
}

/** `count` calls: every function in turn, with other arguments each time. */
export function makeCalls(bytes: Uint8Array, seed: number, count: number): Call[] {
  const callable = callableFunctions(decodeModule(bytes));
  if (callable.length === 0) return [];
  const random = new Random(seed);
  const first = random.below(callable.length);
  return Array.from({ length: count }, (_, i) => {
    const { funcidx, params } = callable[(first + i) % callable.length]!;
    return { funcidx, args: randomArguments(params, random) };
  });
}
