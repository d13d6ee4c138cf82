/** What `args_*` and `environ_*` share: a list of texts, each ended by a zero byte, and pointers to them. */
import { addressOf, type GuestMemory, storeU32 } from './abi.ts';

/** Stores how many texts there are and how many bytes they need with their final zero bytes. */
export function storeSizes(
  memory: GuestMemory,
  texts: readonly Uint8Array[],
  countPtr: number,
  byteCountPtr: number,
): void {
  addressOf(memory, byteCountPtr, 4, 4);
  storeU32(memory, countPtr, texts.length);
  storeU32(memory, byteCountPtr, byteCount(texts));
}

/** Stores the texts one behind the other at `bufferPtr`, and a pointer to each at `pointersPtr`. */
export function storeTexts(
  memory: GuestMemory,
  texts: readonly Uint8Array[],
  pointersPtr: number,
  bufferPtr: number,
): void {
  if (texts.length === 0) return;
  let at = addressOf(memory, bufferPtr, byteCount(texts), 1);
  const pointers = addressOf(memory, pointersPtr, texts.length * 4, 4);
  for (const [index, text] of texts.entries()) {
    const bytes = memory.range(at, text.length + 1);
    bytes.set(text);
    bytes[text.length] = 0;
    storeU32(memory, pointers + index * 4, at);
    at += text.length + 1;
  }
}

function byteCount(texts: readonly Uint8Array[]): number {
  return texts.reduce((sum, text) => sum + text.length + 1, 0);
}
