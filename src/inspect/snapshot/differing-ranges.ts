/** Where two memories differ, as a few ranges; and bytes as text. */

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Equal bytes between two that differ which one range goes over: a value is seldom told in pieces. */
const GAP = 7;
const SHOWN_BYTES = 16;

/** The first `limit` ranges of bytes that differ, as far as both have bytes; and how many bytes differ elsewhere. */
export function differingRanges(a: Uint8Array, b: Uint8Array, limit: number): { shown: Range[]; more: number } {
  const end = Math.min(a.length, b.length);
  const shown: { from: number; to: number }[] = [];
  let more = 0;
  for (let at = nextDifference(a, b, 0, end); at < end; at = nextDifference(a, b, at + 1, end)) {
    const last = shown[shown.length - 1];
    if (last !== undefined && more === 0 && at - last.to <= GAP) last.to = at + 1;
    else if (shown.length < limit) shown.push({ from: at, to: at + 1 });
    else more++;
  }
  return { shown, more };
}

function nextDifference(a: Uint8Array, b: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && a[at] === b[at]) at++;
  return at;
}

/** `01 02 03 …`: the first bytes of a range. */
export function hexBytes(bytes: Uint8Array, from: number, to: number): string {
  const shown = bytes.subarray(from, Math.min(to, from + SHOWN_BYTES));
  const text = Array.from(shown, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return to - from > SHOWN_BYTES ? `${text} …` : text;
}
