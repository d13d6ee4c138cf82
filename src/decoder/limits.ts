/**
 * The implementation-defined limits that a module must keep, as the JavaScript embedding lists them
 * and V8 applies them. Exceeding one is a DecodeError, as in engines for the Web.
 *
 * They bound what hostile bytes can make the engine do; limits of running code are the store's.
 *
 * @see https://webassembly.github.io/spec/js-api/#limits
 */
import { MAX_TYPE_COUNT } from '../syntax/index.ts';

/** The form of a whole module. Sizes are bytes, the rest are counts. */
export const moduleLimits = {
  moduleBytes: 2 ** 30,
  /** Definitions, over all recursive groups; groups themselves and the size of one have the same limit. */
  types: MAX_TYPE_COUNT,
  subtypingDepth: 63,
  params: 1000,
  results: 1000,
  structFields: 10_000,
  imports: 1_000_000,
  exports: 1_000_000,
  /** Imported ones included, as for all index spaces below. */
  functions: 1_000_000,
  tables: 100_000,
  memories: 100_000,
  globals: 1_000_000,
  tags: 1_000_000,
  elemSegments: 10_000_000,
  elemsPerSegment: 10_000_000,
  dataSegments: 100_000,
  /** An import's or export's name, UTF-8; V8's limit on strings. */
  nameBytes: 100_000,
  functionBytes: 7_654_321,
  locals: 50_000,
  brTableLabels: 65_520,
  catchClauses: 100_000,
  selectTypes: 1000,
  arrayNewFixedOperands: 10_000,
} as const;
