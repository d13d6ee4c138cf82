/**
 * Guest memory as preview 1 sees it: checked, aligned, little-endian reads and writes.
 *
 * This is the one way from a guest's pointer to bytes. A pointer that is out of bounds or misaligned
 * traps, as the specification's rules for pointers demand (wasmtime does the same, wazero answers `fault`).
 * Pointers arrive as i32 and are unsigned.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/tools/witx-docs.md#pointers
 */
import { decodeUtf8 } from '../../api/index.ts';
import { Trap } from '../../syntax/index.ts';
import { HostError } from '../host/host.ts';
import { Iovec } from './types.ts';

/** The guest's linear memory. What `range` gives dies when the memory grows: ask anew after every suspension. */
export interface GuestMemory {
  readonly byteLength: number;
  range(byteOffset: number, byteLength: number): Uint8Array;
}

/** Bytes as memory, for records that are put together outside of a guest. */
export function memoryIn(bytes: Uint8Array): GuestMemory {
  return {
    byteLength: bytes.length,
    range: (byteOffset, byteLength) => bytes.subarray(byteOffset, byteOffset + byteLength),
  };
}

/**
 * The guest byte address that `pointer` means, when `byteLength` bytes from there are inside of memory.
 *
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 */
export function addressOf(memory: GuestMemory, pointer: number, byteLength: number, alignment: number): number {
  const address = pointer >>> 0;
  if (address + byteLength > memory.byteLength) {
    const size = memory.byteLength;
    throw new Trap('memory-out-of-bounds', `${byteLength} bytes at ${address}, memory has ${size} bytes`);
  }
  if (address % alignment !== 0) {
    throw new Trap('unaligned-pointer', `${address} is no multiple of ${alignment}`);
  }
  return address;
}

/** The bytes themselves, a view that dies when memory grows. No bytes: the pointer is not looked at. */
export function bytesAt(memory: GuestMemory, pointer: number, byteLength: number): Uint8Array {
  const length = byteLength >>> 0;
  if (length === 0) return memory.range(0, 0);
  return memory.range(addressOf(memory, pointer, length, 1), length);
}

export function loadU8(memory: GuestMemory, pointer: number): number {
  return memory.range(addressOf(memory, pointer, 1, 1), 1)[0]!;
}

export function loadU16(memory: GuestMemory, pointer: number): number {
  const bytes = memory.range(addressOf(memory, pointer, 2, 2), 2);
  return bytes[0]! | (bytes[1]! << 8);
}

export function loadU32(memory: GuestMemory, pointer: number): number {
  const bytes = memory.range(addressOf(memory, pointer, 4, 4), 4);
  const low = bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16);
  return (low | (bytes[3]! << 24)) >>> 0;
}

export function loadU64(memory: GuestMemory, pointer: number): bigint {
  const address = addressOf(memory, pointer, 8, 8);
  return BigInt(loadU32(memory, address)) | (BigInt(loadU32(memory, address + 4)) << BigInt(32));
}

export function storeU8(memory: GuestMemory, pointer: number, value: number): void {
  memory.range(addressOf(memory, pointer, 1, 1), 1)[0] = value;
}

export function storeU16(memory: GuestMemory, pointer: number, value: number): void {
  const bytes = memory.range(addressOf(memory, pointer, 2, 2), 2);
  bytes[0] = value;
  bytes[1] = value >>> 8;
}

export function storeU32(memory: GuestMemory, pointer: number, value: number): void {
  const bytes = memory.range(addressOf(memory, pointer, 4, 4), 4);
  bytes[0] = value;
  bytes[1] = value >>> 8;
  bytes[2] = value >>> 16;
  bytes[3] = value >>> 24;
}

/** Stores the low 64 bits of `value`; a number must be a whole one. */
export function storeU64(memory: GuestMemory, pointer: number, value: bigint | number): void {
  const address = addressOf(memory, pointer, 8, 8);
  const whole = BigInt(value);
  storeU32(memory, address, Number(BigInt.asUintN(32, whole)));
  storeU32(memory, address + 4, Number(BigInt.asUintN(32, whole >> BigInt(32))));
}

/** Far more than any path has; what is longer is not even decoded. */
const MAX_TEXT_BYTES = 65536;

/**
 * A path or other text of the guest's.
 *
 * @throws {HostError} EILSEQ when the bytes are no UTF-8, ENAMETOOLONG for more than 65536 bytes
 */
export function loadText(memory: GuestMemory, pointer: number, byteLength: number): string {
  const bytes = bytesAt(memory, pointer, byteLength);
  if (bytes.length > MAX_TEXT_BYTES) throw new HostError('ENAMETOOLONG');
  const text = decodeUtf8(bytes, 0, bytes.length);
  if (text === undefined) throw new HostError('EILSEQ');
  return text;
}

/**
 * The buffers that an array of `count` iovecs or ciovecs names, empty ones left out.
 *
 * For two iovecs at `pointer = 8`, the first 3 bytes at 64, the second none:
 *
 *     byte       8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
 *     memory    40 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00
 *               ^-- pointer ^-- length  ^-- pointer ^-- length
 *
 * @throws {Trap} when the array or one of the buffers is not in memory
 * @throws {HostError} EINVAL when the lengths sum to more than 2^32 - 1
 */
export function loadIovecs(memory: GuestMemory, pointer: number, count: number): Uint8Array[] {
  const buffers: Uint8Array[] = [];
  const address = addressOf(memory, pointer, (count >>> 0) * Iovec.size, Iovec.align);
  let total = 0;
  for (let index = 0; index < count >>> 0; index++) {
    const at = address + index * Iovec.size;
    const length = loadU32(memory, at + Iovec.length);
    if (length === 0) continue;
    total += length;
    // The count that is reported has 32 bits. Checked inside the loop, as buffers may overlap without end.
    if (total > 0xffffffff) throw new HostError('EINVAL');
    buffers.push(bytesAt(memory, loadU32(memory, at + Iovec.pointer), length));
  }
  return buffers;
}

/** That the array itself is in memory, whatever its buffers are. @throws {Trap} */
export function checkIovecs(memory: GuestMemory, pointer: number, count: number): void {
  addressOf(memory, pointer, (count >>> 0) * Iovec.size, Iovec.align);
}

/** How many bytes the buffers have together. */
export function byteCount(buffers: readonly Uint8Array[]): number {
  return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
}
