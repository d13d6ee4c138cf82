/** Which parts of a memory hold anything: most of a guest's memory is zeros. */
import { SPARSE_PAGE_BYTES } from './format.ts';

/** Bytes `[from, to)`; `from` is the start of a page. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

const PAGE_WORDS = SPARSE_PAGE_BYTES / 4;

/** The pages that are not zero, those side by side as one run. `bytes` begins at the start of its buffer. */
export function nonZeroRuns(bytes: Uint8Array): Run[] {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
  const runs: { from: number; to: number }[] = [];
  for (let from = 0; from < bytes.length; from += SPARSE_PAGE_BYTES) {
    const to = Math.min(from + SPARSE_PAGE_BYTES, bytes.length);
    if (isZero(bytes, words, from, to)) continue;
    const last = runs[runs.length - 1];
    if (last !== undefined && last.to === from) last.to = to;
    else runs.push({ from, to });
  }
  return runs;
}

function isZero(bytes: Uint8Array, words: Int32Array, from: number, to: number): boolean {
  const end = Math.min(from / 4 + PAGE_WORDS, words.length);
  for (let i = from / 4; i < end; i++) if (words[i] !== 0) return false;
  for (let i = end * 4; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}
