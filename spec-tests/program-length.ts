/**
 * Which real programs a test run takes: all of them in `npm run long`, those that end within seconds in `npm test`.
 */

/** Instructions that programs of `npm test` may have. */
const MAX_INSTRUCTIONS = 50_000_000;

/** @param approximately instructions of the program; null: it is short */
export function isTaken(approximately: number | null): boolean {
  return process.env.GLASSBOX_ALL_PROGRAMS === '1' || approximately === null || approximately <= MAX_INSTRUCTIONS;
}
