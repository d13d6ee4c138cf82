/**
 * What instructions are checked against: the module's index spaces, its types and their canonical
 * ids, and the functions that `ref.func` may name.
 *
 * `createContext` checks that every type index in those spaces is in range, because all later rules
 * lean on it; the other rules on definitions are in validate-module.ts.
 *
 * @see https://webassembly.github.io/spec/core/valid/conventions.html#contexts
 */
import { InstructionReader } from '../decoder/index.ts';
import {
  type Expr,
  type FuncType,
  heapTypeOf,
  type IndexSpaces,
  importCount,
  indexSpaces,
  instrId,
  isConcrete,
  isRef,
  type Module,
  TypeRegistry,
  translateValType,
  typeidxOf,
  ValidationError,
  type ValType,
} from '../syntax/index.ts';
import { plainConstantType } from './plain-constant.ts';
import { checkTypes, sectionOffset } from './type-section.ts';

export class ModuleContext implements IndexSpaces {
  readonly module: Module;
  readonly funcs: IndexSpaces['funcs'];
  readonly tables: IndexSpaces['tables'];
  readonly memories: IndexSpaces['memories'];
  readonly globals: IndexSpaces['globals'];
  readonly tags: IndexSpaces['tags'];
  /** The type of each function, by funcidx. */
  readonly funcTypes: readonly FuncType[];
  /** The type of each tag, by tagidx. */
  readonly tagTypes: readonly FuncType[];
  readonly importedFuncCount: number;
  /** Ids of the module's types in `registry`, by typeidx. */
  readonly typeIds: readonly number[];
  /** The module's own registry: its ids mean nothing outside. */
  readonly registry: TypeRegistry;
  /** 1 for functions that `ref.func` may name, by funcidx. */
  readonly declaredFuncs: Uint8Array;
  private readonly singletons = new Map<ValType, readonly ValType[]>();

  /** @throws {ValidationError} when a type is invalid or a type index unknown */
  constructor(module: Module) {
    this.module = module;
    this.registry = new TypeRegistry();
    this.typeIds = checkTypes(module, this.registry);
    const { funcs, tables, memories, globals, tags } = indexSpaces(module);
    this.funcs = funcs;
    this.tables = tables;
    this.memories = memories;
    this.globals = globals;
    this.tags = tags;
    this.importedFuncCount = importCount(module, 'func');
    const importOffset = sectionOffset(module, 'import');
    this.funcTypes = funcs.map((typeidx, funcidx) => {
      const func = module.funcs[funcidx - this.importedFuncCount];
      return this.funcType(typeidx, func?.entry.byteOffset ?? importOffset);
    });
    const importedTagCount = tags.length - module.tags.length;
    this.tagTypes = tags.map(({ typeidx }, tagidx) =>
      this.funcType(typeidx, module.tags[tagidx - importedTagCount]?.byteOffset ?? importOffset),
    );
    this.declaredFuncs = declaredFuncs(module, funcs.length);
  }

  /** The function type of an index. @throws {ValidationError} when there is none */
  funcType(typeidx: number, byteOffset: number, funcidx?: number): FuncType {
    const comp = this.module.types[typeidx]?.comp;
    if (comp === undefined) throw new ValidationError(`unknown type ${typeidx}`, byteOffset, funcidx);
    if (comp.kind === 'func') return comp;
    const reason = `type mismatch: expected a function type, type ${typeidx} is ${comp.kind === 'array' ? 'an' : 'a'} ${comp.kind}`;
    throw new ValidationError(reason, byteOffset, funcidx);
  }

  /** @throws {ValidationError} when the type names an unknown type index */
  checkValType(type: ValType, byteOffset: number, funcidx?: number): void {
    if (!isRef(type)) return;
    const heap = heapTypeOf(type);
    if (isConcrete(heap) && typeidxOf(heap) >= this.module.types.length)
      throw new ValidationError(`unknown type ${typeidxOf(heap)}`, byteOffset, funcidx);
  }

  /** Subtyping of value types in the module's own type indices. */
  matches(a: ValType, b: ValType): boolean {
    if (a === b) return true;
    const { typeIds } = this;
    return this.registry.matchesVal(translateValType(a, typeIds), translateValType(b, typeIds));
  }

  /** `[type]`, always the same array for a type. */
  singleton(type: ValType): readonly ValType[] {
    let types = this.singletons.get(type);
    if (types === undefined) {
      types = [type];
      this.singletons.set(type, types);
    }
    return types;
  }
}

/** Lays a module's index spaces out for checking code. @throws {ValidationError} when a type index is unknown */
export function createContext(module: Module): ModuleContext {
  return new ModuleContext(module);
}

const REF_FUNC = instrId('ref.func');

/** Calls `visit` for every constant expression of a module. */
function forEachConstant(module: Module, visit: (expr: Expr) => void): void {
  for (const { init } of module.tables) if (init !== undefined) visit(init);
  for (const { init } of module.globals) visit(init);
  for (const { items, mode } of module.elems) {
    if (mode.kind === 'active') visit(mode.offset);
    if (items.kind === 'expr') items.exprs.forEach(visit);
  }
  for (const { offset } of module.datas) if (offset !== undefined) visit(offset);
}

/** Functions that occur outside of bodies: exported, in element segments, in constant expressions. */
function declaredFuncs(module: Module, funcCount: number): Uint8Array {
  const declared = new Uint8Array(funcCount);
  for (const { kind, index } of module.exports) if (kind === 'func' && index < funcCount) declared[index] = 1;
  for (const { items } of module.elems) {
    if (items.kind !== 'funcidx') continue;
    for (const funcidx of items.indices) if (funcidx < funcCount) declared[funcidx] = 1;
  }
  const reader = new InstructionReader(module.bytes);
  forEachConstant(module, (expr) => {
    if (plainConstantType(module.bytes, expr) !== undefined) return;
    reader.seek(expr.byteOffset, expr.byteOffset + expr.byteLength);
    while (!reader.done) {
      reader.next();
      if (reader.id === REF_FUNC && reader.index < funcCount) declared[reader.index] = 1;
    }
  });
  return declared;
}
