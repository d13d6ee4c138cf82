/** Sizes, durations and counts as people write them on a command line, and as they like to read them. */

const sizeUnits: Readonly<Record<string, number>> = { '': 0, K: 10, M: 20, G: 30, T: 40 };
const durationUnits: Readonly<Record<string, number>> = { ms: 1, '': 1000, s: 1000, m: 60_000, h: 3_600_000 };

/** `64K`, `2G`, `1.5MiB`, `65536`: bytes, units being powers of 1024. `undefined`: not a size. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * 2 ** sizeUnits[match[2]!.toUpperCase()]!;
  return Number.isSafeInteger(Math.floor(bytes)) ? Math.floor(bytes) : undefined;
}

/** `300ms`, `5s`, `2m`, `1h`, plain seconds: milliseconds. `undefined`: not a duration. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|)$/.exec(text);
  if (match === null) return undefined;
  const durationMs = Number(match[1]) * durationUnits[match[2]!]!;
  return Number.isFinite(durationMs) ? durationMs : undefined;
}

/** A whole number from 0 to 2^53 − 1, `_` allowed between digits. `undefined`: not one. */
export function parseCount(text: string): number | undefined {
  if (!/^\d+(?:_\d+)*$/.test(text)) return undefined;
  const count = Number(text.replaceAll('_', ''));
  return Number.isSafeInteger(count) ? count : undefined;
}

/** `1,234,567`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `312 ms`, `4.2 s`. */
export function durationText(durationMs: number): string {
  return durationMs < 1000 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1000).toFixed(1)} s`;
}
