/**
 * The features of WebAssembly beyond its first release: one table, and how switches choose among them.
 *
 * Names are wasmtime's (`-W NAME`), and where it has no switch, the proposal's repository's. Which
 * instruction belongs to which feature is in instructions.ts; which types, limits and sections do is in
 * validator/feature-uses.ts.
 */
import { UsageError } from './errors.ts';

interface FeatureRow {
  readonly name: string;
  /** What it enables, for people. */
  readonly enables: string;
  /** Features without which it cannot be. */
  readonly needs: readonly string[];
}

/** Every feature, after those that it needs. */
export const features = [
  { name: 'mutable-global', enables: 'imports and exports of mutable globals', needs: [] },
  { name: 'sign-extension', enables: 'i32.extend8_s and its kin', needs: [] },
  { name: 'saturating-float-to-int', enables: 'conversions that saturate instead of trapping', needs: [] },
  { name: 'multi-value', enables: 'several results, and blocks that take operands', needs: [] },
  { name: 'bulk-memory', enables: 'memory.copy and its kin, passive segments', needs: [] },
  { name: 'reference-types', enables: 'references as values, several tables', needs: [] },
  { name: 'extended-const', enables: 'arithmetic in constant expressions', needs: [] },
  { name: 'simd', enables: 'v128 and its instructions', needs: [] },
  { name: 'relaxed-simd', enables: 'vector instructions whose results may differ by machine', needs: ['simd'] },
  { name: 'tail-call', enables: 'return_call and its kin', needs: [] },
  { name: 'multi-memory', enables: 'more than one memory', needs: [] },
  { name: 'memory64', enables: 'memories and tables with 64-bit addresses', needs: [] },
  { name: 'exceptions', enables: 'tags, throw and try_table, exnref', needs: [] },
  { name: 'legacy-exceptions', enables: 'try, catch, rethrow and delegate', needs: ['exceptions'] },
  { name: 'function-references', enables: 'typed and non-null references, call_ref', needs: ['reference-types'] },
  { name: 'gc', enables: 'structures, arrays, i31, subtypes, recursive types', needs: ['function-references'] },
  { name: 'threads', enables: 'shared memories and atomic instructions', needs: [] },
  { name: 'custom-page-sizes', enables: 'memories with pages of 1 byte', needs: [] },
  { name: 'wide-arithmetic', enables: '128-bit addition, subtraction and multiplication', needs: [] },
] as const satisfies readonly FeatureRow[];

export type Feature = (typeof features)[number]['name'];

/** A set of features that is closed: with each, those that it needs. */
export type FeatureSet = ReadonlySet<Feature>;

/**
 * Features by name: `true` for on, `false` for off. `all-proposals` is what the others start from, on unless told.
 * With a feature, those that need it go off; those that it needs come on.
 */
export type FeatureSwitches = Readonly<Partial<Record<Feature | 'all-proposals', boolean>>>;

export const featureNames: readonly Feature[] = features.map(({ name }) => name);

/** @throws {UsageError} for a name that is no feature's, and for switches that contradict each other */
export function resolveFeatures(switches: FeatureSwitches): FeatureSet {
  const unknown = Object.keys(switches).find((name) => name !== 'all-proposals' && !isFeature(name));
  if (unknown !== undefined) throw new UsageError(`there is no feature '${unknown}'`);
  const on = new Set<Feature>(switches['all-proposals'] === false ? [] : featureNames);
  for (const name of featureNames) if (switches[name] === true) turnOn(name, on, switches);
  // Each row stands after those that it needs, so that one pass takes all that depend on what is off.
  for (const { name, needs } of features) {
    if (switches[name] === false || needs.some((need) => !on.has(need))) on.delete(name);
  }
  return on;
}

export function isFeature(name: string): name is Feature {
  return (featureNames as readonly string[]).includes(name);
}

function turnOn(name: Feature, on: Set<Feature>, switches: FeatureSwitches): void {
  on.add(name);
  for (const need of features.find((row) => row.name === name)?.needs ?? []) {
    if (switches[need] === false) throw new UsageError(`the ${name} feature needs ${need}, which is off`);
    turnOn(need, on, switches);
  }
}
