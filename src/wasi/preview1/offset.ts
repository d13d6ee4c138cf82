/** Offsets and sizes of files as JavaScript numbers, by which hosts' files are addressed. */
import { HostError } from '../host/host.ts';

/** The highest offset there can be, in bytes. */
export const MAX_OFFSET = Number.MAX_SAFE_INTEGER;

/** Hosts' own offsets are signed. A shift: lowered to ES5, a power is `Math.pow`, which takes no BigInt. */
const SIGNED_LIMIT = BigInt(1) << BigInt(63);

/**
 * An offset to write `byteLength` bytes at, or a size.
 *
 * @throws {HostError} EINVAL when it leads to 2^63 or beyond, EFBIG for what JavaScript cannot count
 */
export function offsetOf(value: bigint, byteLength = 0): number {
  const unsigned = BigInt.asUintN(64, value);
  if (unsigned + BigInt(byteLength) >= SIGNED_LIMIT) throw new HostError('EINVAL');
  if (unsigned > MAX_OFFSET) throw new HostError('EFBIG');
  return Number(unsigned);
}

/**
 * An offset to read `byteLength` bytes at: behind what can be counted there is nothing, as behind every file's end.
 *
 * @throws {HostError} EINVAL when it leads to 2^63 or beyond
 */
export function readOffsetOf(value: bigint, byteLength: number): number {
  const unsigned = BigInt.asUintN(64, value);
  if (unsigned + BigInt(byteLength) >= SIGNED_LIMIT) throw new HostError('EINVAL');
  return unsigned > MAX_OFFSET ? MAX_OFFSET : Number(unsigned);
}
