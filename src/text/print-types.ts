/**
 * Types in the text format's spelling, their indices as identifiers where there are some.
 *
 * @see https://webassembly.github.io/spec/core/text/types.html
 */
import { Reader } from '../decoder/index.ts';
import {
  type CompType,
  type FieldType,
  type FuncType,
  type GlobalType,
  type HeapType,
  heapTypeOf,
  heapTypeText,
  I64,
  isConcrete,
  isNullable,
  isRef,
  type Limits,
  type MemoryType,
  type Module,
  type SubType,
  type TableType,
  typeidxOf,
  type ValType,
  valTypeText,
} from '../syntax/index.ts';
import type { IndexNames, ModuleNames } from './print-names.ts';
import { u64Text } from './print-numbers.ts';

/** Types name other types and nothing else. */
type TypeNames = Pick<IndexNames, 'index'>;

/** `func`, `3`, `$node`. */
export function printHeapType(heap: HeapType, names: TypeNames): string {
  return isConcrete(heap) ? names.index('type', typeidxOf(heap)) : heapTypeText(heap);
}

/** `i32`, `funcref`, `(ref null $node)`. */
export function printValType(type: ValType, names: TypeNames): string {
  if (!isRef(type) || !isConcrete(heapTypeOf(type))) return valTypeText(type);
  return `(ref ${isNullable(type) ? 'null ' : ''}${printHeapType(heapTypeOf(type), names)})`;
}

/** ` (param i32 i64)`, or nothing for no types. */
export function printTypes(keyword: string, types: readonly ValType[], names: TypeNames): string {
  return types.length === 0 ? '' : ` (${keyword} ${types.map((type) => printValType(type, names)).join(' ')})`;
}

/** ` (param i32) (result i64)`. */
export function printSignature({ params, results }: FuncType, names: TypeNames): string {
  return printTypes('param', params, names) + printTypes('result', results, names);
}

function printFieldType({ storage, mutable }: FieldType, names: TypeNames): string {
  const text = printValType(storage, names);
  return mutable ? `(mut ${text})` : text;
}

function printCompType(comp: CompType, typeidx: number, names: ModuleNames): string {
  if (comp.kind === 'func') return `(func${printSignature(comp, names)})`;
  if (comp.kind === 'array') return `(array ${printFieldType(comp.field, names)})`;
  const fields = comp.fields.map((field, fieldidx) => {
    const id = names.fieldId(typeidx, fieldidx);
    return ` (field ${id === undefined ? '' : `${id} `}${printFieldType(field, names)})`;
  });
  return `(struct${fields.join('')})`;
}

/** A definition's right side: `(func …)`, or `(sub final $super (struct …))`. */
export function printSubType({ final, supertypes, comp }: SubType, typeidx: number, names: ModuleNames): string {
  const text = printCompType(comp, typeidx, names);
  if (final && supertypes.length === 0) return text;
  const supers = supertypes.map((supertype) => `${names.index('type', supertype)} `).join('');
  return `(sub ${final ? 'final ' : ''}${supers}${text})`;
}

export function printGlobalType({ content, mutable }: GlobalType, names: TypeNames): string {
  return printFieldType({ storage: content, mutable }, names);
}

/** Bounds as text. Beyond 2^53 `Limits` are rounded; `reread` finds the exact ones. */
function printBounds({ min, max }: Limits, reread: () => readonly string[]): string {
  if (Math.max(min, max ?? 0) >= 2 ** 53) return reread().join(' ');
  return max === undefined ? String(min) : `${min} ${max}`;
}

/** Reads bounds at the flags that precede them. */
function rereadBounds(reader: Reader): readonly string[] {
  const hasMax = (reader.u8() & 1) !== 0;
  const bound = () => {
    const lo = reader.u64();
    return u64Text(lo, reader.hi);
  };
  return hasMax ? [bound(), bound()] : [bound()];
}

/** 2^`exponent` as the text format writes it: exact where a double's decimal digits are not. */
export function powerOfTwoText(exponent: number): string {
  return exponent < 53 ? String(2 ** exponent) : `0x${(2 ** exponent).toString(16)}`;
}

/** Bit of a memory type's flags: its page size is given, even if it is the usual one. */
const HAS_PAGE_SIZE = 0x08;

/** `i64 1 2 shared (pagesize 1)`. `typeOffset` is where the type stands in `module.bytes`. */
export function printMemoryType(type: MemoryType, module: Module, typeOffset: number): string {
  const { address, limits, shared, pageSizeLog2 } = type;
  const bounds = printBounds(limits, () => rereadBounds(new Reader(module.bytes, typeOffset)));
  const isDefault = (module.bytes[typeOffset]! & HAS_PAGE_SIZE) === 0;
  const pageSize = isDefault ? '' : ` (pagesize ${powerOfTwoText(pageSizeLog2)})`;
  return `${address === I64 ? 'i64 ' : ''}${bounds}${shared ? ' shared' : ''}${pageSize}`;
}

const TABLE_WITH_INIT = 0x40;

/** `i64 1 2 funcref`. `typeOffset` is where the type, or the initial value's mark, stands in `module.bytes`. */
export function printTableType(type: TableType, module: Module, typeOffset: number, names: TypeNames): string {
  const bounds = printBounds(type.limits, () => {
    const hasInit = module.bytes[typeOffset] === TABLE_WITH_INIT;
    const reader = new Reader(module.bytes, hasInit ? typeOffset + 2 : typeOffset);
    reader.refType();
    return rereadBounds(reader);
  });
  return `${type.address === I64 ? 'i64 ' : ''}${bounds} ${printValType(type.element, names)}`;
}
