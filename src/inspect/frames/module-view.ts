/**
 * How a module's types, fields and functions are called: identifiers of the name section where there are
 * some, else indices. Made once for each module.
 */
import { funcName } from '../../interpreter/index.ts';
import type { ModuleCode } from '../../runtime/index.ts';
import {
  concreteHeapType,
  heapTypeOf,
  isConcrete,
  isNullable,
  isRef,
  type Module,
  refType,
  translateValType,
  typeidxOf,
  type ValType,
} from '../../syntax/index.ts';
import { identifier, ModuleNames, printValType } from '../../text/index.ts';

export class ModuleView {
  readonly code: ModuleCode;
  readonly names: ModuleNames;
  private typeidxById: Map<number, number> | undefined;
  /** The function whose locals `names` knows now. */
  private entered = -1;

  constructor(code: ModuleCode) {
    this.code = code;
    this.names = new ModuleNames(code.module);
  }

  /** A type in the module's own type indices, as text: `i32`, `(ref null $node)`. */
  typeText(type: ValType): string {
    return printValType(type, this.names);
  }

  /** A type in canonical ids as text. One that the module does not define is shown by its id: `(ref (;id 12;))`. */
  canonicalText(type: ValType): string {
    if (!isRef(type) || !isConcrete(heapTypeOf(type))) return this.typeText(type);
    const id = typeidxOf(heapTypeOf(type));
    const typeidx = this.typeidxOf(id);
    if (typeidx !== undefined) return this.typeText(refType(concreteHeapType(typeidx), isNullable(type)));
    return `(ref ${isNullable(type) ? 'null ' : ''}(;id ${id};))`;
  }

  /** A type of the module in canonical ids. */
  canonical(type: ValType): ValType {
    return translateValType(type, this.code.typeIds);
  }

  /** The first type index of a canonical id; undefined when the module does not define it. */
  typeidxOf(typeId: number): number | undefined {
    if (this.typeidxById === undefined) {
      this.typeidxById = new Map();
      const { typeIds } = this.code;
      for (let i = typeIds.length - 1; i >= 0; i--) this.typeidxById.set(typeIds[i] as number, i);
    }
    return this.typeidxById.get(typeId);
  }

  /** `$node`, or `3`; undefined when the module does not define the type. */
  typeName(typeId: number): string | undefined {
    const typeidx = this.typeidxOf(typeId);
    return typeidx === undefined ? undefined : this.names.index('type', typeidx);
  }

  /** A field's name, as the name section has it. */
  fieldName(typeId: number, fieldidx: number): string | undefined {
    const typeidx = this.typeidxOf(typeId);
    return typeidx === undefined ? undefined : this.code.module.names.fields.get(typeidx)?.get(fieldidx);
  }

  /** `3 $main`, or `3`. */
  funcText(funcidx: number): string {
    const name = funcName(this.code, funcidx);
    return name === undefined || name === '' ? String(funcidx) : `${funcidx} ${identifier(name)}`;
  }

  /** A local's identifier; undefined where its index says more. */
  localId(funcidx: number, localidx: number): string | undefined {
    if (this.entered !== funcidx) {
      this.names.enterFunction(funcidx);
      this.entered = funcidx;
    }
    return this.names.localId(localidx);
  }
}

const views = new WeakMap<Module, ModuleView>();

export function viewOf(code: ModuleCode): ModuleView {
  const known = views.get(code.module);
  if (known !== undefined) return known;
  const view = new ModuleView(code);
  views.set(code.module, view);
  return view;
}
