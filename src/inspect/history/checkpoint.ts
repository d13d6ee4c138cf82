/** A moment of a guest, in memory: its fiber and all mutable parts of the store. Taken and put back. */
import { abandon, captureFiber, type Fiber, type FiberState, restoreFiber } from '../../interpreter/index.ts';
import type { Instance, Instr } from '../../runtime/index.ts';
import { GraphCopy } from './graph-copy.ts';
import { type PagedBytes, putPages, takePages } from './pages.ts';
import type { StoreParts } from './store-parts.ts';

interface GlobalContent {
  readonly words: Int32Array;
  readonly ref: unknown;
}

export interface Checkpoint {
  readonly instructionCount: number;
  /** Events of the host before it. */
  readonly eventCount: number;
  readonly fiber: FiberState;
  readonly memories: readonly PagedBytes[];
  readonly tables: readonly (readonly unknown[])[];
  readonly globals: readonly GlobalContent[];
  /** By instance: its element and data segments. */
  readonly elems: readonly (readonly (readonly unknown[])[])[];
  readonly datas: readonly (readonly Uint8Array[])[];
  /** References that host functions have been given. */
  readonly crossed: readonly unknown[];
  /** Bytes besides the memories' pages, about. */
  readonly byteLength: number;
  /** Bytes of pages that the former checkpoint does not have, too. */
  readonly freshBytes: number;
  /** Whose functions references lead to. */
  readonly instances: ReadonlySet<Instance>;
}

export interface Moment {
  readonly fiber: Fiber;
  readonly parts: StoreParts;
  readonly crossed: readonly unknown[];
  readonly eventCount: number;
}

const REF_BYTES = 8;

/** @returns undefined when the fiber stands inside of an instruction */
export function takeCheckpoint(
  { fiber, parts, crossed, eventCount }: Moment,
  former: Checkpoint | undefined,
  from?: Instr,
  n?: Instr,
): Checkpoint | undefined {
  const state = captureFiber(fiber, from, n);
  if (state === undefined) return undefined;
  const copy = new GraphCopy();
  const tables = parts.tables.map(({ elements }) => copy.list(elements));
  const refs = copy.list(state.refs);
  const elementCount = tables.reduce((sum, { length }) => sum + length, refs.length + crossed.length);
  const memories = parts.memories.map(({ bytes }, i) => takePages(bytes, former?.memories[i]));
  return {
    instructionCount: state.instructionCount,
    eventCount,
    fiber: { ...state, refs },
    memories,
    tables,
    globals: parts.globals.map(({ words, ref }) => ({ words: words.slice(), ref: copy.of(ref) })),
    elems: parts.instances.map(({ elems }) => elems.map((list) => copy.list(list))),
    datas: parts.instances.map(({ datas }) => datas.slice()),
    crossed: copy.list(crossed),
    byteLength: state.words.byteLength + copy.byteLength + REF_BYTES * elementCount,
    freshBytes: memories.reduce((sum, { freshBytes }) => sum + freshBytes, 0),
    instances: copy.instances,
  };
}

/** Puts a checkpoint back. @returns the references that host functions had been given */
export function putCheckpoint(checkpoint: Checkpoint, fiber: Fiber, parts: StoreParts): unknown[] {
  const copy = new GraphCopy();
  putParts(checkpoint, parts, copy);
  abandon(fiber);
  // A deadline was for the first time.
  fiber.deadlineMs = Number.POSITIVE_INFINITY;
  restoreFiber(fiber, { ...checkpoint.fiber, refs: copy.list(checkpoint.fiber.refs) });
  return copy.list(checkpoint.crossed);
}

/** Puts the store back, and nothing else, while `look` does; the present is then there again. */
export function lookAt<Seen>(checkpoint: Checkpoint, parts: StoreParts, look: (fiber: FiberState) => Seen): Seen {
  const { memories, tables, globals, instances } = parts;
  const contents = memories.map(({ bytes }) => bytes.slice());
  const elements = tables.map((table) => table.elements.slice());
  const values = globals.map(({ words, ref }) => ({ words: words.slice(), ref }));
  const segments = instances.map(({ elems, datas }) => ({ elems: elems.slice(), datas: datas.slice() }));
  try {
    const copy = new GraphCopy();
    putParts(checkpoint, parts, copy);
    return look({ ...checkpoint.fiber, refs: copy.list(checkpoint.fiber.refs) });
  } finally {
    memories.forEach((memory, i) => {
      memory.resize(contents[i]!.length);
      memory.bytes.set(contents[i]!);
    });
    tables.forEach((table, i) => {
      table.replace(elements[i]!);
    });
    globals.forEach((global, i) => {
      global.words.set(values[i]!.words);
      global.ref = values[i]!.ref;
    });
    instances.forEach(({ elems, datas }, i) => {
      elems.splice(0, elems.length, ...segments[i]!.elems);
      datas.splice(0, datas.length, ...segments[i]!.datas);
    });
  }
}

function putParts(checkpoint: Checkpoint, parts: StoreParts, copy: GraphCopy): void {
  parts.memories.forEach((memory, i) => {
    const paged = checkpoint.memories[i]!;
    memory.resize(paged.byteLength);
    putPages(paged, memory.bytes);
  });
  parts.tables.forEach((table, i) => {
    table.replace(copy.list(checkpoint.tables[i]!));
  });
  parts.globals.forEach((global, i) => {
    const { words, ref } = checkpoint.globals[i]!;
    global.words.set(words);
    global.ref = copy.of(ref);
  });
  parts.instances.forEach(({ elems, datas }, i) => {
    checkpoint.elems[i]!.forEach((list, at) => {
      elems[at] = copy.list(list);
    });
    checkpoint.datas[i]!.forEach((bytes, at) => {
      datas[at] = bytes;
    });
  });
}
