/** Which functions of a module a case calls, and with what: made up from a seed, or as `--calls` says. */
import { decodeModule } from '../decoder/index.ts';
import {
  F64,
  type FuncType,
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

/** Words at the limits of types, as addresses, shift counts and floats. */
const words = [
  0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 33, 63, 64, 127, 128, 255, 256, 65_535, 65_536, 0x7fff_ffff, -0x8000_0000,
  -0x7fff_ffff, 0x3f80_0000, 0x7f80_0000, 0x7fc0_0000, 0x7fa0_0001, -0x40_0000, 0x4f00_0000, -0x3100_0000, 0x3ff0_0000,
  0x7ff0_0000, 0x7ff8_0000, 0x7ff4_0000, 0x41e0_0000, 0x43e0_0000, 0x5f00_0000,
];

function randomWord(random: Random): Bits {
  return wordBits(random.below(3) === 0 ? random.word() : random.pick(words));
}

/** Bits of any value of a type; references are null or not. */
export function randomBits(type: ValType, random: Random): Bits {
  if (isRef(type)) return random.below(2) === 0 ? 'null' : randomWord(random);
  const count = type === V128 ? 4 : type === I64 || type === F64 ? 2 : 1;
  const low = randomWord(random);
  if (count === 1) return low;
  // A small integer of 64 bits, as often as any other.
  if (type === I64 && random.below(3) === 0) return (low >= '80000000' ? 'ffffffff' : '00000000') + low;
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

/** `count` calls: every function in turn, with other arguments each time. */
export function makeCalls(bytes: Uint8Array, seed: number, count: number): Call[] {
  const callable = callableFunctions(decodeModule(bytes));
  if (callable.length === 0) return [];
  const random = new Random(seed);
  const first = random.below(callable.length);
  return Array.from({ length: count }, (_, i) => {
    const { funcidx, params } = callable[(first + i) % callable.length]!;
    return { funcidx, args: params.map((type) => randomBits(type, random)) };
  });
}
