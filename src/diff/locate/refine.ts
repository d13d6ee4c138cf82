/**
 * From the first instruction whose result differs to the one that made it so: what puts a value on the stack, and what
 * lowering holds back or does in one step with what follows, shows only there.
 */
import type { Module } from '../../syntax/index.ts';
import type { Culprit } from './locate.ts';
import { instructionsOf, named, type PlacedInstruction, silent } from './sites.ts';
import { partingInLog, type TraceRun } from './traces.ts';

/** Instructions that are looked at, going back. */
const MAX_BACK = 40;
const MAX_PAIRS = 24;
/** How many instructions lowering makes one of. */
const FUSED_COUNTS = [2, 3];

/** They only pass on what another has made. */
export const passing = named(
  ...(['end', 'else', 'local.set', 'local.tee', 'global.set', 'br_if', 'if', 'drop', 'br', 'br_table'] as const),
  'return',
);
/** Nor does what only turns a condition round. */
export const notComputing = new Set([...passing, ...named('i32.eqz')]);

const branches = named('br_if');

type Stack = 'same' | 'different' | 'absent';

/** How the operand stacks compare where an instruction is about to run, up to the first difference of all. */
async function stackAt(run: TraceRun, place: Culprit): Promise<Stack> {
  const parting = await partingInLog({ ...run, operandsAt: place });
  if (parting?.records === undefined) return 'absent';
  const site = parting.ours === undefined ? undefined : parting.sites[parting.ours.site];
  const isThere = (each: typeof site) =>
    each?.role === 'operand' && each.funcidx === place.funcidx && each.byteOffset === place.byteOffset;
  if (isThere(site) && parting.ours?.site === parting.theirs?.site) return 'different';
  return parting.records.slice(0, parting.index).some((record) => isThere(parting.sites[record.site]))
    ? 'same'
    : 'absent';
}

/** The instruction before which the stack was still the same, when it is not before the one that was found. */
export async function beforeStackDiffers(run: TraceRun, module: Module, found: Culprit): Promise<Culprit> {
  if ((await stackAt(run, found)) !== 'different') return found;
  const all = instructionsOf(module, found.funcidx);
  const at = all.findIndex(({ byteOffset }) => byteOffset === found.byteOffset);
  for (let i = at - 1; i >= Math.max(0, at - MAX_BACK); i--) {
    const place = { ...all[i]!, funcidx: found.funcidx };
    if ((await stackAt(run, place)) === 'same') return place;
  }
  return found;
}

/** Of a statement's instructions the one that goes wrong with the next, when recording is silent between the two. */
export async function fusedIn(
  run: TraceRun,
  funcidx: number,
  statement: readonly PlacedInstruction[],
): Promise<Culprit | undefined> {
  const loud = statement.filter(({ id }) => !silent.has(id)).slice(0, MAX_PAIRS);
  for (const count of FUSED_COUNTS) {
    // The last may be one with what follows the statement.
    for (let i = 0; i + count <= loud.length + 1; i++) {
      const fused = loud.slice(i, i + count);
      const silentAt = fused.slice(0, count - 1).map(({ byteOffset }) => ({ funcidx, byteOffset }));
      const parting = await partingInLog({ ...run, level: 'steps', silentAt });
      if (parting === undefined || (parting.ours === undefined && parting.theirs === undefined)) continue;
      const end = fused.at(-1)!;
      // Both went on behind the branch: its condition was right, what it carries is not.
      const isPassed = parting.last?.funcidx === funcidx && parting.last.byteOffset === end.byteOffset;
      if (isPassed && branches.has(end.id)) return { ...end, funcidx };
      return { ...(fused.filter(({ id }) => !notComputing.has(id)).at(-1) ?? fused[0]!), funcidx };
    }
  }
  return undefined;
}
