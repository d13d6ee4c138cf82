/**
 * Type definitions and the types of tables, memories, globals and tags as bytes: the other direction
 * of decoder/decode-types.ts. Limits may be given as 64-bit halves, which numbers cannot hold exactly.
 *
 * @see https://webassembly.github.io/spec/core/binary/types.html
 */
import {
  type CompType,
  type FieldType,
  type GlobalType,
  I64,
  type MemoryType,
  type SubType,
  type TableType,
  type TagType,
} from '../syntax/index.ts';
import type { ByteWriter } from './byte-writer.ts';

const REC = 0x4e;
const SUB = 0x50;
const SUB_FINAL = 0x4f;
const FUNC = 0x60;
const STRUCT = 0x5f;
const ARRAY = 0x5e;

const HAS_MAX = 0x01;
const SHARED = 0x02;
const ADDRESS_64 = 0x04;
const HAS_PAGE_SIZE = 0x08;
const DEFAULT_PAGE_SIZE_LOG2 = 16;

const TWO_POW_32 = 2 ** 32;
const TWO_POW_64 = 2 ** 64;

/** 64 bits as two halves, of either sign. */
export interface Halves {
  readonly lo: number;
  readonly hi: number;
}

/** A bound of limits: a number where it is exact, halves for any 64 bits. */
export type Bound = number | Halves;

export interface EncodableLimits {
  readonly min: Bound;
  readonly max: Bound | undefined;
}

/** Types whose limits may be exact to 64 bits; the decoded ones fit too. */
export type EncodableMemoryType = Omit<MemoryType, 'limits'> & { readonly limits: EncodableLimits };
export type EncodableTableType = Omit<TableType, 'limits'> & { readonly limits: EncodableLimits };

function writeBound(out: ByteWriter, bound: Bound): void {
  if (typeof bound !== 'number') out.u64(bound.lo, bound.hi);
  else if (bound >= TWO_POW_64) out.u64(-1, -1);
  else out.u64(bound % TWO_POW_32, Math.floor(bound / TWO_POW_32));
}

function writeLimits(out: ByteWriter, limits: EncodableLimits, flags: number): void {
  out.u8(flags | (limits.max === undefined ? 0 : HAS_MAX));
  writeBound(out, limits.min);
  if (limits.max !== undefined) writeBound(out, limits.max);
}

export function writeMemoryType(out: ByteWriter, type: EncodableMemoryType): void {
  const hasPageSize = type.pageSizeLog2 !== DEFAULT_PAGE_SIZE_LOG2;
  const address = type.address === I64 ? ADDRESS_64 : 0;
  writeLimits(out, type.limits, address | (type.shared ? SHARED : 0) | (hasPageSize ? HAS_PAGE_SIZE : 0));
  if (hasPageSize) out.u32(type.pageSizeLog2);
}

export function writeTableType(out: ByteWriter, type: EncodableTableType): void {
  out.valType(type.element);
  writeLimits(out, type.limits, type.address === I64 ? ADDRESS_64 : 0);
}

export function writeGlobalType(out: ByteWriter, type: GlobalType): void {
  out.valType(type.content);
  out.u8(type.mutable ? 1 : 0);
}

export function writeTagType(out: ByteWriter, type: TagType): void {
  out.u8(0);
  out.u32(type.typeidx);
}

function writeFieldType(out: ByteWriter, field: FieldType): void {
  out.valType(field.storage);
  out.u8(field.mutable ? 1 : 0);
}

function writeCompType(out: ByteWriter, comp: CompType): void {
  if (comp.kind === 'func') {
    out.u8(FUNC);
    out.valTypes(comp.params);
    out.valTypes(comp.results);
  } else if (comp.kind === 'struct') {
    out.u8(STRUCT);
    out.u32(comp.fields.length);
    for (const field of comp.fields) writeFieldType(out, field);
  } else {
    out.u8(ARRAY);
    writeFieldType(out, comp.field);
  }
}

function writeSubType(out: ByteWriter, type: SubType): void {
  if (!type.final || type.supertypes.length > 0) {
    out.u8(type.final ? SUB_FINAL : SUB);
    out.u32(type.supertypes.length);
    for (const typeidx of type.supertypes) out.u32(typeidx);
  }
  writeCompType(out, type.comp);
}

/** A recursive group; one of a single definition needs no `rec`. */
export function writeRecGroup(out: ByteWriter, types: readonly SubType[]): void {
  if (types.length !== 1) {
    out.u8(REC);
    out.u32(types.length);
  }
  for (const type of types) writeSubType(out, type);
}
