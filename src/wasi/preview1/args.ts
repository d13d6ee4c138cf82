/** Command line arguments: `args_get`, `args_sizes_get`. */
import type { GuestMemory } from './abi.ts';
import type { WasiContext } from './context.ts';
import { Errno } from './errno.ts';
import { storeSizes, storeTexts } from './strings.ts';

/**
 * `args_get(argv: i32, argv_buf: i32) -> errno` — stores the arguments.
 *
 * @param argvPtr   guest byte address of the pointers, a multiple of 4; 4 bytes an argument, no final null
 * @param bufferPtr guest byte address of the texts, UTF-8, each ended by a zero byte
 * @returns errno
 *   - `success` (0): both arrays are stored, as large as `args_sizes_get` said
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For the arguments `a` and `bc`, `argvPtr = 4` and `bufferPtr = 13`:
 *
 *     byte      3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18
 *     memory    ?  0d 00 00 00 0f 00 00 00 ?  a  0  b  c  0  ?
 *                  ^-- argvPtr ^-- second     ^-- bufferPtr
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#args_get
 */
export function argsGet(context: WasiContext, memory: GuestMemory, argvPtr: number, bufferPtr: number): Errno {
  storeTexts(memory, context.args, argvPtr, bufferPtr);
  return Errno.success;
}

/**
 * `args_sizes_get(argc: i32, argv_buf_size: i32) -> errno` — tells how much `args_get` will store.
 *
 * @param countPtr     guest byte address of the result, a multiple of 4: number of arguments, u32
 * @param byteCountPtr guest byte address of the result, a multiple of 4: bytes of the texts with their zeros, u32
 * @returns errno
 *   - `success` (0): both numbers are stored
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 *
 * For the arguments `a` and `bc`, `countPtr = 4` and `byteCountPtr = 8`:
 *
 *     byte      3  4  5  6  7  8  9 10 11 12
 *     memory    ?  02 00 00 00 05 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#args_sizes_get
 */
export function argsSizesGet(context: WasiContext, memory: GuestMemory, countPtr: number, byteCountPtr: number): Errno {
  storeSizes(memory, context.args, countPtr, byteCountPtr);
  return Errno.success;
}
