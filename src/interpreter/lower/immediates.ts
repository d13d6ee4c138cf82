/** Constants of 64 bits and floats as instructions have them in `k`: from the words that hold their bits. */

/** Two halves as the BigInt that the 64-bit view of the value stack holds. */
export function bigIntOf(lo: number, hi: number): bigint {
  return (BigInt(hi) << BigInt(32)) | BigInt(lo >>> 0);
}

const scratch = new DataView(new ArrayBuffer(8));

/** The number that float bits are. As an operand its NaN payload does not matter: results are canonical. */
export function floatOf(type: string, lo: number, hi: number): number {
  scratch.setInt32(0, lo, true);
  scratch.setInt32(4, hi, true);
  return type === 'f32' ? scratch.getFloat32(0, true) : scratch.getFloat64(0, true);
}
