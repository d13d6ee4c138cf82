/** Damages modules as broken tools and attackers do: the input of fuzz tests. */
import type { Random } from './tape.ts';

type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

function splice(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - removed + inserted.length);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(bytes.subarray(at + removed), at + inserted.length);
  return result;
}

function slice(bytes: Uint8Array, random: Random, most: number): Uint8Array {
  const start = random.below(bytes.length + 1);
  return bytes.subarray(start, start + random.below(Math.min(most, bytes.length - start) + 1));
}

/** Bytes that begin or end something, or stand at a border of LEB128. */
const telling = [0x00, 0x01, 0x0b, 0x3f, 0x40, 0x60, 0x63, 0x64, 0x6f, 0x70, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xfe, 0xff];

const mutations: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const result = bytes.slice();
    if (result.length > 0) result[random.below(result.length)]! ^= 1 << random.below(8);
    return result;
  },
  function setByte(bytes, random) {
    const result = bytes.slice();
    if (result.length > 0) result[random.below(result.length)] = random.pick(telling);
    return result;
  },
  function increment(bytes, random) {
    const result = bytes.slice();
    if (result.length > 0) result[random.below(result.length)]! += random.below(2) === 0 ? 1 : -1;
    return result;
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },
  function remove(bytes, random) {
    const at = random.below(bytes.length + 1);
    return splice(bytes, at, Math.min(1 + random.below(8), bytes.length - at), new Uint8Array(0));
  },
  function insert(bytes, random) {
    return splice(bytes, random.below(bytes.length + 1), 0, random.bytes(1 + random.below(8)));
  },
  function repeat(bytes, random) {
    return splice(bytes, random.below(bytes.length + 1), 0, slice(bytes, random, 64));
  },
  function spliceOther(bytes, random, others) {
    const at = random.below(bytes.length + 1);
    const removed = random.below(Math.min(32, bytes.length - at) + 1);
    return splice(bytes, at, removed, slice(random.pick(others), random, 64));
  },
  /** Keeps the header and size bytes plausible: five bytes of the longest LEB128. */
  function hugeInteger(bytes, random) {
    const at = random.below(bytes.length + 1);
    return splice(bytes, at, Math.min(1, bytes.length - at), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f));
  },
];

/** One to four damages at random. `others` must not be empty. */
export function mutate(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  let result = bytes;
  for (let left = 1 + random.below(4); left > 0; left--) result = random.pick(mutations)(result, random, others);
  return result;
}

/**
 * The module with one byte inside a function body changed and nothing else, so that it decodes and the
 * validator has its say; `bodies` are the ranges.
 */
export function mutateCode(
  bytes: Uint8Array,
  random: Random,
  bodies: readonly { readonly byteOffset: number; readonly byteLength: number }[],
): Uint8Array {
  const result = bytes.slice();
  if (bodies.length === 0) return result;
  const { byteOffset, byteLength } = random.pick(bodies);
  // The last byte is the body's `end`.
  const at = byteOffset + random.below(byteLength - 1);
  if (byteLength > 1) result[at] = random.below(3) === 0 ? random.below(256) : random.below(0xc5);
  return result;
}
