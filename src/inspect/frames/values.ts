/**
 * Values as text, the way the text format writes them where it can: `-5`, `nan:0x1`, `i32x4 0x… …`, `null`,
 * `func 3 $f`, `struct $point {x: 1, y: 2}`. Large and cyclic objects are cut.
 *
 * @see https://webassembly.github.io/spec/core/text/values.html
 */
import { widthOf } from '../../interpreter/index.ts';
import { ArrayInst, ExceptionInst, Func, type Instance, isI31, StructInst } from '../../runtime/index.ts';
import { F32, F64, I64, isRef, V128, type ValType } from '../../syntax/index.ts';
import { f32Text, f64Text, quoteName, s64Text } from '../../text/index.ts';
import { elementType, fieldTypes, readElement, readField, structLayoutOf } from './aggregates.ts';
import { type Bits, isExternType, ofRef } from './bits.ts';
import { viewOf } from './module-view.ts';

/** How much of an object its text shows. */
export interface TextBounds {
  /** Objects inside of objects, 3 unless told. */
  readonly depth?: number | undefined;
  /** Fields or elements of one object, 8 unless told. */
  readonly items?: number | undefined;
}

/** Objects that one text may show in all. */
const MAX_OBJECTS = 200;
const MAX_DEPTH = 100;
const MAX_HOST_TEXT = 60;

/**
 * A value as text.
 *
 * @param type in canonical ids; packed types are fine
 * @param instance whose names types, tags and fields are called by
 */
export function valueText(type: ValType, bits: Bits, instance: Instance | undefined, bounds: TextBounds = {}): string {
  if (isRef(type)) return new RefText(instance, bounds).of(bits.ref, isExternType(type), []);
  if (type === V128) return vectorText(bits);
  if (type === I64) return s64Text(bits.lo, bits.hi);
  if (type === F32) return f32Text(bits.lo);
  return type === F64 ? f64Text(bits.lo, bits.hi) : String(bits.lo);
}

function vectorText({ lo, hi, x2, x3 }: Bits): string {
  const lanes = [lo, hi, x2, x3].map((word) => `0x${(word >>> 0).toString(16).padStart(8, '0')}`);
  return `i32x4 ${lanes.join(' ')}`;
}

class RefText {
  private readonly instance: Instance | undefined;
  private readonly depth: number;
  private readonly items: number;
  private left = MAX_OBJECTS;

  constructor(instance: Instance | undefined, { depth = 3, items = 8 }: TextBounds) {
    this.instance = instance;
    this.depth = Math.min(depth, MAX_DEPTH);
    this.items = items;
  }

  /** @param path objects that this one is inside of */
  of(ref: unknown, isExtern: boolean, path: readonly unknown[]): string {
    if (ref === null) return 'null';
    const text = this.guest(ref, isExtern, path);
    if (text === undefined) return `extern ${hostText(ref)}`;
    return isExtern ? `extern ${text}` : text;
  }

  private guest(ref: unknown, isExtern: boolean, path: readonly unknown[]): string | undefined {
    if (ref instanceof Func) return funcText(ref);
    if (ref instanceof StructInst || ref instanceof ArrayInst || ref instanceof ExceptionInst) {
      return this.object(ref, path);
    }
    return isI31(ref) && !isExtern ? `i31 ${ref}` : undefined;
  }

  private object(ref: StructInst | ArrayInst | ExceptionInst, path: readonly unknown[]): string {
    const head = this.headOf(ref);
    if (path.includes(ref)) return `${head} (cycle)`;
    if (path.length >= this.depth || this.left <= 0) return `${head} {…}`;
    this.left--;
    const inside = [...path, ref];
    if (ref instanceof StructInst) return `${head} ${this.fields(ref, inside)}`;
    return `${head} ${ref instanceof ArrayInst ? this.elements(ref, inside) : this.payload(ref, inside)}`;
  }

  private headOf(ref: StructInst | ArrayInst | ExceptionInst): string {
    if (ref instanceof ExceptionInst) return this.tagText(ref);
    const name = this.instance && viewOf(this.instance.code).typeName(ref.typeId);
    const kind = ref instanceof StructInst ? 'struct' : 'array';
    const typed = name === undefined ? kind : `${kind} ${name}`;
    return ref instanceof ArrayInst ? `${typed} [${ref.length}]` : typed;
  }

  private tagText({ tag }: ExceptionInst): string {
    const index = this.instance === undefined ? -1 : this.instance.tags.indexOf(tag);
    return index < 0 ? 'exn' : `exn ${viewOf(this.instance!.code).names.index('tag', index)}`;
  }

  private fields(struct: StructInst, path: readonly unknown[]): string {
    const types = fieldTypes(struct);
    const layout = structLayoutOf(struct);
    const view = this.instance && viewOf(this.instance.code);
    return this.list(types.length, (i) => {
      const bits = readField(struct, layout.fields[i]!);
      return `${view?.fieldName(struct.typeId, i) ?? i}: ${this.inner(types[i]!.storage, bits, path)}`;
    });
  }

  private elements(array: ArrayInst, path: readonly unknown[]): string {
    const { storage } = elementType(array);
    return this.list(array.length, (i) => this.inner(storage, readElement(array, i), path));
  }

  private payload(exception: ExceptionInst, path: readonly unknown[]): string {
    const { params } = exception.tag.type;
    const all = payloadOf(exception);
    return this.list(params.length, (i) => this.inner(params[i]!, all[i]!, path));
  }

  private list(count: number, item: (index: number) => string): string {
    const shown = Math.min(count, this.items);
    const texts = Array.from({ length: shown }, (_, i) => item(i));
    if (shown < count) texts.push(`… ${count - shown} more`);
    return `{${texts.join(', ')}}`;
  }

  private inner(storage: ValType, bits: Bits, path: readonly unknown[]): string {
    if (isRef(storage)) return this.of(bits.ref, isExternType(storage), path);
    return valueText(storage, bits, this.instance);
  }
}

/** What an exception carries, value by value. */
export function payloadOf({ tag, words, refs }: ExceptionInst): Bits[] {
  let at = 0;
  return tag.type.params.map((type) => {
    const start = at;
    at += widthOf(type);
    if (isRef(type)) return ofRef(refs[start >> 1]);
    const [lo = 0, hi = 0, x2 = 0, x3 = 0] = words.subarray(start, at);
    return { lo, hi, x2, x3, ref: null };
  });
}

function funcText(func: Func): string {
  if (func.instance === null) return 'func (host)';
  return `func ${viewOf(func.instance.code).funcText(func.funcidx)}`;
}

/** A value of the host's, in a few words. Its own code may run: it is not trusted to succeed. */
export function hostText(value: unknown): string {
  try {
    if (typeof value === 'string')
      return quoteName(value.length > MAX_HOST_TEXT ? `${value.slice(0, MAX_HOST_TEXT)}…` : value);
    if (typeof value === 'function') return `function ${String(value.name).slice(0, MAX_HOST_TEXT)}`.trim();
    if (typeof value !== 'object' || value === null) return String(value).slice(0, MAX_HOST_TEXT);
    return String(value.constructor?.name ?? 'object').slice(0, MAX_HOST_TEXT);
  } catch {
    return 'object';
  }
}
