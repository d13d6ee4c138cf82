/** Contents of memories in pages that checkpoints share as long as they are the same. */

/** Small enough that scattered writes copy little, large enough that a big memory has few. */
const PAGE_BYTES = 2 ** 14;
const PAGE_WORDS = PAGE_BYTES / 4;

export interface PagedBytes {
  readonly byteLength: number;
  readonly pages: readonly Int32Array[];
  /** Up to three bytes behind the last whole word. */
  readonly rest: Uint8Array;
  /** Bytes of pages that are not shared with those before. */
  readonly freshBytes: number;
}

const zeroPage = new Int32Array(PAGE_WORDS);

/** @param former pages to share where the bytes are still the same */
export function takePages(bytes: Uint8Array, former: PagedBytes | undefined): PagedBytes {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  const pages: Int32Array[] = [];
  let freshBytes = 0;
  for (let at = 0; at < words.length; at += PAGE_WORDS) {
    const known = former?.pages[at / PAGE_WORDS] ?? zeroPage;
    if (isSame(words, at, known)) pages.push(known);
    else {
      const page = words.slice(at, at + PAGE_WORDS);
      pages.push(page);
      freshBytes += page.byteLength;
    }
  }
  return { byteLength: bytes.byteLength, pages, rest: bytes.slice(4 * words.length), freshBytes };
}

function isSame(words: Int32Array, from: number, page: Int32Array): boolean {
  const end = Math.min(PAGE_WORDS, words.length - from);
  if (page.length < end) return false;
  for (let i = 0; i < end; i++) if (words[from + i] !== page[i]) return false;
  return true;
}

/** Writes the contents over `bytes`, which is as long. */
export function putPages({ pages, rest }: PagedBytes, bytes: Uint8Array): void {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  pages.forEach((page, i) => {
    const at = i * PAGE_WORDS;
    words.set(at + page.length > words.length ? page.subarray(0, words.length - at) : page, at);
  });
  bytes.set(rest, 4 * words.length);
}

/** Bytes that lists of pages take together, shared ones once. */
export function pagesSize(lists: Iterable<PagedBytes>): number {
  const seen = new Set<Int32Array>([zeroPage]);
  let size = 0;
  for (const { pages } of lists) {
    for (const page of pages) {
      if (seen.has(page)) continue;
      seen.add(page);
      size += page.byteLength;
    }
  }
  return size;
}
