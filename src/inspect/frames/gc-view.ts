/**
 * Objects of the guest as a tree that a viewer unfolds: an object has children, a child that holds an
 * object unfolds in turn. Nothing is read before it is asked for, so cycles and large arrays are harmless.
 */
import { ArrayInst, ExceptionInst, type Instance, StructInst } from '../../runtime/index.ts';
import { UsageError, type ValType } from '../../syntax/index.ts';
import {
  elementType,
  fieldTypes,
  readElement,
  readField,
  structLayoutOf,
  writeElement,
  writeField,
} from './aggregates.ts';
import type { Bits } from './bits.ts';
import { rawReferences, type ValueBridge } from './js-values.ts';
import { viewOf } from './module-view.ts';
import { payloadOf } from './values.ts';
import { checkIndex, placeText, type ShowContext, Variable } from './variable.ts';

export type ObjectKind = 'struct' | 'array' | 'exn';

export interface ObjectView {
  readonly kind: ObjectKind;
  /** `$node` or `3` in the viewing instance's module; undefined for a type it does not define. */
  readonly typeName: string | undefined;
  /** Fields, elements, or values of an exception's payload. */
  readonly length: number;
  readonly ref: unknown;
  /** Children `[from, from + count)`, as far as there are some; 100 unless told. */
  children(from?: number, count?: number): Variable[];
  /** @throws {UsageError} when there is no such child */
  child(index: number): Variable;
  /** A struct's child by its field's name; undefined for no such name. */
  childNamed(name: string): Variable | undefined;
}

const CHILD_COUNT = 100;

abstract class BaseView implements ObjectView {
  abstract readonly kind: ObjectKind;
  abstract readonly typeName: string | undefined;
  abstract readonly length: number;
  abstract readonly ref: unknown;
  protected readonly context: ShowContext;
  protected abstract make(index: number): Variable;

  constructor(context: ShowContext) {
    this.context = context;
  }

  children(from = 0, count = CHILD_COUNT): Variable[] {
    const made: Variable[] = [];
    for (let i = Math.max(0, from); i < Math.min(this.length, from + count); i++) made.push(this.make(i));
    return made;
  }

  child(index: number): Variable {
    checkIndex(index, this.length, this.kind === 'array' ? 'element' : 'field');
    return this.make(index);
  }

  childNamed(_name: string): Variable | undefined {
    return undefined;
  }

  /** The name of a canonical type id in the viewing module. */
  protected nameOfType(typeId: number): string | undefined {
    const { instance } = this.context;
    return instance && viewOf(instance.code).typeName(typeId);
  }
}

class StructView extends BaseView {
  readonly kind = 'struct';
  readonly ref: StructInst;

  constructor(ref: StructInst, context: ShowContext) {
    super(context);
    this.ref = ref;
  }

  get typeName(): string | undefined {
    return this.nameOfType(this.ref.typeId);
  }

  get length(): number {
    return fieldTypes(this.ref).length;
  }

  protected make(index: number): Variable {
    return new Field(this.ref, index, this.context);
  }

  override childNamed(name: string): Variable | undefined {
    return this.children(0, this.length).find((field) => field.name === name);
  }
}

class ArrayView extends BaseView {
  readonly kind = 'array';
  readonly ref: ArrayInst;

  constructor(ref: ArrayInst, context: ShowContext) {
    super(context);
    this.ref = ref;
  }

  get typeName(): string | undefined {
    return this.nameOfType(this.ref.typeId);
  }

  get length(): number {
    return this.ref.length;
  }

  protected make(index: number): Variable {
    return new Element(this.ref, index, this.context);
  }
}

class ExceptionView extends BaseView {
  readonly kind = 'exn';
  readonly ref: ExceptionInst;

  constructor(ref: ExceptionInst, context: ShowContext) {
    super(context);
    this.ref = ref;
  }

  get typeName(): string | undefined {
    const { instance } = this.context;
    const index = instance === undefined ? -1 : instance.tags.indexOf(this.ref.tag);
    return index < 0 ? undefined : viewOf(instance!.code).names.index('tag', index);
  }

  get length(): number {
    return this.ref.tag.type.params.length;
  }

  protected make(index: number): Variable {
    return new PayloadValue(this.ref, index, this.context);
  }
}

abstract class Part extends Variable {
  readonly index: number;
  protected readonly context: ShowContext;

  constructor(index: number, context: ShowContext) {
    super();
    this.index = index;
    this.context = context;
  }

  get type(): string {
    const { instance } = this.context;
    return instance === undefined ? '' : viewOf(instance.code).canonicalText(this.storage);
  }
}

class Field extends Part {
  private readonly struct: StructInst;

  constructor(struct: StructInst, index: number, context: ShowContext) {
    super(index, context);
    this.struct = struct;
  }

  get name(): string | undefined {
    const { instance } = this.context;
    return instance && viewOf(instance.code).fieldName(this.struct.typeId, this.index);
  }

  get storage(): ValType {
    return fieldTypes(this.struct)[this.index]!.storage;
  }

  get isMutable(): boolean {
    return fieldTypes(this.struct)[this.index]!.mutable;
  }

  protected get where(): string {
    return placeText('field', this.index, this.name);
  }

  protected read(): Bits {
    return readField(this.struct, structLayoutOf(this.struct).fields[this.index]!);
  }

  protected write(bits: Bits): void {
    writeField(this.struct, structLayoutOf(this.struct).fields[this.index]!, bits);
  }
}

class Element extends Part {
  readonly name = undefined;
  private readonly array: ArrayInst;

  constructor(array: ArrayInst, index: number, context: ShowContext) {
    super(index, context);
    this.array = array;
  }

  get storage(): ValType {
    return elementType(this.array).storage;
  }

  get isMutable(): boolean {
    return elementType(this.array).mutable;
  }

  protected get where(): string {
    return `element ${this.index} of an array`;
  }

  protected read(): Bits {
    return readElement(this.array, this.index);
  }

  protected write(bits: Bits): void {
    writeElement(this.array, this.index, bits);
  }
}

/** What an exception carries never changes: others may hold it. */
class PayloadValue extends Part {
  readonly name = undefined;
  readonly isMutable = false;
  private readonly exception: ExceptionInst;

  constructor(exception: ExceptionInst, index: number, context: ShowContext) {
    super(index, context);
    this.exception = exception;
  }

  get storage(): ValType {
    return this.exception.tag.type.params[this.index]!;
  }

  protected get where(): string {
    return `value ${this.index} of an exception`;
  }

  protected read(): Bits {
    return payloadOf(this.exception)[this.index]!;
  }

  protected write(): void {
    throw new UsageError(`${this.where} cannot be changed: throw another exception`);
  }
}

/**
 * An object's view; undefined for what has no parts: numbers, null, functions, the host's own values.
 *
 * @param ref as the store keeps it (`Variable.bits.ref`)
 * @param instance whose names types and fields are called by
 */
export function objectView(
  ref: unknown,
  instance: Instance | undefined,
  bridge: ValueBridge = rawReferences,
): ObjectView | undefined {
  const context = { instance, bridge };
  if (ref instanceof StructInst) return new StructView(ref, context);
  if (ref instanceof ArrayInst) return new ArrayView(ref, context);
  return ref instanceof ExceptionInst ? new ExceptionView(ref, context) : undefined;
}
