/** Offsets and sizes of files as JavaScript numbers, by which hosts' files are addressed. */
import { HostError } from '../host/host.ts';

/** The highest offset there can be, in bytes. */
export const MAX_OFFSET = Number.MAX_SAFE_INTEGER;

/** @throws {HostError} EINVAL for an offset or size that JavaScript cannot count */
export function offsetOf(value: bigint): number {
  const unsigned = BigInt.asUintN(64, value);
  if (unsigned > MAX_OFFSET) throw new HostError('EINVAL');
  return Number(unsigned);
}
