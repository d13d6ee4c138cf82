/**
 * Where the official test suites are, which of them are run, and with which options: the scripts of
 * wasm-tools and wasmtime say in their first lines which features they presume on or off.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFeature } from '../src/syntax/index.ts';

export { findSuites } from '../scripts/suites-folder.mjs';

export interface Suite {
  readonly name: string;
  /** Below the suites' folder; all scripts below it belong to the suite. */
  readonly folder: string;
  /** How many scripts it has, so that a half-filled folder is noticed. */
  readonly scripts: number;
  /** Options of `glassbox wast` that a script asks for. */
  readonly optionsOf?: (source: string) => readonly string[];
}

/** Run whole; what cannot pass is in expected-failures.json. */
export const suites: readonly Suite[] = [
  { name: 'Wasm 3.0', folder: 'core/spec', scripts: 258 },
  { name: 'custom sections', folder: 'core/custom', scripts: 3 },
  { name: 'legacy exceptions', folder: 'core/legacy-exceptions', scripts: 4 },
  { name: 'threads', folder: 'core/threads', scripts: 13 },
  { name: 'threads, the proposal', folder: 'core/proposals/threads', scripts: 4, optionsOf: threadsOptions },
  { name: 'custom page sizes', folder: 'core/proposals/custom-page-sizes', scripts: 5 },
  { name: 'wide arithmetic', folder: 'core/proposals/wide-arithmetic', scripts: 1 },
  { name: 'custom descriptors', folder: 'core/proposals/custom-descriptors', scripts: 14 },
  { name: 'wasm-tools', folder: 'wasm-tools', scripts: 281, optionsOf: wasmToolsOptions },
  { name: 'wasmtime', folder: 'wasmtime-core', scripts: 273, optionsOf: wasmtimeOptions },
  { name: 'wasmtime, threads', folder: 'wasmtime-component/threads', scripts: 11, optionsOf: wasmtimeOptions },
];

/** The scripts of a suite, as paths below the suites' folder. */
export function scriptsOf(root: string, { folder }: Suite): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /\.was?t$/.test(name))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** Scripts that are run with the same options. */
export interface ScriptGroup {
  readonly options: readonly string[];
  readonly scripts: string[];
}

export function groupsOf(root: string, suite: Suite): ScriptGroup[] {
  const groups = new Map<string, ScriptGroup>();
  for (const script of scriptsOf(root, suite)) {
    const options = suite.optionsOf?.(readFileSync(join(root, script), 'utf8')) ?? [];
    const key = options.join(' ');
    const group = groups.get(key) ?? { options, scripts: [] };
    group.scripts.push(script);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The proposal's scripts say that a second memory or table is invalid, as it was before other proposals. */
function threadsOptions(): string[] {
  return ['-Wmulti-memory=n,reference-types=n,memory64=n'];
}

/** `;;! gc = true`. What is on is on anyway. */
function wasmtimeOptions(source: string): string[] {
  const off = [...source.matchAll(/^;;! (\w+) = false$/gm)].map(([, name]) => `${name!.replaceAll('_', '-')}=n`);
  return ['--dialect=wasmtime', ...off.filter(isSwitch).map((text) => `-W${text}`)];
}

const isSwitch = (text: string) => isFeature(text.replace(/=n$/, ''));

/** What is off in wasm-tools unless a script switches it on. */
const wasmToolsOff = ['legacy-exceptions=n', 'custom-page-sizes=n', 'wide-arithmetic=n'];

/** Names of whole feature sets. `lime1` has half of `bulk-memory`. */
const wasmToolsSets: Readonly<Record<string, readonly string[]>> = {
  mvp: ['all-proposals=n'],
  wasm1: ['all-proposals=n'],
  lime1: [
    'all-proposals=n',
    'mutable-global',
    'saturating-float-to-int',
    'sign-extension',
    'multi-value',
    'extended-const',
    'bulk-memory',
  ],
};

/** `;; RUN: wast … -f mvp,reference-types` or `-f=-gc`. Names of what Glassbox has no switch for change nothing. */
function wasmToolsOptions(source: string): string[] {
  const [, list = ''] = /^;; RUN.*?\s(?:-f[= ]?|--features=)([\w,-]+)/.exec(source) ?? [];
  const switches = list.split(',').flatMap((text) => {
    const name = text.replace(/^-/, '');
    return wasmToolsSets[name] ?? (isFeature(name) ? [text === name ? name : `${name}=n`] : []);
  });
  return [`-W${[...wasmToolsOff, ...switches].join(',')}`];
}
