/** Numbers in the bytes of a memory, little-endian. */
import { Failure } from '../../failure.ts';
import {
  type FloatValue,
  floatValue,
  type IntValue,
  intShape,
  intValue,
  isIntType,
  type NumberType,
  type Value,
} from './values.ts';

export function byteLengthOf(type: NumberType): number {
  if (isIntType(type)) return intShape(type).bits / 8;
  return type === 'f32' ? 4 : 8;
}

function viewOf(bytes: Uint8Array, address: number, byteLength: number): DataView {
  if (address + byteLength > bytes.length) {
    const last = bytes.length === 0 ? 'it is empty' : `its last byte is 0x${(bytes.length - 1).toString(16)}`;
    throw new Failure(`0x${address.toString(16)} is beyond the memory's end`, last);
  }
  return new DataView(bytes.buffer, bytes.byteOffset + address, byteLength);
}

/** @throws {Failure} beyond the memory's end */
export function readNumber(bytes: Uint8Array, address: number, type: NumberType): Value {
  const view = viewOf(bytes, address, byteLengthOf(type));
  if (type === 'f32') return floatValue(type, view.getFloat32(0, true));
  if (type === 'f64') return floatValue(type, view.getFloat64(0, true));
  let value = 0n;
  for (let i = view.byteLength - 1; i >= 0; i--) value = (value << 8n) | BigInt(view.getUint8(i));
  return intValue(type, value);
}

/** Writes a value of this type. @throws {Failure} beyond the memory's end */
export function writeNumber(bytes: Uint8Array, address: number, type: NumberType, value: IntValue | FloatValue): void {
  const view = viewOf(bytes, address, byteLengthOf(type));
  if (type === 'f32') view.setFloat32(0, Number(value.value), true);
  else if (type === 'f64') view.setFloat64(0, Number(value.value), true);
  else {
    const whole = BigInt(value.value);
    for (let i = 0; i < view.byteLength; i++) view.setUint8(i, Number(BigInt.asUintN(8, whole >> BigInt(8 * i))));
  }
}
