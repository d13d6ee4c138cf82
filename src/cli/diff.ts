/** `glassbox diff`: runs modules here and in other engines and says what differs. */
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { decodeModule } from '../decoder/index.ts';
import type * as diffing from '../diff/index.ts';
import { F32, type FuncType, GlassboxError, I32, indexSpaces, isRef, type Module, V128 } from '../syntax/index.ts';
import { nowMs } from './clock.ts';
import { type Arguments, type Command, quantity } from './command.ts';
import { exitCodes, Failure, usageFailure } from './failure.ts';
import { writeFile } from './files.ts';
import { suggestion } from './nearest.ts';
import { paint, printable, writeErr, writeOut } from './output.ts';
import { countText, parseCount, parseDurationMs } from './quantities.ts';
import { parseValue } from './values.ts';
import { version } from './version.ts';

export const diff: Command = {
  name: 'diff',
  summary: 'run modules here and in other engines and say what differs',
  usage: '[OPTIONS] [FILE|FOLDER…]',
  example: 'glassbox diff --against v8,wasmtime --seconds 60',
  options: [
    {
      name: 'against',
      value: 'LIST',
      help: 'v8, wasmtime, wasmi, or our own clear, switch, halves, handlers; see below',
    },
    { name: 'seconds', value: 'N', help: 'when to stop; 60 unless told otherwise, without end for files' },
    { name: 'count', value: 'N', help: 'how many cases' },
    { name: 'seed', value: 'N', help: 'the first seed; the same seed makes the same cases' },
    { name: 'jobs', value: 'N', help: 'worker processes; as many as processors unless told' },
    { name: 'rounds', value: 'N', help: 'seeds, hence arguments, for each file; 10 unless told' },
    { name: 'calls', value: 'TEXT', help: "what to call in files: 'add(1, 2); f()'" },
    { name: 'calls-per-case', value: 'N', help: 'calls that are made up for a case; 6 unless told' },
    { name: 'generators', value: 'LIST', help: 'which generators make modules; all that are here unless told' },
    {
      name: 'profile',
      value: 'NAME',
      help: 'what modules may use: host, standard, common, all; by the engines unless told',
    },
    { name: 'case', value: 'ID', help: 'one case again, as a report names it: SOURCE:SEED' },
    {
      name: 'corpus',
      value: 'FOLDER',
      help: 'where differences are kept and replayed from; glassbox-corpus unless told',
    },
    { name: 'report', value: 'FOLDER', help: 'write differences.jsonl and index.html there' },
    { name: 'timeout', value: 'TIME', help: 'for one case; 1s unless told' },
    { name: 'reduce', value: 'TIME', help: 'what making one difference small may take; 20s unless told' },
    { name: 'worker', help: 'serve cases to a parent', hidden: true },
  ],
  notes: [
    'Without files, generators make modules. Files are binaries, texts, and test scripts, whose invocations are the calls.',
    'Each unexplained difference is made small and kept once in the corpus; docs/differential.md tells how to read it.',
    'Without --against: v8, wasmtime, wasmi and clear. switch, halves and handlers are our own dispatch loops.',
    'Exits with 1 when there is one, with 2 when no engine is there to compare with.',
  ].join('\n'),
  execute,
};

type Diffing = typeof diffing;

const DEFAULT_SECONDS = 60;
const DEFAULT_CORPUS = 'glassbox-corpus';
const MAX_MEMORY_BYTES = 2 ** 28;
/** A worker whose guest does not end is silent; starting an engine takes a while too. */
const SILENT_MS = 15_000;

async function execute(args: Arguments): Promise<number> {
  const found = await import('../diff/index.ts');
  const against = engineList(args, found);
  const seed = quantity(args, 'seed', parseCount, '--seed 1') ?? Math.floor(Math.random() * 2 ** 31);
  const plan = await planOf(args, found, against, seed);
  const limits = { timeoutMs: timeMs(args, 'timeout', 1000), maxMemoryBytes: MAX_MEMORY_BYTES };
  const reduceMs = timeMs(args, 'reduce', 20_000);
  // Who asks for a profile gets all engines' opinion of it, and files are for all of them.
  const isChosen = args.value('profile') === undefined && args.operands.length === 0;
  const takes = isChosen ? found.takesProfile : undefined;
  const open = () =>
    found.Session.open({
      ...{ against, limits, version, reduceMs, takes },
      sources: plan.sources,
      locate: found.locate,
    });
  if (args.flag('worker')) {
    await found.serveSession(open);
    return exitCodes.ok;
  }
  const session = await open();
  const { engines, missing } = session;
  for (const each of missing) writeErr(`${paint(2, 'yellow', `${each.name} is missing`)}: ${each.missing}\n`);
  if (engines.length < 2) {
    session.close();
    throw usageFailure('no engine is there to compare with', 'see above how to get one, or use --against v8');
  }
  const id = args.value('case');
  if (id !== undefined) return oneCase(session, id).finally(() => session.close());
  session.close();
  if (plan.at(0) === undefined) throw usageFailure('there is nothing to run', 'name files, or install a generator');
  return campaign(args, found, plan, { engines, missing, seed });
}

function engineList(args: Arguments, { engineNames, usualEngineNames }: Diffing): readonly diffing.EngineName[] {
  const text = args.value('against');
  if (text === undefined) return usualEngineNames;
  return text.split(',').map((each) => {
    const name = engineNames.find((known) => known === each.trim());
    if (name === undefined) throw usageFailure(`unknown engine '${each}'`, suggestion(each, engineNames));
    return name;
  });
}

function timeMs(args: Arguments, name: string, otherwise: number): number {
  return quantity(args, name, parseDurationMs, `--${name} 5s`) ?? otherwise;
}

async function planOf(
  args: Arguments,
  found: Diffing,
  against: readonly diffing.EngineName[],
  seed: number,
): Promise<diffing.Plan> {
  const files = args.operands.flatMap((path) => filesAt(path, found));
  const calls = args.value('calls');
  const called = calls === undefined ? files : files.map((file) => ({ ...file, calls: parseCalls(calls, file) }));
  return found.makePlan({
    corpusFolder: args.value('corpus') ?? DEFAULT_CORPUS,
    files: called,
    rounds: quantity(args, 'rounds', parseCount, '--rounds 10') ?? (calls === undefined ? 10 : 1),
    generators: await chosenGenerators(args, found),
    profile: profilesOf(args, against, found),
    seed,
    callCount: quantity(args, 'calls-per-case', parseCount, '--calls-per-case 6') ?? 6,
    count: quantity(args, 'count', parseCount, '--count 1000'),
  });
}

/** @throws {Failure} for a file that cannot be read */
function filesAt(path: string, { moduleFilesAt, modulesIn }: Diffing): diffing.FileModule[] {
  try {
    const paths = moduleFilesAt(path);
    const modules = paths.flatMap((each) => readable(each, paths.length === 1, modulesIn));
    if (modules.length === 0) throw new Failure(`there is no valid module in '${path}'`);
    return modules;
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof GlassboxError || error instanceof Error) {
      throw new Failure(`cannot use '${path}': ${error.message}`);
    }
    throw error;
  }
}

/** A folder may hold files that are no modules; a file that is named must be one. */
function readable(path: string, isNamed: boolean, modulesIn: Diffing['modulesIn']): diffing.FileModule[] {
  try {
    return modulesIn(path);
  } catch (error) {
    if (isNamed || !(error instanceof GlassboxError)) throw error;
    return [];
  }
}

async function chosenGenerators(args: Arguments, { findGenerators }: Diffing): Promise<diffing.Generator[]> {
  const all = await findGenerators();
  const text = args.value('generators');
  if (text === undefined) {
    const isQuiet = args.operands.length > 0 || args.flag('worker');
    for (const { name, missing } of all) {
      if (missing !== undefined && !isQuiet) writeErr(`${paint(2, 'yellow', `${name} is missing`)}: ${missing}\n`);
    }
    return all.filter(({ missing }) => missing === undefined);
  }
  return text.split(',').map((each) => {
    const names = all.map(({ name }) => name);
    const generator = all.find(({ name }) => name === each.trim());
    if (generator === undefined) throw usageFailure(`unknown generator '${each}'`, suggestion(each, names));
    if (generator.missing !== undefined) throw new Failure(`${each} is missing: ${generator.missing}`);
    return generator;
  });
}

const profiles = ['host', 'standard', 'common', 'all'] as const;

/** What the engines of the campaign take: each has modules of its own, and several have some in common. */
function profilesOf(
  args: Arguments,
  against: readonly diffing.EngineName[],
  { profilesFor }: Diffing,
): readonly diffing.Profile[] {
  const text = args.value('profile');
  if (text === undefined) return profilesFor(against);
  const profile = profiles.find((each) => each === text);
  if (profile === undefined) throw usageFailure(`unknown profile '${text}'`, `write ${profiles.join(' or ')}`);
  return [profile];
}

/** `name(1, 2.5); other()`: calls of a file's exports, arguments as `--invoke` takes them. */
function parseCalls(text: string, { name, bytes }: diffing.FileModule): diffing.Call[] {
  const module = decodeModule(bytes);
  const parts = text.split(';').filter((part) => part.trim() !== '');
  return parts.map((part) => {
    const match = /^\s*(.+?)\s*\(([^)]*)\)\s*$/.exec(part);
    if (match === null) throw usageFailure(`'${part.trim()}' is no call`, "write --calls 'name(1, 2); other()'");
    return callOf(module, name, match[1]!, match[2]!);
  });
}

function callOf(module: Module, path: string, name: string, argsText: string): diffing.Call {
  const funcs = module.exports.filter(({ kind }) => kind === 'func');
  const found = funcs.find((each) => each.name === name);
  if (found === undefined) {
    const names = funcs.map((each) => each.name);
    throw usageFailure(`'${path}' exports no function '${printable(name)}'`, suggestion(name, names));
  }
  const { params } = module.types[indexSpaces(module).funcs[found.index]!]!.comp as FuncType;
  const texts = argsText.trim() === '' ? [] : argsText.split(',').map((each) => each.trim());
  if (texts.length !== params.length) {
    throw usageFailure(`'${printable(name)}' takes ${params.length} arguments, not ${texts.length}`);
  }
  const args = params.map((type, i) => {
    const { lo, hi, x2, x3, ref } = parseValue(texts[i]!, type);
    if (isRef(type)) return ref === null ? 'null' : '00000001';
    const count = type === V128 ? 4 : type === I32 || type === F32 ? 1 : 2;
    const words = [lo, hi, x2, x3].slice(0, count).reverse();
    return words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  });
  return { funcidx: found.index, args };
}

interface Facts {
  readonly engines: diffing.Session['engines'];
  readonly missing: diffing.Session['missing'];
  readonly seed: number;
}

async function campaign(args: Arguments, found: Diffing, plan: diffing.Plan, facts: Facts): Promise<number> {
  const corpusFolder = args.value('corpus') ?? DEFAULT_CORPUS;
  const isOpen = args.operands.length === 0 && args.value('count') === undefined;
  const seconds = quantity(args, 'seconds', parseCount, '--seconds 60') ?? (isOpen ? DEFAULT_SECONDS : undefined);
  const workerArgs = [...process.argv.slice(2), '--worker', `--seed=${facts.seed}`];
  const progress = progressLine();
  const totals = await found.runCampaign({
    plan: plan.at,
    startRunner: () => found.startWorker({ script: process.argv[1]!, args: workerArgs, silentMs: SILENT_MS }),
    jobs: quantity(args, 'jobs', parseCount, '--jobs 2') ?? availableParallelism(),
    seconds,
    corpusFolder,
    onProgress: progress.show,
    onFinding(finding) {
      progress.clear();
      writeOut(findingText(finding));
    },
  });
  progress.clear();
  const result = { ...facts, totals, sources: plan.sources.slice(0, 100).map(({ name }) => name) };
  writeReport(args, found, result);
  writeOut(found.closingText(result));
  return totals.findings.length + totals.died.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function writeReport(args: Arguments, found: Diffing, result: diffing.Campaign): void {
  const folder = args.value('report');
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const lines = [found.totalsLine(result), ...result.totals.findings.map(found.findingLine)];
  writeFile(join(folder, 'differences.jsonl'), lines.join(''));
  writeFile(join(folder, 'index.html'), found.reportPage(result));
}

function findingText({ key, id, difference, location, path }: diffing.KeptFinding): string {
  const lines = [
    `${paint(1, 'red', key)}: case ${id}`,
    `  ${printable(difference.text)}`,
    ...(location === undefined ? [] : location.text.split('\n').map((line) => `  ${line}`)),
    ...(path === undefined ? [] : [`  kept as ${path}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** One case, told in full. */
async function oneCase(session: diffing.Session, id: string): Promise<number> {
  const colon = id.lastIndexOf(':');
  const seed = parseCount(id.slice(colon + 1));
  if (colon < 0 || seed === undefined) throw usageFailure(`'${id}' is no case`, 'write SOURCE:SEED, as reports do');
  const source = id.slice(0, colon);
  if (!session.sourceNames.includes(source)) {
    throw usageFailure(`there is no source of cases named '${source}'`, suggestion(source, session.sourceNames));
  }
  const report = await session.run([{ source, seed }], new Set());
  for (const reason of report.unprepared) writeOut(`the case cannot be run the same way everywhere: ${reason}\n`);
  for (const { engine, difference, explanation, location, script } of report.findings) {
    writeOut(`${engine}: ${printable(difference.text)}\n`);
    if (explanation !== undefined) writeOut(`explained: ${explanation}\n`);
    if (location !== undefined) writeOut(`${location.text}\n`);
    if (script !== undefined) writeOut(script);
  }
  for (const [name, { same, inconclusive, unsupported }] of Object.entries(report.counts)) {
    if (same > 0) writeOut(`${name}: the same\n`);
    if (inconclusive > 0) writeOut(`${name}: inconclusive\n`);
    if (unsupported > 0) writeOut(`${name}: does not take the module\n`);
  }
  return report.findings.some(({ explanation }) => explanation === undefined) ? exitCodes.failed : exitCodes.ok;
}

const PROGRESS_MS = 1000;

/** How far it is: on a terminal all the time on one line, else now and then. */
function progressLine(): { show(totals: diffing.Totals): void; clear(): void } {
  const isTerminal = process.stderr.isTTY === true;
  let last = nowMs();
  let isShown = false;
  return {
    show({ cases, seconds, findings }) {
      if (nowMs() - last < (isTerminal ? PROGRESS_MS : 30 * PROGRESS_MS)) return;
      last = nowMs();
      const text = `${countText(cases)} cases, ${Math.round(cases / seconds)} a second, ${findings.length} differences`;
      writeErr(isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
      isShown = isTerminal;
    },
    clear() {
      if (isShown) writeErr('\r\u001b[K');
      isShown = false;
    },
  };
}
