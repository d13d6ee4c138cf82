/** From a case whose runs differ to the first instruction that was executed differently, and its text for people. */
import { decodeModule } from '../../decoder/index.ts';
import { type InstrId, importCount, instructions, type Module } from '../../syntax/index.ts';
import type { Case, Difference, Engine, Locate, Location, Outcome, PreparedCase, RunLimits } from '../case.ts';
import { compareOutcomes } from '../compare.ts';
import { type Origins, prepareWithOrigins } from '../prepare/index.ts';
import { type Death, findDeath, livesUntil } from './death.ts';
import { describeLocation } from './describe.ts';
import { findDoubts } from './doubts.ts';
import { beforeStackDiffers, fusedIn, notComputing, passing } from './refine.ts';
import { canonicalising, instructionsOf, named, type PlacedInstruction, type Site, silent } from './sites.ts';
import { type DefinitionPlace, definitionOf, type LeftDifference, statePartingBefore } from './state.ts';
import type { Place } from './traced-case.ts';
import { findParting, type Parting, partingInLog, type TraceRun } from './traces.ts';

/** An instruction of the prepared module. */
export interface Culprit extends PlacedInstruction {
  readonly funcidx: number;
}

const calls = named('call', 'call_indirect', 'call_ref');
const refFunc = named('ref.func');
const throws = named('throw', 'throw_ref', 'rethrow');
const arrivals = named('end', 'catch');
const END = [...named('end')][0]!;
/** They tell what instructions before them have left. */
const readers = named('global.get', 'table.get', 'table.size');
const callers = named('call_indirect', 'return_call_indirect', 'call_ref', 'return_call_ref');
export const locate: Locate = async (testCase, ours, theirs, limits) => {
  const { prepared: whole, origins } = prepareWithOrigins(testCase);
  const difference = await findDifference(whole, ours, theirs, limits);
  if (difference === undefined) return undefined;
  const isDeath = difference.kind === 'death';
  const prepared = isDeath ? whole : { ...whole, calls: whole.calls.slice(0, difference.step) };
  const module = decodeModule(prepared.bytes);
  const isInserted = (place: Place) => !isOwn(origins, module, place);
  const doubts = await findDoubts(module, ours, theirs, limits);
  for (const level of ['steps', 'statements'] as const) {
    const run: TraceRun = { prepared, nans: testCase.nans, ours, theirs, limits, level, isInserted, doubts };
    const found = isDeath ? await locateDeath(run) : await locateAt(run);
    if (found === undefined) continue;
    if ('definition' in found) return inDefinitions(difference, found.definition);
    return toLocation({ testCase, origins, run, difference }, found);
  }
  return undefined;
};

async function findDifference(
  prepared: PreparedCase,
  ours: Engine,
  theirs: Engine,
  limits: RunLimits,
): Promise<Difference | undefined> {
  const pending = theirs.run([prepared], limits);
  const [mine] = await ours.run([prepared], limits);
  const [other] = await pending;
  const side = (engine: Engine, outcome: Outcome) => ({ engine: engine.name, outcome });
  const seesState = ours.seesState && theirs.seesState;
  const verdict = compareOutcomes(prepared, side(ours, mine!), side(theirs, other!), seesState);
  return verdict.kind === 'different' ? verdict.difference : undefined;
}

interface Found {
  readonly culprit: Culprit;
  readonly parting: Parting;
  /** Records before the difference. */
  readonly index: number;
  /** What the instruction has left, which shows only later. */
  readonly left?: LeftDifference | undefined;
}

/** The instantiation has left a state that differs. */
interface InDefinitions {
  readonly definition: DefinitionPlace;
}

async function locateAt(run: TraceRun): Promise<Found | InDefinitions | undefined> {
  const parting = await findParting(run);
  if (parting === undefined) return undefined;
  const module = decodeModule(run.prepared.bytes);
  const { ours, theirs, sites } = parting;
  const seen = culpritOf(module, parting, run);
  const left = await statePartingBefore(run, parting.index, seen && readBy(seen.id));
  if (left?.index === 0) return { definition: definitionOf(module, left.difference) };
  if (left !== undefined && parting.records !== undefined && left.index < parting.index) {
    const last = sites[parting.records[left.index - 1]!.site]!;
    const culprit = nextInstruction(module, last);
    return culprit && refined(run, module, { culprit, parting, index: left.index, left: left.difference }, last, []);
  }
  const isSilent = ours === undefined && theirs === undefined;
  if (isSilent && left === undefined && parting.returnedFrom !== undefined) {
    const culprit = nextInstruction(module, parting.returnedFrom);
    return culprit && refined(run, module, { culprit, parting, index: parting.index }, parting.returnedFrom, []);
  }
  // The traces agree to the end: the last step shows it only if it ended otherwise. Else recording has hidden it.
  if (seen === undefined || (isSilent && left === undefined && !parting.endsDiffer)) return undefined;
  const next = [ours, theirs].flatMap((each) => (each ? [sites[each.site]!] : []));
  return refined(run, module, { culprit: seen, parting, index: parting.index }, parting.last, next);
}

function readBy(id: InstrId): 'contents' | 'functions' | undefined {
  if (callers.has(id)) return 'functions';
  return readers.has(id) ? 'contents' : undefined;
}

/** An engine that an instruction ends. */
async function locateDeath(run: TraceRun): Promise<Found | undefined> {
  const death = await findDeath(run);
  const module = decodeModule(run.prepared.bytes);
  const culprit = death && ((await killerIn(run, module, death)) ?? nextInstruction(module, death.last));
  if (death === undefined || culprit === undefined) return undefined;
  const { index, last, records, sites } = death;
  const parting = {
    ...{ ours: undefined, theirs: undefined, endsDiffer: true, length: index },
    index,
    last,
    records,
    sites,
  };
  return { culprit, parting, index };
}

/** Of a statement left whole, the instruction before which the engine still lives, and no longer before the next. */
async function killerIn(run: TraceRun, module: Module, death: Death): Promise<Culprit | undefined> {
  if (run.level === 'steps') return undefined;
  const { last, records, sites, index } = death;
  const next = records[index];
  const statement = statementAfter(module, last, next === undefined ? [] : [sites[next.site]!]);
  const places = statement.map((each) => ({ ...each, funcidx: last.funcidx }));
  for (let i = 1; i < places.length; i++) {
    if (!(await livesUntil(run, death, places[i]!))) return places[i - 1];
  }
  return places.filter(({ id }) => !notComputing.has(id)).at(-1);
}

/** Looks at what is on the stack before the instruction that was found, or within the statement that was. */
async function refined(
  run: TraceRun,
  module: Module,
  found: Found,
  last: Site | undefined,
  next: readonly Site[],
): Promise<Found> {
  if (run.level === 'statements' && last !== undefined) {
    const fused = await fusedIn(run, last.funcidx, statementAfter(module, last, next));
    if (fused !== undefined) return { ...found, culprit: fused };
  }
  const maker = functionMaker(run, module, found.culprit);
  return { ...found, culprit: maker ?? (await beforeStackDiffers(run, module, found.culprit)) };
}

/**
 * The `ref.func` that has made what an instruction puts into a table or calls, when it makes another function's: the
 * last before it, or of another function, which has put it where it was found.
 */
function functionMaker(run: TraceRun, module: Module, { funcidx, byteOffset }: Culprit): Culprit | undefined {
  const { doubts, isInserted } = run;
  if (!doubts.has('ref.func') || doubts.has('call_indirect')) return undefined;
  const makersIn = (of: number): Culprit[] =>
    instructionsOf(module, of)
      .map((each) => ({ ...each, funcidx: of }))
      .filter((each) => refFunc.has(each.id) && !isInserted(each));
  const imported = importCount(module, 'func');
  const elsewhere = module.funcs.flatMap((_, i) => (imported + i === funcidx ? [] : makersIn(imported + i)));
  const before = makersIn(funcidx).filter((each) => each.byteOffset < byteOffset);
  return before.at(-1) ?? elsewhere.at(-1);
}

/** The instruction that was executed after the last common record. */
function culpritOf(module: Module, parting: Parting, { level, isInserted }: TraceRun): Culprit | undefined {
  const { last, ours, theirs, sites } = parting;
  const isCoarse = level === 'statements';
  const site = sites[(ours ?? theirs)?.site ?? 0]!;
  const differs = ours !== undefined || theirs !== undefined;
  if (last === undefined) return differs ? firstInstruction(module, site) : undefined;
  // One of several results.
  const isSameStep =
    ours?.site === theirs?.site &&
    site.funcidx === last.funcidx &&
    site.byteOffset === last.byteOffset &&
    follows(last, site);
  if (ours?.site === theirs?.site && canonicalising.has(site.id) && isInserted(site)) return { ...site };
  if (differs && isSameStep) {
    // Where a block ends, or a handler or function begins, values come from what led there.
    const isArrival = site.role === 'entry' || arrivals.has(site.id);
    const origin = isArrival ? beforeStep(module, parting, site, isCoarse) : undefined;
    if (origin !== undefined || site.role !== 'entry') return origin ?? { ...site };
  }
  if (isCoarse)
    return lastComputation(
      module,
      last,
      [ours, theirs].flatMap((each) => (each ? [sites[each.site]!] : [])),
    );
  const next = nextInstruction(module, last);
  // A function has returned: what came of the call is what differs.
  if (next?.id === END && isFinalEnd(module, next) && differs && calls.has(site.id)) return { ...site };
  return next;
}

/** The instruction that ran before the step of a record that differs; of a statement that throws, the throw. */
function beforeStep(
  module: Module,
  { index, records, sites }: Parting,
  { funcidx, byteOffset }: Site,
  isCoarse: boolean,
): Culprit | undefined {
  const isElsewhere = (site: Site) => site.funcidx !== funcidx || site.byteOffset !== byteOffset;
  const before = records
    ?.slice(0, index)
    .filter(({ site }) => isElsewhere(sites[site]!))
    .at(-1);
  if (before === undefined) return undefined;
  const from = sites[before.site]!;
  const leaving = after(module, from).find(({ id }) => throws.has(id) || passing.has(id));
  return isCoarse && leaving !== undefined && throws.has(leaving.id)
    ? { ...leaving, funcidx: from.funcidx }
    : nextInstruction(module, from);
}

function follows(a: Site, b: Site): boolean {
  return a.role === b.role ? b.ordinal === a.ordinal + 1 : a.role === 'result' && b.role === 'state';
}

function firstInstruction(module: Module, { funcidx }: Site): Culprit | undefined {
  const found = instructionsOf(module, funcidx).find(({ id }) => !silent.has(id));
  return found && { ...found, funcidx };
}

/** The instructions of a function after a site's. */
function after(module: Module, { funcidx, byteOffset, role }: Site): PlacedInstruction[] {
  const all = instructionsOf(module, funcidx);
  return role === 'entry' ? all : all.filter((each) => each.byteOffset > byteOffset);
}

function nextInstruction(module: Module, site: Site): Culprit | undefined {
  const found = after(module, site).find(({ id }) => !silent.has(id));
  return found && { ...found, funcidx: site.funcidx };
}

function isFinalEnd(module: Module, { funcidx, byteOffset }: Culprit): boolean {
  const { body } = module.funcs[funcidx - importCount(module, 'func')]!;
  return byteOffset === body.byteOffset + body.byteLength - 1;
}

/** The instructions between the last common record and the nearer of those that differ. */
function statementAfter(module: Module, last: Site, next: readonly Site[]): PlacedInstruction[] {
  const all = after(module, last).filter(({ id }) => !silent.has(id));
  const ahead = next.filter(({ funcidx, byteOffset }) => funcidx === last.funcidx && byteOffset > last.byteOffset);
  const to = Math.min(...ahead.map(({ byteOffset }) => byteOffset));
  const jump = all.findIndex(({ id }) => passing.has(id));
  return ahead.length > 0 ? all.filter(({ byteOffset }) => byteOffset <= to) : all.slice(0, jump + 1 || 1);
}

/** Of them, the last that computes. */
function lastComputation(module: Module, last: Site, next: readonly Site[]): Culprit | undefined {
  const run = statementAfter(module, last, next);
  const computing = run.filter(({ id }) => !notComputing.has(id));
  const found = computing.at(-1) ?? run.filter(({ id }) => !passing.has(id)).at(-1) ?? run.at(-1);
  return found && { ...found, funcidx: last.funcidx };
}

// For people

function inDefinitions(difference: Difference, { instruction, byteOffset, text }: DefinitionPlace): Location {
  const lines = [
    `${instruction} of the instantiation: ${text}`,
    ...[difference.ours, difference.theirs].map((each) => `${each.engine}: ${each.text}`),
  ];
  return { instruction, funcidx: -1, byteOffset, text: lines.join('\n') };
}

interface Located {
  readonly testCase: Case;
  readonly origins: Origins;
  readonly run: TraceRun;
  readonly difference: Difference;
}

async function toLocation(
  { testCase, origins, run, difference }: Located,
  { culprit, parting, index, left }: Found,
): Promise<Location> {
  const module = decodeModule(run.prepared.bytes);
  const place = originOf(testCase, origins, module, culprit);
  const operands = await operandsBefore(run, culprit, parting, index);
  const text = describeLocation({ testCase, run, difference, culprit, place, parting, operands, index, left });
  return { instruction: nameOf(culprit.id), funcidx: place.funcidx, byteOffset: place.byteOffset, text };
}

export function nameOf(id: InstrId): string {
  return instructions[id]!.name;
}

/** Where an instruction of the prepared module is in the case's. */
export interface OriginalPlace {
  readonly funcidx: number;
  readonly byteOffset: number;
  /** It is the case's own; else code that was put around or into it. */
  readonly isOwn: boolean;
}

/** Has the case this instruction? Asked only of records that are not the same. */
function isOwn({ places }: Origins, module: Module, { funcidx, byteOffset }: Place): boolean {
  const index = funcidx - importCount(module, 'func');
  const body = module.funcs[index]!.body.byteOffset;
  return places.get(index)?.some(([prepared]) => prepared === byteOffset - body) ?? false;
}

function originOf(
  testCase: Case,
  { places, shift }: Origins,
  module: Module,
  { funcidx, byteOffset }: Culprit,
): OriginalPlace {
  const imported = importCount(module, 'func');
  const body = module.funcs[funcidx - imported]!.body.byteOffset;
  const at = byteOffset - body;
  const known = places.get(funcidx - imported);
  const exact = known?.find(([prepared]) => prepared === at);
  if (exact !== undefined) return { funcidx: funcidx - shift, byteOffset: exact[1], isOwn: true };
  const near = known?.filter(([prepared]) => prepared < at).at(-1) ?? known?.[0];
  if (near !== undefined) return { funcidx: funcidx - shift, byteOffset: near[1], isOwn: false };
  const original = decodeModule(testCase.bytes);
  const called = testCase.calls.at(-1)?.funcidx ?? importCount(original, 'func');
  const own = original.funcs[called - importCount(original, 'func')];
  return { funcidx: called, byteOffset: own?.body.byteOffset ?? 0, isOwn: false };
}

/** Records of the operand stack at the instruction, just before it went differently. */
async function operandsBefore(
  run: TraceRun,
  { funcidx, byteOffset }: Culprit,
  { sites, records }: Parting,
  index: number,
): Promise<Operands | undefined> {
  if (records === undefined) return undefined;
  const isThere = (site: Site) => site.funcidx === funcidx && site.byteOffset === byteOffset;
  const passed = records.slice(0, index).filter(({ site }) => {
    return isThere(sites[site]!) && sites[site]!.role === 'result' && sites[site]!.ordinal === 0;
  }).length;
  const again = await partingInLog({ ...run, operandsAt: { funcidx, byteOffset } });
  if (again?.records === undefined) return undefined;
  let count = 0;
  const values: { site: Site; digits: string }[] = [];
  for (const record of again.records) {
    const site = again.sites[record.site]!;
    if (site.role !== 'operand') {
      if (count > passed) break;
      continue;
    }
    if (site.ordinal === 0) count++;
    else if (count === passed + 1)
      values.push({ site, digits: record.words.length > 1 ? record.words[1]! + record.words[0]! : record.words[0]! });
  }
  return values;
}

export type Operands = readonly { readonly site: Site; readonly digits: string }[];
