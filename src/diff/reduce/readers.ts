/**
 * Makes a difference in memory, globals or tables show in what a call gives, so that a script can assert it: the case
 * gets a function that reads one word, global or element that differs, and a call of it after the step that left it.
 */
import { decodeModule } from '../../decoder/index.ts';
import { ByteWriter, encodableData, encodeModule, writeMemarg } from '../../encoder/index.ts';
import { type FuncType, I32, I64, indexSpaces, isRef, type Module, type ValType } from '../../syntax/index.ts';
import type { Bits, Case, Difference, Observation, Outcome } from '../case.ts';
import { Code } from '../prepare/index.ts';

/** Runs a case in both engines, ours first. */
export type RunBoth = (testCase: Case) => Promise<readonly [Outcome, Outcome]>;

/** A function that reads: what it gives, and its body without the final `end`. */
interface Reader {
  readonly results: readonly ValType[];
  readonly write: (code: Code) => void;
}

const BLOCK_BYTES = 4096;
const WORD_BYTES = 8;
/** Elements of a table that are looked at. */
const MAX_ELEMENTS = 256;

/** The case with a reader, or as it is where nothing can be read, or what is read is the same. */
export async function withReader(testCase: Case, { kind, step }: Difference, run: RunBoth): Promise<Case> {
  if (kind !== 'memory' && kind !== 'state') return testCase;
  const plain = { ...testCase, calls: testCase.calls.slice(0, step) };
  const [ours, theirs] = (await run(plain)).map((outcome) => lastOf(outcome, step));
  if (ours === undefined || theirs === undefined) return testCase;
  const module = decodeModule(testCase.bytes);
  const readers = kind === 'memory' ? memoryReaders(module, ours, theirs) : stateReaders(module);
  for (const each of readers) {
    const at = await firstDifferent(plain, each, run);
    if (at !== undefined) return addReader(plain, each(at));
  }
  return testCase;
}

function lastOf(outcome: Outcome, step: number): Observation | undefined {
  return outcome.kind === 'ran' ? outcome.observations[step] : undefined;
}

/** Makes a reader of everything, or of the `at`-th of what that gives. */
type ReaderOf = (at: number | undefined) => Reader;

async function firstDifferent(testCase: Case, reader: ReaderOf, run: RunBoth): Promise<number | undefined> {
  const endings = (await run(addReader(testCase, reader(undefined)))).map((outcome): readonly Bits[] => {
    const ending = lastOf(outcome, testCase.calls.length + 1)?.ending;
    return ending?.kind === 'results' ? ending.bits : [];
  });
  const [mine, other] = endings as [readonly Bits[], readonly Bits[]];
  const at = mine.findIndex((bits, i) => other[i] !== undefined && bits !== other[i]);
  return at < 0 ? undefined : at;
}

function addReader(testCase: Case, { results, write }: Reader): Case {
  const module = decodeModule(testCase.bytes);
  const pool = new ByteWriter();
  pool.bytes(testCase.bytes);
  const byteOffset = pool.length;
  const code = new Code(pool);
  write(code);
  code.op('end');
  const type: FuncType = { kind: 'func', params: [], results };
  const func = { typeidx: module.types.length, locals: [], body: { byteOffset, byteLength: pool.length - byteOffset } };
  const { bytes } = encodeModule({
    ...module,
    recGroups: [...module.recGroups, { types: [{ final: true, supertypes: [], comp: type }] }],
    funcs: [...module.funcs, func],
    hasDataCount: module.dataCount !== undefined,
    datas: module.datas.map(encodableData),
    names: undefined,
    bytes: pool.toBytes(),
  });
  const funcidx = indexSpaces(module).funcs.length;
  return { ...testCase, bytes, calls: [...testCase.calls, { funcidx, args: [] }] };
}

/** One of so many things, or all of them. */
function chosen(count: number, at: number | undefined): number[] {
  return at === undefined ? Array.from({ length: count }, (_, i) => i) : [at];
}

const address = (code: Code, is64: boolean, value: number) => (is64 ? code.i64(value, 0) : code.i32(value));

/** Sizes where they differ, else the words of the first block that does. */
function memoryReaders(module: Module, ours: Observation, theirs: Observation): ReaderOf[] {
  const { memories } = indexSpaces(module);
  return ours.memories.flatMap(({ byteLength, blocks }, memidx): ReaderOf[] => {
    const other = theirs.memories[memidx];
    const type = memories[memidx];
    if (other === undefined || type === undefined) return [];
    if (other.byteLength !== byteLength) {
      return [() => ({ results: [type.address], write: (code) => void code.at('memory.size', memidx) })];
    }
    const hashes = new Map(blocks);
    const numbers = [...new Set([...blocks, ...other.blocks].map(([number]) => number))].sort((a, b) => a - b);
    const theirHashes = new Map(other.blocks);
    const block = numbers.find((number) => hashes.get(number) !== theirHashes.get(number));
    if (block === undefined) return [];
    const words = Math.floor(Math.min(BLOCK_BYTES, byteLength - block * BLOCK_BYTES) / WORD_BYTES);
    return [
      (at) => ({
        results: chosen(words, at).map(() => I64),
        write(code) {
          for (const word of chosen(words, at)) {
            address(code, type.address === I64, block * BLOCK_BYTES + word * WORD_BYTES).op('i64.load');
            writeMemarg(code.out, 0, memidx, 0, 0);
          }
        },
      }),
    ];
  });
}

/** Globals, lengths of tables, and which of their elements are null. */
function stateReaders(module: Module): ReaderOf[] {
  const { globals, tables } = indexSpaces(module);
  const ofGlobals = globals.map(({ content }, index): ReaderOf => {
    return () => ({
      results: [isRef(content) ? I32 : content],
      write(code) {
        code.at('global.get', index);
        if (isRef(content)) code.op('ref.is_null');
      },
    });
  });
  const lengths = tables.map((type, index): ReaderOf => {
    return () => ({ results: [type.address], write: (code) => void code.at('table.size', index) });
  });
  const elements = tables.map((type, index): ReaderOf => {
    const count = Math.min(MAX_ELEMENTS, type.limits.min);
    return (at) => ({
      results: chosen(count, at).map(() => I32),
      write(code) {
        for (const each of chosen(count, at)) {
          address(code, type.address === I64, each)
            .at('table.get', index)
            .op('ref.is_null');
        }
      },
    });
  });
  return [...ofGlobals, ...lengths, ...elements];
}
