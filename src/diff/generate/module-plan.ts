/**
 * What a generated module defines beside the bodies of its functions: types, imports, tables, memories, globals, tags,
 * segments. Decided before any code is made, so that code can refer to all of it.
 */
import { ByteWriter, type DataMode, writeOpcode } from '../../encoder/index.ts';
import {
  type AddressType,
  abstractHeapTypes,
  concreteHeapType,
  type ElemItems,
  type ElemMode,
  type Expr,
  FUNCREF,
  type FuncType,
  type GlobalType,
  type HeapType,
  heapTypeOf,
  I32,
  I64,
  instrId,
  isNullable,
  isRef,
  type MemoryType,
  type Proposal,
  refType,
  type SubType,
  type TableType,
  typeidxOf,
  type ValType,
} from '../../syntax/index.ts';
import type { Profile } from '../case.ts';
import type { Choices } from './choices.ts';
import { ConstantWriter, writeNumber } from './constant-writer.ts';
import { constantWords } from './constants.ts';
import { knowsProposal } from './known.ts';
import { abstractRefTypes, isSubHeap, numberTypes, TypePlan } from './random-types.ts';

export interface FuncPlan {
  readonly typeidx: number;
  readonly type: FuncType;
}

export interface TablePlan {
  readonly type: TableType;
  readonly init: Expr | undefined;
  /** Functions that are in it after instantiation, by element. */
  readonly funcs: number[];
}

export interface GlobalPlan {
  readonly type: GlobalType;
  readonly isImport: boolean;
  readonly init: Expr | undefined;
}

export interface TagPlan {
  readonly typeidx: number;
  readonly params: readonly ValType[];
}

export interface ElemPlan {
  readonly type: ValType;
  readonly items: ElemItems;
  readonly mode: ElemMode;
  readonly length: number;
}

export interface DataPlan {
  readonly content: Expr;
  readonly mode: DataMode;
}

const MAX_EXPRS = 4;
const MAX_DATA_BYTES = 40;
/** At the start of memories, where most addresses are. */
const FILLED_BYTES = 64;

export class ModulePlan {
  readonly profile: Profile;
  readonly choices: Choices;
  /** All expressions, contents and bodies of the module, one after the other. */
  readonly pool = new ByteWriter();
  readonly typePlan: TypePlan;
  /** Imports first. */
  readonly funcs: FuncPlan[] = [];
  readonly importedFuncs: number;
  readonly tables: TablePlan[] = [];
  readonly memories: MemoryType[] = [];
  /** Imports first. */
  readonly globals: GlobalPlan[] = [];
  readonly tags: TagPlan[] = [];
  readonly elems: ElemPlan[] = [];
  readonly datas: DataPlan[] = [];
  /** Structure and array types. */
  readonly aggregates: readonly HeapType[];
  /** Exceptions are caught in the withdrawn way. */
  readonly isLegacy: boolean;
  private readonly constants: ConstantWriter;

  constructor(choices: Choices, profile: Profile) {
    this.choices = choices;
    this.profile = profile;
    this.isLegacy = profile === 'host' || (profile === 'all' && choices.chance(3));
    this.typePlan = new TypePlan(choices, profile);
    this.aggregates = this.types.flatMap(({ comp }, i) => (comp.kind === 'func' ? [] : [concreteHeapType(i)]));
    this.constants = new ConstantWriter(this.pool, this, choices);
    this.importedFuncs = this.planFuncs();
    this.planGlobals();
    this.planMemories();
    this.planTables();
    this.planTags();
    this.planElems();
    this.planDatas();
  }

  get types(): readonly SubType[] {
    return this.typePlan.types;
  }

  knows(proposal: Proposal): boolean {
    return knowsProposal(this.profile, proposal);
  }

  /** Functions whose references have a type. */
  functionsOf(heap: HeapType): number[] {
    return this.funcs.flatMap(({ typeidx }, funcidx) => {
      return isSubHeap(this.types, concreteHeapType(typeidx), heap) ? [funcidx] : [];
    });
  }

  /** Writes into the pool. */
  range(write: () => void): Expr {
    const byteOffset = this.pool.length;
    write();
    return { byteOffset, byteLength: this.pool.length - byteOffset };
  }

  private constant(type: ValType, globalCount = this.globals.length): Expr {
    return this.range(() => this.constants.expression(type, globalCount));
  }

  private planFuncs(): number {
    const { choices, typePlan } = this;
    const signatures = choices.list(1, 4, () => typePlan.funcTypeidx(typePlan.valueTypes(4), typePlan.valueTypes(3)));
    signatures.push(typePlan.funcTypeidx([], []));
    // Those of recursive groups take part too.
    this.types.forEach(({ comp }, typeidx) => {
      if (comp.kind === 'func' && !signatures.includes(typeidx)) signatures.push(typeidx);
    });
    const imported = choices.chance(2) ? choices.between(1, 2) : 0;
    const count = imported + choices.between(1, 4);
    for (let i = 0; i < count; i++) {
      const typeidx = i < imported ? choices.pick(signatures) : signatures[choices.below(signatures.length)]!;
      this.funcs.push({ typeidx, type: this.types[typeidx]!.comp as FuncType });
    }
    return imported;
  }

  private planGlobals(): void {
    const { choices, typePlan } = this;
    const type = () => typePlan.valueType();
    for (let left = choices.chance(3) ? 1 : 0; left > 0; left--) {
      this.globals.push({
        type: { content: choices.pick(numberTypes), mutable: false },
        isImport: true,
        init: undefined,
      });
    }
    const contents = [...choices.list(0, 3, type), ...numberTypes.filter(() => choices.chance(2))];
    for (const content of contents) {
      const init = this.constant(content);
      this.globals.push({ type: { content, mutable: !choices.chance(4) }, isImport: false, init });
    }
  }

  private addressType(): AddressType {
    return this.knows('memory64') && this.choices.chance(4) ? (I64 as AddressType) : (I32 as AddressType);
  }

  private planMemories(): void {
    const { choices } = this;
    const most = this.knows('multi-memory') && choices.chance(3) ? 3 : 1;
    const count = choices.chance(6) ? 0 : choices.between(1, most);
    for (let i = 0; i < count; i++) {
      const hasBytes = this.knows('custom-page-sizes') && choices.chance(6);
      const min = hasBytes ? choices.pick([64, 100, 300, 4097]) : choices.pick([1, 1, 2, 1, 1, 1, 1, 0]);
      const shared = this.knows('threads') && !hasBytes && choices.chance(12);
      const max = shared || choices.chance(2) ? min + choices.pick([2, 1, 0, 10]) : undefined;
      this.memories.push({
        address: this.addressType(),
        limits: { min, max },
        shared,
        pageSizeLog2: hasBytes ? 0 : 16,
      });
    }
  }

  private planTables(): void {
    const { choices } = this;
    const count = choices.between(0, 3);
    for (let i = 0; i < count; i++) {
      const element = i === 0 ? FUNCREF : choices.pick(this.elementTypes());
      const min = choices.pick([8, 4, 12, 1, 0]);
      const max = choices.chance(2) ? min + choices.pick([0, 2, 5]) : undefined;
      const needsInit = !isNullable(element) || (this.knows('gc') && choices.chance(4));
      // Tables come before the module's own globals.
      const imported = this.globals.filter(({ isImport }) => isImport).length;
      const init = needsInit ? this.constant(element, imported) : undefined;
      this.tables.push({ type: { address: this.addressType(), limits: { min, max }, element }, init, funcs: [] });
    }
  }

  /** Reference types that tables and segments hold. */
  private elementTypes(): ValType[] {
    const concrete = this.types.flatMap((_, typeidx) =>
      this.knows('gc') ? [refType(concreteHeapType(typeidx), true)] : [],
    );
    const inArrays = this.types.flatMap(({ comp }) => {
      return comp.kind === 'array' && isRef(comp.field.storage) ? new Array<ValType>(8).fill(comp.field.storage) : [];
    });
    return [...abstractRefTypes(this.profile), ...concrete, ...inArrays];
  }

  private planTags(): void {
    const { choices, typePlan } = this;
    if (!this.knows('exceptions') || choices.chance(3)) return;
    for (let left = choices.between(1, 2); left > 0; left--) {
      const params = typePlan.valueTypes(3);
      this.tags.push({ typeidx: typePlan.funcTypeidx(params, []), params });
    }
  }

  private planElems(): void {
    const { choices, tables } = this;
    const [first] = tables;
    // All functions, so that indirect calls find them.
    if (first !== undefined) this.activeFuncs(first);
    const passive = tables.length > 0 || this.knows('gc') ? choices.between(0, 2) : 0;
    for (let i = 0; i < passive; i++) {
      const type = choices.pick(this.elementTypes());
      const isPlain = heapTypeOf(type) === abstractHeapTypes.func && choices.chance(2);
      const length = choices.below(MAX_EXPRS + 1);
      const items: ElemItems = isPlain
        ? { kind: 'funcidx', indices: Array.from({ length }, () => choices.below(this.funcs.length)) }
        : { kind: 'expr', exprs: Array.from({ length }, () => this.constant(type)) };
      const fits = tables.findIndex(({ type: { element, limits } }) => element === type && limits.min >= length);
      const mode: ElemMode =
        fits > 0 && choices.chance(2)
          ? { kind: 'active', tableidx: fits, offset: this.offset(tables[fits]!.type.address, 0) }
          : { kind: choices.chance(8) ? 'declarative' : 'passive' };
      this.elems.push({ type: isPlain ? refType(abstractHeapTypes.func, false) : type, items, mode, length });
    }
  }

  private activeFuncs({ type, funcs }: TablePlan): void {
    const count = Math.min(this.funcs.length, type.limits.min);
    const offset = this.choices.below(type.limits.min - count + 1);
    const indices = Array.from({ length: count }, (_, i) => i);
    for (const funcidx of indices) funcs[offset + funcidx] = funcidx;
    const mode: ElemMode = { kind: 'active', tableidx: 0, offset: this.offset(type.address, offset) };
    const items: ElemItems = { kind: 'funcidx', indices };
    this.elems.push({ type: refType(abstractHeapTypes.func, false), items, mode, length: count });
  }

  private offset(address: AddressType, value: number): Expr {
    return this.range(() => {
      writeNumber(this.pool, address, [value]);
      writeOpcode(this.pool, instrId('end'));
    });
  }

  private planDatas(): void {
    const { choices, memories } = this;
    // So that most loads find something.
    for (const memidx of memories.keys()) if (!choices.chance(3)) this.planData(memidx, FILLED_BYTES, 0);
    for (let left = choices.below(3); left > 0; left--) {
      const memidx = choices.chance(2) ? choices.below(memories.length) : undefined;
      this.planData(memidx, choices.below(MAX_DATA_BYTES), choices.pick([0, 8, 100, 65_536]));
    }
  }

  /** An active segment of a memory that has room for it, else a passive one. */
  private planData(memidx: number | undefined, length: number, at: number): void {
    const { choices, pool } = this;
    const content = this.range(() => {
      for (let i = 0; i < length; i++) pool.u8(constantWords(I32, choices)[0]! & 0xff);
    });
    const memory = memidx === undefined ? undefined : this.memories[memidx];
    const room = memory === undefined ? -1 : memory.limits.min * 2 ** memory.pageSizeLog2 - length;
    const mode: DataMode =
      memory === undefined || memidx === undefined || room < 0
        ? { kind: 'passive' }
        : { kind: 'active', memidx, offset: this.offset(memory.address, Math.min(at, room)) };
    this.datas.push({ content, mode });
  }

  /** A function type index for blocks, or for tags and functions that come up later. */
  funcTypeidx(params: readonly ValType[], results: readonly ValType[]): number {
    return this.typePlan.funcTypeidx(params, results);
  }

  compOf(heap: HeapType) {
    return this.types[typeidxOf(heap)]!.comp;
  }
}
