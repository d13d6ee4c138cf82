/**
 * What a run has left when it is stopped: memories, globals, tables, segments. The least number of records after which
 * that differs tells which instruction left it, whoever comes to read it.
 */
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import { type Expr, type InstrId, indexSpaces, instructions, type Mnemonic, type Module } from '../../syntax/index.ts';
import type { PreparedCall } from '../case.ts';
import { doubtClass } from './doubts.ts';
import { controlOf, STATE_PROBE, segmentProbes } from './probes.ts';
import { traceCase, tracedCalls } from './traced-case.ts';
import { observationsOf, runBoth, type TraceRun } from './traces.ts';

/** What is different first: a memory, an entry of the state by its label, a segment by its probe. */
export type LeftDifference =
  | { readonly kind: 'memory' }
  | { readonly kind: 'state'; readonly label: string }
  | { readonly kind: 'segment'; readonly of: 'data' | 'elem' };

/**
 * What is different after so many records.
 *
 * @param isTold also what guest code tells of globals and tables: where that code itself goes wrong, it says nothing
 */
async function stateAt(run: TraceRun, stopAt: number, isTold: boolean): Promise<LeftDifference | undefined> {
  const { prepared, level, doubts } = run;
  const segments = segmentProbes(decodeModule(prepared.bytes));
  const names = [
    ...(prepared.state === undefined ? [] : [STATE_PROBE]),
    ...segments.flatMap((probe) => [probe.name, controlOf(probe)]),
  ];
  if (names.length === 0 && prepared.memories.length === 0) return undefined;
  const calls = [...tracedCalls(prepared), ...names.map((name): PreparedCall => ({ name, args: [] }))];
  const traced = traceCase(prepared, { sink: 'count', level, stopAt, probes: true, calls, doubts });
  const [ours, theirs] = (await runBoth(run, traced.prepared)).map(observationsOf);
  if (ours === undefined || theirs === undefined) return undefined;
  if (ours.length <= calls.length || theirs.length <= calls.length) return undefined;
  if (JSON.stringify(ours.at(-1)!.memories) !== JSON.stringify(theirs.at(-1)!.memories)) return { kind: 'memory' };
  const endings = (name: string) => {
    const at = calls.length - names.length + names.indexOf(name) + 1;
    return [ours[at]!.ending, theirs[at]!.ending] as const;
  };
  const areAlike = (name: string) => endings(name)[0].kind === endings(name)[1].kind;
  const segment = segments.find((probe) => areAlike(controlOf(probe)) && !areAlike(probe.name));
  if (segment !== undefined) return { kind: 'segment', of: segment.kind };
  if (prepared.state === undefined || !isTold) return undefined;
  const [mine, other] = endings(STATE_PROBE);
  if (mine.kind !== 'results' || other.kind !== 'results') return undefined;
  const { labels } = prepared.state;
  const isDoubted = doubtedEntries(run, labels);
  const entry = mine.bits.findIndex((bits, k) => bits !== other.bits[k] && !isDoubted[k]);
  return entry < 0 ? undefined : { kind: 'state', label: labels[entry]! };
}

/** Of the entries of the state, those whose readers are wrong themselves. */
function doubtedEntries({ prepared, doubts }: TraceRun, labels: readonly string[]): boolean[] {
  const module = decodeModule(prepared.bytes);
  const { globals, tables } = indexSpaces(module);
  return labels.map((label) => {
    const [space, index, what] = label.split(' ') as [string, string, string | undefined];
    if (space === 'table') {
      const of = doubtClass(tables[Number(index)]!.element, module);
      return what === 'contents' && (doubts.has(`table.get ${of}`) || doubts.has('ref.is_null'));
    }
    return doubts.has(`global.get ${doubtClass(globals[Number(index)]!.content, module)}`);
  });
}

export interface StateParting {
  /** Records after which the state differs; 0: the instantiation has left it so. */
  readonly index: number;
  readonly difference: LeftDifference;
}

/**
 * Where the state comes to differ, when it does at `end`.
 *
 * @param isRead the traces part at an instruction that reads globals or tables, so that what is told of them may count
 */
export async function statePartingBefore(
  run: TraceRun,
  end: number,
  isRead: boolean,
): Promise<StateParting | undefined> {
  const atStart = await stateAt(run, 0, true);
  const isTold = atStart?.kind !== 'state';
  if (atStart !== undefined && (isTold || isRead)) return { index: 0, difference: atStart };
  let difference = await stateAt(run, end, isTold);
  if (difference === undefined) return undefined;
  let [same, different] = [0, end];
  while (different - same > 1) {
    const middle = (same + different) >> 1;
    const found = await stateAt(run, middle, isTold);
    if (found === undefined) same = middle;
    else {
      difference = found;
      different = middle;
    }
  }
  return { index: different, difference };
}

/** An instruction of a module's definitions: written there, or one that stands for what instantiation does. */
export interface DefinitionPlace {
  readonly instruction: Mnemonic;
  readonly byteOffset: number;
  readonly text: string;
}

/**
 * What the instantiation did otherwise. Active segments are `memory.init` and `table.init` to the specification, each
 * with a drop after it.
 *
 * @see https://webassembly.github.io/spec/core/exec/modules.html#instantiation
 */
export function definitionOf(module: Module, difference: LeftDifference): DefinitionPlace {
  const of = (instruction: Mnemonic, text: string, byteOffset = 0) => ({ instruction, byteOffset, text });
  if (difference.kind === 'segment') {
    return difference.of === 'data'
      ? of('data.drop', 'active data segments are dropped')
      : of('elem.drop', 'active and declarative element segments are dropped');
  }
  if (difference.kind === 'memory') return of('memory.init', 'active data segments are copied');
  const [space, index] = difference.label.split(' ') as [string, string];
  if (space === 'table') return of('table.init', `active element segments are copied to table ${index}`);
  const imported = indexSpaces(module).globals.length - module.globals.length;
  const init = module.globals[Number(index) - imported]?.init;
  const found = init && lastComputed(module, init);
  const name = found === undefined ? 'global.set' : instructions[found.id]!.name;
  return of(name, `global ${index} is initialised`, found?.byteOffset);
}

/** The last instruction of a constant expression before its end. */
function lastComputed(
  module: Module,
  { byteOffset, byteLength }: Expr,
): { readonly id: InstrId; readonly byteOffset: number } | undefined {
  const reader = new InstructionReader(module.bytes, byteOffset, byteOffset + byteLength);
  let last: { readonly id: InstrId; readonly byteOffset: number } | undefined;
  while (!reader.done) {
    reader.next();
    if (!reader.done) last = { id: reader.id, byteOffset: reader.at };
  }
  return last;
}
