/** Environment variables: `environ_get`, `environ_sizes_get`. The guest sees those it was given and no others. */
import type { GuestMemory } from './abi.ts';
import type { WasiContext } from './context.ts';
import { Errno } from './errno.ts';
import { storeSizes, storeTexts } from './strings.ts';

/**
 * `environ_get(environ: i32, environ_buf: i32) -> errno` — stores the variables as `NAME=value`.
 *
 * @param environPtr guest byte address of the pointers, a multiple of 4; 4 bytes a variable, no final null
 * @param bufferPtr  guest byte address of the texts, UTF-8, each ended by a zero byte
 * @returns errno
 *   - `success` (0): both arrays are stored, as large as `environ_sizes_get` said
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For the variable `A=b`, `environPtr = 4` and `bufferPtr = 9`:
 *
 *     byte      3  4  5  6  7  8  9 10 11 12 13
 *     memory    ?  09 00 00 00 ?  A  =  b  0  ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#environ_get
 */
export function environGet(context: WasiContext, memory: GuestMemory, environPtr: number, bufferPtr: number): Errno {
  storeTexts(memory, context.environ, environPtr, bufferPtr);
  return Errno.success;
}

/**
 * `environ_sizes_get(environc: i32, environ_buf_size: i32) -> errno` — tells how much `environ_get` will store.
 *
 * @param countPtr     guest byte address of the result, a multiple of 4: number of variables, u32
 * @param byteCountPtr guest byte address of the result, a multiple of 4: bytes of the texts with their zeros, u32
 * @returns errno
 *   - `success` (0): both numbers are stored
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For the variable `A=b`, `countPtr = 4` and `byteCountPtr = 8`:
 *
 *     byte      3  4  5  6  7  8  9 10 11 12
 *     memory    ?  01 00 00 00 04 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#environ_sizes_get
 */
export function environSizesGet(
  context: WasiContext,
  memory: GuestMemory,
  countPtr: number,
  byteCountPtr: number,
): Errno {
  storeSizes(memory, context.environ, countPtr, byteCountPtr);
  return Errno.success;
}
