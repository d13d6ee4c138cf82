/**
 * What a run has left when it is stopped: memories, globals, tables, segments. The least number of records after which
 * that differs tells which instruction left it, whoever comes to read it.
 */
import { decodeModule, InstructionReader } from '../../decoder/index.ts';
import { type Expr, type InstrId, indexSpaces, instructions, type Mnemonic, type Module } from '../../syntax/index.ts';
import type { Ending, PreparedCall } from '../case.ts';
import { doubtClass } from './doubts.ts';
import { controlOf, elementProbes, STATE_PROBE, segmentProbes, WHO } from './probes.ts';
import { traceCase, tracedCalls } from './traced-case.ts';
import { observationsOf, runBoth, type TraceRun } from './traces.ts';

/** What is different first: a memory, an entry of the state by its label, a segment by its probe. */
export type LeftDifference =
  | { readonly kind: 'memory' }
  | { readonly kind: 'state'; readonly label: string }
  | { readonly kind: 'segment'; readonly of: 'data' | 'elem' };

/** What guest code is believed in; where that code itself goes wrong, it says nothing. */
interface Believed {
  /** What globals and tables hold. */
  readonly contents: boolean;
  /** Which functions are in tables. */
  readonly functions: boolean;
}

/** What is different after so many records. */
async function stateAt(run: TraceRun, stopAt: number, believed: Believed): Promise<LeftDifference | undefined> {
  const { prepared, level, doubts } = run;
  const module = decodeModule(prepared.bytes);
  const segments = segmentProbes(module);
  const elements = believed.functions ? elementProbes(module) : [];
  const call = (name: string, ...args: string[]): PreparedCall => ({ name, args });
  const looks = [
    ...(prepared.state === undefined ? [] : [call(STATE_PROBE)]),
    ...segments.flatMap((probe) => [call(probe.name), call(controlOf(probe))]),
    ...elements.flatMap((probe) =>
      probe.elements.flatMap((index) => [call(probe.name, index.toString(16).padStart(16, '0')), call(WHO)]),
    ),
  ];
  if (looks.length === 0 && prepared.memories.length === 0) return undefined;
  const calls = [...tracedCalls(prepared), ...looks];
  const traced = traceCase(prepared, { sink: 'count', level, stopAt, probes: true, calls, doubts });
  const [ours, theirs] = (await runBoth(run, traced.prepared)).map(observationsOf);
  if (ours === undefined || theirs === undefined) return undefined;
  if (ours.length <= calls.length || theirs.length <= calls.length) return undefined;
  if (JSON.stringify(ours.at(-1)!.memories) !== JSON.stringify(theirs.at(-1)!.memories)) return { kind: 'memory' };
  const endings = (look: number) => {
    const at = calls.length - looks.length + look + 1;
    return [ours[at]!.ending, theirs[at]!.ending] as const;
  };
  const areAlike = (name: string) => {
    const [mine, other] = endings(looks.findIndex((look) => look.name === name));
    return mine.kind === other.kind;
  };
  const segment = segments.find((probe) => areAlike(controlOf(probe)) && !areAlike(probe.name));
  if (segment !== undefined) return { kind: 'segment', of: segment.kind };
  const label = contentsAt(run, believed, endings);
  if (label !== undefined) return { kind: 'state', label };
  for (const [i, { name }] of looks.entries()) {
    if (name !== WHO || JSON.stringify(endings(i)[0]) === JSON.stringify(endings(i)[1])) continue;
    const probe = elements.find((each) => each.name === looks[i - 1]!.name)!;
    return { kind: 'state', label: `table ${probe.tableidx} functions` };
  }
  return undefined;
}

/** The label of the first entry of the state that differs, when it is told. */
function contentsAt(
  run: TraceRun,
  { contents }: Believed,
  endings: (look: number) => readonly [Ending, Ending],
): string | undefined {
  const { state } = run.prepared;
  if (state === undefined || !contents) return undefined;
  const [mine, other] = endings(0);
  if (mine.kind !== 'results' || other.kind !== 'results') return undefined;
  const isDoubted = doubtedEntries(run, state.labels);
  return state.labels.find((_, k) => mine.bits[k] !== other.bits[k] && !isDoubted[k]);
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
 * @param read what the instruction reads at which the traces part: only that may be what the instantiation has left
 */
export async function statePartingBefore(
  run: TraceRun,
  end: number,
  read: 'contents' | 'functions' | undefined,
): Promise<StateParting | undefined> {
  const functions = read === 'functions' && !run.doubts.has('call_indirect');
  const atStart = await stateAt(run, 0, { contents: true, functions });
  const contents = atStart?.kind !== 'state';
  if (atStart !== undefined && (contents || read !== undefined)) return { index: 0, difference: atStart };
  const believed = { contents, functions: functions && contents };
  let difference = await stateAt(run, end, believed);
  if (difference === undefined) return undefined;
  let [same, different] = [0, end];
  while (different - same > 1) {
    const middle = (same + different) >> 1;
    const found = await stateAt(run, middle, believed);
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
