/**
 * The corpus: a folder of small scripts, one for each difference that was found. A script says in a comment how the
 * case is run again, and asserts what the other engine does; later campaigns replay the folder first.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeModule } from '../decoder/index.ts';
import { encodeDecoded } from '../encoder/index.ts';
import type { Export, Module } from '../syntax/index.ts';
import { parseScript, printModule } from '../text/index.ts';
import type { Case, Difference, Ending, Location } from './case.ts';
import { assertionText } from './script-text.ts';

const MARK = ';; glassbox diff: ';

export interface KeptCase {
  readonly path: string;
  readonly kept: Case;
}

/** The scripts of a folder that this file has written. @throws what reading a file throws */
export function readCorpus(folder: string): KeptCase[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.wast'));
  return names.sort().flatMap((name) => {
    const path = join(folder, name);
    const kept = readKept(path, readFileSync(path, 'utf8'));
    return kept === undefined ? [] : [{ path, kept }];
  });
}

function readKept(path: string, text: string): Case | undefined {
  const line = text.split('\n').find((each) => each.startsWith(MARK));
  const command = parseScript(text).find(({ kind }) => kind === 'module');
  if (line === undefined || command?.kind !== 'module') return undefined;
  const how = JSON.parse(line.slice(MARK.length)) as Omit<Case, 'bytes' | 'name'>;
  return { ...how, name: path, bytes: command.module.assemble().bytes };
}

/** A script of one case. */
export interface CaseText {
  /** The difference shown, and who made it. */
  readonly difference: Difference;
  readonly location: Location | undefined;
  /** How the other engine ended each step, the instantiation first. */
  readonly endings: readonly Ending[];
  /** Versions of both engines. */
  readonly versions: string;
}

/** Comments may hold what an engine said: it must not end them. */
function comment(text: string): string {
  return text
    .split('\n')
    .map((line) => `;; ${line}`.trimEnd())
    .join('\n');
}

/** Export names of the functions that are called: the module's own, or new ones. */
function withExports(module: Module, funcidxs: readonly number[]): { module: Module; names: Map<number, string> } {
  const names = new Map<number, string>();
  const exports: Export[] = [...module.exports];
  for (const funcidx of new Set(funcidxs)) {
    const known = module.exports.find(({ kind, index }) => kind === 'func' && index === funcidx)?.name;
    let name = known ?? `f${funcidx}`;
    while (known === undefined && exports.some((each) => each.name === name)) name += "'";
    names.set(funcidx, name);
    if (known === undefined) exports.push({ name, kind: 'func', index: funcidx, byteOffset: 0 });
  }
  return { module: { ...module, exports }, names };
}

/** The text of a corpus file. */
export function scriptOf(testCase: Case, { difference, location, endings, versions }: CaseText): string {
  const { seed, importSeed, nans, fuel, profile, calls } = testCase;
  const plain = decodeModule(testCase.bytes);
  const { module, names } = withExports(
    plain,
    calls.map(({ funcidx }) => funcidx),
  );
  const text = printModule(decodeModule(encodeDecoded(module)));
  const assertions = calls.map((call, i) => assertionText(plain, call, names.get(call.funcidx)!, endings[i + 1]));
  return [
    comment(`${difference.kind}: ${difference.text}`),
    comment(`Found as ${testCase.name}:${seed}; ${versions}.`),
    ...(location === undefined ? [] : [comment(`First differing instruction:\n${location.text}`)]),
    `${MARK}${JSON.stringify({ seed, importSeed, nans, fuel, profile, calls })}`,
    text.trimEnd(),
    ...assertions,
    '',
  ].join('\n');
}

/** Writes a script under a name made of what it shows. Returns its path. */
export function keepScript(folder: string, stem: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const clean = stem.replace(/[^\w.-]+/g, '-');
  let path = join(folder, `${clean}.wast`);
  for (let i = 2; existsSync(path); i++) path = join(folder, `${clean}-${i}.wast`);
  writeFileSync(path, text);
  return path;
}
