/** The globals and tables of an instance as variables, named by the name section or an export. */
import type { Global, Instance, Table } from '../../runtime/index.ts';
import type { ExternKind, ValType } from '../../syntax/index.ts';
import { type Bits, ofRef } from './bits.ts';
import { rawReferences, type ValueBridge } from './js-values.ts';
import { viewOf } from './module-view.ts';
import { checkIndex, placeText, type ShowContext, Variable } from './variable.ts';

function exportName({ code }: Instance, kind: ExternKind, index: number): string | undefined {
  return code.module.exports.find((entry) => entry.kind === kind && entry.index === index)?.name;
}

class GlobalVariable extends Variable {
  readonly index: number;
  protected readonly context: ShowContext;
  private readonly instance: Instance;
  private readonly global: Global;

  constructor(instance: Instance, index: number, bridge: ValueBridge) {
    super();
    this.instance = instance;
    this.index = index;
    this.global = instance.globals[index]!;
    this.context = { instance, bridge };
  }

  get name(): string | undefined {
    return this.instance.code.module.names.globals.get(this.index) ?? exportName(this.instance, 'global', this.index);
  }

  get type(): string {
    return viewOf(this.instance.code).canonicalText(this.storage);
  }

  get storage(): ValType {
    return this.global.type.content;
  }

  get isMutable(): boolean {
    return this.global.type.mutable;
  }

  protected get where(): string {
    return placeText('global', this.index, this.name);
  }

  protected read(): Bits {
    const [lo = 0, hi = 0, x2 = 0, x3 = 0] = this.global.words;
    return { lo, hi, x2, x3, ref: this.global.ref };
  }

  protected write({ lo, hi, x2, x3, ref }: Bits): void {
    this.global.words.set([lo, hi, x2, x3]);
    this.global.ref = ref;
  }
}

class TableElement extends Variable {
  readonly name = undefined;
  readonly isMutable = true;
  readonly index: number;
  protected readonly context: ShowContext;
  private readonly tableidx: number;
  private readonly table: Table;

  constructor(instance: Instance, tableidx: number, index: number, bridge: ValueBridge) {
    super();
    this.tableidx = tableidx;
    this.index = index;
    this.table = instance.tables[tableidx]!;
    this.context = { instance, bridge };
  }

  get type(): string {
    return viewOf(this.context.instance!.code).canonicalText(this.storage);
  }

  get storage(): ValType {
    return this.table.type.element;
  }

  protected get where(): string {
    return `element ${this.index} of table ${this.tableidx}`;
  }

  protected read(): Bits {
    return ofRef(this.table.elements[this.index]);
  }

  protected write({ ref }: Bits): void {
    this.table.elements[this.index] = ref;
  }
}

/** Globals by index, imported ones first. */
export function globalsOf(instance: Instance, bridge: ValueBridge = rawReferences): Variable[] {
  return instance.globals.map((_, index) => new GlobalVariable(instance, index, bridge));
}

/** @throws {UsageError} when there is no such global */
export function globalAt(instance: Instance, index: number, bridge: ValueBridge = rawReferences): Variable {
  checkIndex(index, instance.globals.length, 'global');
  return new GlobalVariable(instance, index, bridge);
}

/** @throws {UsageError} when there is no such table or element */
export function tableElementAt(
  instance: Instance,
  tableidx: number,
  index: number,
  bridge: ValueBridge = rawReferences,
): Variable {
  checkIndex(tableidx, instance.tables.length, 'table');
  checkIndex(index, instance.tables[tableidx]!.length, `element of table ${tableidx}, index`);
  return new TableElement(instance, tableidx, index, bridge);
}

/** Elements `[from, from + count)` of a table, as far as there are some. @throws {UsageError} without such a table */
export function tableElements(
  instance: Instance,
  tableidx: number,
  from: number,
  count: number,
  bridge: ValueBridge = rawReferences,
): Variable[] {
  checkIndex(tableidx, instance.tables.length, 'table');
  const end = Math.min(instance.tables[tableidx]!.length, from + count);
  const elements: Variable[] = [];
  for (let i = Math.max(0, from); i < end; i++) elements.push(new TableElement(instance, tableidx, i, bridge));
  return elements;
}
