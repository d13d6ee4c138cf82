/** What scripted imports answer: a function of the script's seed, the import, and the result's place. */
import { I32, isRef, V128, type ValType } from '../../syntax/index.ts';
import type { Bits } from '../case.ts';

/** Mixes a number's bits; the same everywhere (Murmur's finaliser). */
export function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return x ^ (x >>> 16);
}

export function wordBits(word: number): Bits {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** Bits of one result; zeros and nulls for seed 0. Small numbers are as likely as others. */
export function scriptedBits(seed: number, importIndex: number, resultIndex: number, type: ValType): Bits {
  if (seed === 0) return isRef(type) ? 'null' : '0';
  const word = (i: number) => mix(seed + 31 * importIndex + 7 * resultIndex + 1013 * i);
  if (isRef(type)) return (word(0) & 1) === 0 ? 'null' : wordBits(word(0) >>> 2);
  const low = (word(1) & 1) === 0 ? word(0) & 15 : word(0);
  if (type === I32) return wordBits(low);
  return type === V128 ? [0, 1, 2, 3].map((i) => wordBits(word(i))).join('') : wordBits(word(2)) + wordBits(low);
}
