/** Exact values as the JavaScript values that a call takes. */
import type { Value } from '../../api/index.ts';
import { F32, F64, I32, I64, V128 } from '../../syntax/index.ts';
import { Failure } from '../failure.ts';

const words = new DataView(new ArrayBuffer(8));

/** @throws {Failure} for a vector: JavaScript has none */
export function jsValueOf({ type, lo, hi, ref }: Value): unknown {
  words.setInt32(0, lo, true);
  words.setInt32(4, hi, true);
  if (type === I32) return lo;
  if (type === I64) return words.getBigInt64(0, true);
  if (type === F32) return words.getFloat32(0, true);
  if (type === F64) return words.getFloat64(0, true);
  if (type === V128) throw new Failure('a vector cannot be an argument here');
  return ref;
}
