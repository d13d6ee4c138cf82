/** Randomness: `random_get`. */
import { bytesAt, type GuestMemory } from './abi.ts';
import type { WasiContext } from './context.ts';
import { Errno } from './errno.ts';

/**
 * `random_get(buf: i32, buf_len: i32) -> errno` — fills a buffer with random bytes.
 *
 * @param bufferPtr  guest byte address of the buffer
 * @param byteLength bytes to fill; 0: nothing happens, whatever `bufferPtr` is
 * @returns errno
 *   - `success` (0): all bytes are filled
 * @throws {Trap} `out of bounds memory access`
 *
 * For `bufferPtr = 4`, `byteLength = 3` and a source that gives 1, 2, 3:
 *
 *     byte      3  4  5  6  7
 *     memory    ?  01 02 03 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#random_get
 */
export function randomGet(context: WasiContext, memory: GuestMemory, bufferPtr: number, byteLength: number): Errno {
  const buffer = bytesAt(memory, bufferPtr, byteLength);
  if (buffer.length > 0) context.random(buffer);
  return Errno.success;
}
