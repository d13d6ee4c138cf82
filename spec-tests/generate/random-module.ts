/**
 * Random modules that are valid by construction, from a tape of decisions: types of all kinds,
 * imports, tables, memories, globals, tags, segments, and functions whose bodies random-code.ts makes
 * from the instruction table.
 *
 * With the `host` profile a module uses only what Node 20's own WebAssembly (V8 11.3) knows without
 * flags, so that the two can be compared; `all` adds what came later.
 */
import { ByteWriter, type DataMode, encodeModule, writeOpcode } from '../../src/encoder/index.ts';
import {
  abstractHeapTypes,
  type CustomSection,
  concreteHeapType,
  type ElemItems,
  type ElemMode,
  EXTERNREF,
  type Export,
  type Expr,
  type ExternKind,
  F32,
  F64,
  type FieldType,
  FUNCREF,
  type FuncType,
  type GlobalType,
  I8,
  I16,
  I32,
  I64,
  instrId,
  type LocalGroup,
  type MemoryType,
  refType,
  type SubType,
  type TableType,
  V128,
  type ValType,
} from '../../src/syntax/index.ts';
import { generateBody } from './random-code.ts';
import type { Tape } from './tape.ts';

export type Profile = 'host' | 'all';

/** What code may refer to, as far as the generator has come. */
export interface Shape {
  readonly profile: Profile;
  readonly types: readonly SubType[];
  /** Type index of each function, imports first. */
  readonly funcs: readonly number[];
  readonly tables: readonly TableType[];
  readonly memories: readonly MemoryType[];
  readonly globals: readonly GlobalType[];
  readonly tags: readonly number[];
  readonly elemTypes: readonly ValType[];
  readonly dataCount: number;
  /** Functions that `ref.func` may name: they are exported. */
  readonly declared: readonly number[];
}

const numTypes = [I32, I64, F32, F64, V128] as const;

/** A value type that has a default, so that locals and tables of it need no first value. */
function defaultable(tape: Tape, profile: Profile, typeCount: number): ValType {
  const choice = tape.below(8);
  if (choice < 5) return numTypes[choice] as ValType;
  if (choice < 7 || profile === 'host') return choice === 5 ? FUNCREF : EXTERNREF;
  if (typeCount > 0 && tape.chance(2)) return refType(concreteHeapType(tape.below(typeCount)), true);
  return refType(tape.pick(Object.values(abstractHeapTypes)), true);
}

function randomFuncType(tape: Tape, profile: Profile, typeCount: number): FuncType {
  const type = () => defaultable(tape, profile, typeCount);
  return { kind: 'func', params: tape.list(0, 4, type), results: tape.list(0, 2, type) };
}

function randomField(tape: Tape, typeCount: number): FieldType {
  const packed = tape.below(6);
  const storage = packed === 4 ? I8 : packed === 5 ? I16 : defaultable(tape, 'all', typeCount);
  return { storage, mutable: tape.chance(2) };
}

function randomSubType(tape: Tape, profile: Profile, typeCount: number): SubType {
  const kind = profile === 'host' ? 0 : tape.below(4);
  const final = profile === 'host' || !tape.chance(3);
  if (kind === 2) {
    const fields = tape.list(0, 4, () => randomField(tape, typeCount));
    return { final, supertypes: [], comp: { kind: 'struct', fields } };
  }
  if (kind === 3) return { final, supertypes: [], comp: { kind: 'array', field: randomField(tape, typeCount) } };
  return { final, supertypes: [], comp: randomFuncType(tape, profile, typeCount) };
}

/** Groups of definitions; some repeat an open type of an earlier group as its subtype. */
function randomTypes(tape: Tape, profile: Profile): SubType[][] {
  const empty: SubType = { final: true, supertypes: [], comp: { kind: 'func', params: [], results: [] } };
  const groups: SubType[][] = [[empty]];
  let typeCount = 1;
  for (let left = tape.below(6); left > 0; left--) {
    const size = profile === 'all' && tape.chance(3) ? tape.below(4) : 1;
    const flat = groups.flat();
    const group: SubType[] = [];
    for (let i = 0; i < size; i++) {
      const supertype = tape.below(typeCount);
      const extendable = flat[supertype]?.final === false && tape.chance(2);
      if (extendable) group.push({ final: false, supertypes: [supertype], comp: (flat[supertype] as SubType).comp });
      else group.push(randomSubType(tape, profile, typeCount + size));
    }
    groups.push(group);
    typeCount += size;
  }
  return groups;
}

function randomLimits(tape: Tape, most: number) {
  const min = tape.below(most);
  return { min, max: tape.chance(2) ? min + tape.below(most) : undefined };
}

function randomMemory(tape: Tape, profile: Profile): MemoryType {
  const address = profile === 'all' && tape.chance(4) ? I64 : I32;
  const limits = randomLimits(tape, 4);
  const shared = limits.max !== undefined && tape.chance(4);
  return { address, limits, shared, pageSizeLog2: profile === 'all' && tape.chance(4) ? 0 : 16 };
}

function randomTable(tape: Tape, profile: Profile): TableType {
  const address = profile === 'all' && tape.chance(4) ? I64 : I32;
  return { address, limits: randomLimits(tape, 20), element: tape.chance(3) ? EXTERNREF : FUNCREF };
}

const names = ['', 'a', 'memory', 'two words', 'ünï©ode', '\u0000"\\', 'x'.repeat(40)] as const;

/** Lays bodies, constants and contents one after the other, as `encodeModule` takes them. */
class Pool {
  readonly out = new ByteWriter();

  add(write: (out: ByteWriter) => void): Expr {
    const byteOffset = this.out.length;
    write(this.out);
    return { byteOffset, byteLength: this.out.length - byteOffset };
  }

  constant(type: ValType, tape: Tape, shape: Pick<Shape, 'declared'>): Expr {
    return this.add((out) => {
      writeConstant(out, type, tape, shape.declared);
      writeOpcode(out, instrId('end'));
    });
  }
}

/** A constant of a type that has a default. */
export function writeConstant(out: ByteWriter, type: ValType, tape: Tape, declared: readonly number[]): void {
  if (type === I32) {
    writeOpcode(out, instrId('i32.const'));
    out.s32(tape.chance(2) ? tape.word() : tape.byte());
  } else if (type === I64) {
    writeOpcode(out, instrId('i64.const'));
    const lo = tape.word();
    out.s64(lo, tape.chance(2) ? tape.word() : lo >> 31);
  } else if (type === F32 || type === F64) {
    writeOpcode(out, instrId(type === F32 ? 'f32.const' : 'f64.const'));
    for (let words = type === F32 ? 1 : 2; words > 0; words--) out.word(randomFloatWord(tape));
  } else if (type === V128) {
    writeOpcode(out, instrId('v128.const'));
    for (let i = 0; i < 4; i++) out.word(tape.word());
  } else if (type === FUNCREF && declared.length > 0 && tape.chance(2)) {
    writeOpcode(out, instrId('ref.func'));
    out.u32(tape.pick(declared));
  } else {
    writeOpcode(out, instrId('ref.null'));
    out.heapType((type >> 8) as Parameters<ByteWriter['heapType']>[0]);
  }
}

/** Any bits, and often those of NaNs with payloads, infinities and subnormals. */
function randomFloatWord(tape: Tape): number {
  const masks = [0, 0x7f80_0000, 0x7ff0_0000, 0x7fc0_0000, -0x8000_0000, -0x0040_0000] as const;
  return tape.pick(masks) | (tape.chance(2) ? tape.word() : tape.byte());
}

/** A valid module's binary. */
export function generateModule(tape: Tape, profile: Profile): Uint8Array {
  const pool = new Pool();
  const recGroups = randomTypes(tape, profile).map((types) => ({ types }));
  const types = recGroups.flatMap((group) => group.types);
  const funcTypes = types.flatMap(({ comp }, typeidx) => (comp.kind === 'func' ? [typeidx] : []));
  const tagTypes = funcTypes.filter((typeidx) => {
    const { comp } = types[typeidx] as SubType;
    return comp.kind === 'func' && comp.results.length === 0;
  });
  const pickFunc = () => tape.pick(funcTypes);

  const importedFuncs = tape.list(0, 2, pickFunc);
  const importedGlobals = tape.list(
    0,
    2,
    (): GlobalType => ({ content: defaultable(tape, profile, types.length), mutable: false }),
  );
  const imports = [
    ...importedFuncs.map((typeidx) => ({ kind: 'func', typeidx }) as const),
    ...importedGlobals.map((type) => ({ kind: 'global', type }) as const),
  ].map((type) => ({ module: tape.pick(names), name: tape.pick(names), type }));
  const ownFuncs = tape.list(1, 4, pickFunc);
  const funcs = [...importedFuncs, ...ownFuncs];
  const tables = tape.list(0, 2, () => randomTable(tape, profile));
  const memories = tape.list(0, profile === 'all' ? 3 : 1, () => randomMemory(tape, profile));
  const tags = tape.list(0, 2, () => tape.pick(tagTypes));
  const declared = funcs.map((_, funcidx) => funcidx).filter(() => tape.chance(2));

  const globals = tape.list(0, 4, () => {
    const type: GlobalType = { content: defaultable(tape, profile, types.length), mutable: tape.chance(2) };
    return { type, init: pool.constant(type.content, tape, { declared }) };
  });
  const elems = tape.list(0, 4, () => randomElem(tape, pool, funcs, tables, declared));
  const datas = tape.list(0, 3, () => randomData(tape, pool, memories));
  const shape: Shape = {
    profile,
    types,
    funcs,
    tables,
    memories,
    globals: [...importedGlobals, ...globals.map(({ type }) => type)],
    tags,
    elemTypes: elems.map(({ type }) => type),
    dataCount: datas.length,
    declared,
  };
  const bodies = ownFuncs.map((typeidx) => {
    const locals = tape.list(
      0,
      3,
      (): LocalGroup => ({ count: tape.below(4), type: defaultable(tape, profile, types.length) }),
    );
    const body = pool.add((out) => generateBody(out, tape, shape, typeidx, locals));
    return { typeidx, locals, body };
  });
  const starts = funcs.flatMap((typeidx, funcidx) => (isNullary(types[typeidx]) ? [funcidx] : []));
  const startable = tape.chance(4) && starts.length > 0;
  const customs = tape.list(0, 2, (): CustomSection => {
    const content = pool.add((out) => out.bytes(Uint8Array.from(tape.list(0, 6, () => tape.byte()))));
    return { name: tape.pick(['note', '', 'producers']), content, after: tape.pick([0, 1, 3, 10, 11]) };
  });
  const { bytes } = encodeModule({
    bytes: pool.out.toBytes(),
    recGroups,
    imports,
    funcs: bodies,
    tables: tables.map((type) => ({ type, init: undefined })),
    memories: memories.map((type) => ({ type })),
    globals,
    tags: tags.map((typeidx) => ({ type: { typeidx } })),
    exports: randomExports(tape, shape),
    start: startable ? { funcidx: tape.pick(starts) } : undefined,
    elems,
    hasDataCount: true,
    datas,
    customs,
    names: tape.chance(2) ? randomNames(tape, funcs.length) : undefined,
  });
  return bytes;
}

function isNullary(type: SubType | undefined): boolean {
  return type?.comp.kind === 'func' && type.comp.params.length + type.comp.results.length === 0;
}

function randomExports(tape: Tape, shape: Shape): Omit<Export, 'byteOffset'>[] {
  const counts: Record<ExternKind, number> = {
    func: shape.funcs.length,
    table: shape.tables.length,
    memory: shape.memories.length,
    global: shape.globals.length,
    tag: shape.tags.length,
  };
  const kinds = (Object.keys(counts) as ExternKind[]).filter((kind) => counts[kind] > 0);
  const exports = tape.list(0, 4, (i): Omit<Export, 'byteOffset'> => {
    const kind = tape.pick(kinds);
    return { name: `${tape.pick(names)}${i}`, kind, index: tape.below(counts[kind]) };
  });
  const declaring = shape.declared.map((index) => ({ name: `declared ${index}`, kind: 'func', index }) as const);
  return [...exports, ...declaring];
}

function randomElem(
  tape: Tape,
  pool: Pool,
  funcs: readonly number[],
  tables: readonly TableType[],
  declared: readonly number[],
): { type: ValType; items: ElemItems; mode: ElemMode } {
  const funcTables = tables.flatMap(({ element }, tableidx) => (element === FUNCREF ? [tableidx] : []));
  const kind = tape.below(funcTables.length > 0 ? 3 : 2);
  const tableidx = tape.pick(funcTables);
  const mode = (): ElemMode => {
    if (kind !== 2) return { kind: kind === 0 ? 'passive' : 'declarative' };
    return {
      kind: 'active',
      tableidx,
      offset: pool.constant(tables[tableidx]?.address as ValType, tape, { declared }),
    };
  };
  if (tape.chance(2)) {
    const exprs = tape.list(0, 4, () => pool.constant(FUNCREF, tape, { declared }));
    return { type: FUNCREF, items: { kind: 'expr', exprs }, mode: mode() };
  }
  const indices = tape.list(0, 4, () => tape.below(funcs.length));
  return { type: refType(abstractHeapTypes.func, false), items: { kind: 'funcidx', indices }, mode: mode() };
}

function randomData(tape: Tape, pool: Pool, memories: readonly MemoryType[]): { content: Expr; mode: DataMode } {
  const content = pool.add((out) => out.bytes(Uint8Array.from(tape.list(0, 80, () => tape.byte()))));
  if (memories.length === 0 || tape.chance(2)) return { content, mode: { kind: 'passive' } };
  const memidx = tape.below(memories.length);
  const offset = pool.constant((memories[memidx] as MemoryType).address, tape, { declared: [] });
  return { content, mode: { kind: 'active', memidx, offset } };
}

function randomNames(tape: Tape, funcCount: number) {
  const none = new Map<number, never>();
  const named = (count: number) =>
    new Map(Array.from({ length: count }, (_, i) => [i, tape.pick(names)] as const).filter(() => tape.chance(2)));
  return {
    module: tape.chance(2) ? tape.pick(names) : undefined,
    functions: named(funcCount),
    locals: new Map([[0, named(3)]]),
    labels: new Map([[0, named(3)]]),
    types: named(2),
    tables: none,
    memories: none,
    globals: named(2),
    elems: none,
    datas: named(1),
    fields: none,
    tags: none,
  };
}
