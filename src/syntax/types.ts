/**
 * Value, reference, heap and composite types, and how they are written.
 *
 * A value type is one integer, so that comparing, storing and hashing types costs nothing in the
 * decoder and validator. What a type *means* (subtyping, equality across modules) is in
 * type-registry.ts; validity of indices is the validator's.
 *
 * @see https://webassembly.github.io/spec/core/syntax/types.html
 */

/**
 * A value type. The low byte is the binary format's own byte:
 *
 *     bits   31 …… 8   7 …… 0
 *     num       0      0x7f i32, 0x7e i64, 0x7d f32, 0x7c f64
 *     vec       0      0x7b v128
 *     packed    0      0x78 i8, 0x77 i16             (storage types of fields only)
 *     ref    heap type 0x64 (ref ht), 0x63 (ref null ht)
 *     bottom    0      0x00                          (validator only: an unknown operand)
 */
export type ValType = number & { readonly __valtype: unique symbol };

/**
 * A heap type: an abstract one as its byte in the binary format (0x69–0x74), or a type index + 0x80.
 * In `syntax` the index counts in the module's type space, in `runtime` in the type registry's.
 */
export type HeapType = number & { readonly __heaptype: unique symbol };

const valType = (code: number) => code as ValType;
const heapType = (code: number) => code as HeapType;

export const I32: ValType = valType(0x7f);
export const I64: ValType = valType(0x7e);
export const F32: ValType = valType(0x7d);
export const F64: ValType = valType(0x7c);
export const V128: ValType = valType(0x7b);
export const I8: ValType = valType(0x78);
export const I16: ValType = valType(0x77);
/** The validator's type of an operand that unreachable code never produces. */
export const BOTTOM: ValType = valType(0x00);

/** The abstract heap types by their text-format names; numbers are the binary format's bytes. */
export const abstractHeapTypes = {
  exn: heapType(0x69),
  array: heapType(0x6a),
  struct: heapType(0x6b),
  i31: heapType(0x6c),
  eq: heapType(0x6d),
  any: heapType(0x6e),
  extern: heapType(0x6f),
  func: heapType(0x70),
  none: heapType(0x71),
  noextern: heapType(0x72),
  nofunc: heapType(0x73),
  noexn: heapType(0x74),
} as const satisfies Record<string, HeapType>;

export type AbstractHeapTypeName = keyof typeof abstractHeapTypes;

/** Abbreviations such as `funcref`, where they are not simply the heap type's name + `ref`. */
const nullableAbbreviations: Readonly<Record<string, AbstractHeapTypeName>> = {
  nullref: 'none',
  nullexternref: 'noextern',
  nullfuncref: 'nofunc',
  nullexnref: 'noexn',
};

const REF_BYTE = 0x64;
const REF_NULL_BYTE = 0x63;
const FIRST_CONCRETE = 0x80;

/** The most types a module may define (V8's documented limit); a heap type stays a small integer. */
export const MAX_TYPE_COUNT = 1_000_000;

export function refType(heap: HeapType, nullable: boolean): ValType {
  return valType((heap << 8) | (nullable ? REF_NULL_BYTE : REF_BYTE));
}

export function concreteHeapType(typeidx: number): HeapType {
  return heapType(typeidx + FIRST_CONCRETE);
}

export function isConcrete(heap: HeapType): boolean {
  return heap >= FIRST_CONCRETE;
}

/** The type index of a concrete heap type. */
export function typeidxOf(heap: HeapType): number {
  return heap - FIRST_CONCRETE;
}

export function isRef(type: ValType): boolean {
  const byte = type & 0xff;
  return byte === REF_BYTE || byte === REF_NULL_BYTE;
}

export function isNullable(type: ValType): boolean {
  return (type & 0xff) === REF_NULL_BYTE;
}

/** The heap type of a reference type. */
export function heapTypeOf(type: ValType): HeapType {
  return heapType(type >> 8);
}

export function isPacked(type: ValType): boolean {
  return type === I8 || type === I16;
}

/** A field's type as a value: `i8` and `i16` unpack to i32. */
export function unpacked(type: ValType): ValType {
  return isPacked(type) ? I32 : type;
}

/** Every type but a non-nullable reference has a default value. */
export function isDefaultable(type: ValType): boolean {
  return !isRef(type) || isNullable(type);
}

/** Below every heap type; validator only, for a reference of unknown type. */
export const BOTTOM_HEAP: HeapType = heapType(0);
/** The validator's type of a non-null reference that unreachable code never produces. */
export const BOTTOM_REF: ValType = refType(BOTTOM_HEAP, false);

export const FUNCREF: ValType = refType(abstractHeapTypes.func, true);
export const EXTERNREF: ValType = refType(abstractHeapTypes.extern, true);
export const EXNREF: ValType = refType(abstractHeapTypes.exn, true);
export const ANYREF: ValType = refType(abstractHeapTypes.any, true);
export const EQREF: ValType = refType(abstractHeapTypes.eq, true);
export const I31REF: ValType = refType(abstractHeapTypes.i31, true);
export const STRUCTREF: ValType = refType(abstractHeapTypes.struct, true);

/** Number, vector and packed types by their keywords. */
export const namedTypes = { i32: I32, i64: I64, f32: F32, f64: F64, v128: V128, i8: I8, i16: I16 } as const;

const abstractNameByCode = new Map<number, string>(
  Object.entries(abstractHeapTypes).map(([name, code]) => [code, name]),
);
const namedTypeByCode = new Map<number, string>(Object.entries(namedTypes).map(([name, code]) => [code, name]));

/** A heap type as the text format writes it: `func`, `3`. */
export function heapTypeText(heap: HeapType): string {
  if (heap === BOTTOM_HEAP) return 'bot';
  return isConcrete(heap) ? String(typeidxOf(heap)) : (abstractNameByCode.get(heap) ?? `0x${heap.toString(16)}`);
}

/** A value type as the text format writes it: `i32`, `funcref`, `(ref null 3)`. */
export function valTypeText(type: ValType): string {
  if (type === BOTTOM) return 'bot';
  if (!isRef(type)) return namedTypeByCode.get(type) ?? `0x${type.toString(16)}`;
  const heap = heapTypeOf(type);
  if (!isNullable(type)) return `(ref ${heapTypeText(heap)})`;
  if (isConcrete(heap)) return `(ref null ${heapTypeText(heap)})`;
  const name = heapTypeText(heap);
  const short = Object.keys(nullableAbbreviations).find((key) => nullableAbbreviations[key] === name);
  return short ?? `${name}ref`;
}

/** `funcref`, `nullexternref`, …: the type an abbreviation stands for. */
export function valTypeByKeyword(keyword: string): ValType | undefined {
  if (has(namedTypes, keyword)) return namedTypes[keyword as keyof typeof namedTypes];
  const heapName = nullableAbbreviations[keyword] ?? (keyword.endsWith('ref') ? keyword.slice(0, -3) : '');
  if (!has(abstractHeapTypes, heapName) || heapName === '') return undefined;
  const canonical = valTypeText(refType(abstractHeapTypes[heapName as AbstractHeapTypeName], true));
  return canonical === keyword ? refType(abstractHeapTypes[heapName as AbstractHeapTypeName], true) : undefined;
}

/** Whether `table` has `key` as its own; `Object.hasOwn` is newer than ES2020. */
function has(table: object, key: string): boolean {
  return Object.prototype.hasOwnProperty.call(table, key);
}

/** `[i32 i64]` as messages write a sequence of types. */
export function valTypesText(types: readonly ValType[]): string {
  return `[${types.map(valTypeText).join(' ')}]`;
}

export interface FieldType {
  /** A value type, or the packed `I8` or `I16`. */
  readonly storage: ValType;
  readonly mutable: boolean;
}

export interface FuncType {
  readonly kind: 'func';
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}

export interface StructType {
  readonly kind: 'struct';
  readonly fields: readonly FieldType[];
}

export interface ArrayType {
  readonly kind: 'array';
  readonly field: FieldType;
}

/** @see https://webassembly.github.io/spec/core/syntax/types.html#composite-types */
export type CompType = FuncType | StructType | ArrayType;

/** One definition of a recursive group: `(sub final? supertype* comptype)`. */
export interface SubType {
  readonly final: boolean;
  /** Type indices; at most one in today's specification. */
  readonly supertypes: readonly number[];
  readonly comp: CompType;
}

/** `from` is the type index of the group's first definition. */
export interface RecGroup {
  readonly from: number;
  readonly types: readonly SubType[];
}

/** Address type of a memory or table: i32, or i64 for 64-bit ones. */
export type AddressType = typeof I32 | typeof I64;

/** `min` and `max` in pages or elements. 64-bit bounds are exact up to 2^53 and rounded beyond. */
export interface Limits {
  readonly min: number;
  readonly max: number | undefined;
}

export interface MemoryType {
  readonly address: AddressType;
  readonly limits: Limits;
  readonly shared: boolean;
  /** log2 of the page size: 16, or 0 with custom page sizes. */
  readonly pageSizeLog2: number;
}

export interface TableType {
  readonly address: AddressType;
  readonly limits: Limits;
  readonly element: ValType;
}

export interface GlobalType {
  readonly content: ValType;
  readonly mutable: boolean;
}

/** A tag's type is that of a function whose parameters are the exception's payload. */
export interface TagType {
  readonly typeidx: number;
}
