/** Parts of a list of rows, found once for each list: a module picks from them some hundred times. */
import type { Row } from './expressions.ts';

const known = new WeakMap<readonly Row[], Map<string, readonly Row[]>>();

/**
 * The rows that pass a test.
 *
 * @param name of the test: what it looks at beside the row is part of it
 */
export function subsetOf(rows: readonly Row[], name: string, test: (row: Row) => boolean): readonly Row[] {
  const parts = known.get(rows) ?? new Map<string, readonly Row[]>();
  known.set(rows, parts);
  const part = parts.get(name) ?? rows.filter(test);
  parts.set(name, part);
  return part;
}
