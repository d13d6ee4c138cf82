/**
 * The type section and the types of tables, memories, globals and tags, from bytes.
 *
 * Whether a type index exists and a supertype fits is validation and not asked here.
 *
 * @see https://webassembly.github.io/spec/core/binary/types.html
 */
import {
  type CompType,
  type FieldType,
  type FuncType,
  type GlobalType,
  I8,
  I16,
  I32,
  I64,
  type Limits,
  type MemoryType,
  type RecGroup,
  SHARED_TYPE,
  type SubType,
  type TableType,
  type TagType,
  type ValType,
} from '../syntax/index.ts';
import { moduleLimits } from './limits.ts';
import type { Reader } from './reader.ts';

const REC = 0x4e;
const SUB = 0x50;
const SUB_FINAL = 0x4f;
const FUNC = 0x60;
const STRUCT = 0x5f;
const ARRAY = 0x5e;

const MUTABLE = 0x01;
const HAS_MAX = 0x01;
const SHARED = 0x02;
const ADDRESS_64 = 0x04;
const HAS_PAGE_SIZE = 0x08;
const TABLE_FLAGS = HAS_MAX | ADDRESS_64;
const MEMORY_FLAGS = HAS_MAX | SHARED | ADDRESS_64 | HAS_PAGE_SIZE;

const DEFAULT_PAGE_SIZE_LOG2 = 16;

const noTypes: readonly ValType[] = [];
const noSupertypes: readonly number[] = [];

/** The type section: recursive groups, and the index space that they make. */
export function decodeTypeSection(reader: Reader, recGroups: RecGroup[], types: SubType[]): void {
  const groupCount = reader.vectorLength(moduleLimits.types, 'recursive group');
  for (let i = 0; i < groupCount; i++) {
    const from = types.length;
    const start = reader.offset;
    const group = decodeRecGroup(reader);
    for (const type of group) types.push(type);
    if (types.length > moduleLimits.types) reader.fail(`more than ${moduleLimits.types} types`, start);
    recGroups.push({ from, types: group });
  }
}

/** A group, or a definition alone, which is a group of its own. */
function decodeRecGroup(reader: Reader): SubType[] {
  const start = reader.offset;
  const lead = reader.u8();
  if (lead !== REC) return [decodeSubType(reader, lead, start)];
  const count = reader.vectorLength(moduleLimits.types, 'type');
  const types: SubType[] = [];
  for (let i = 0; i < count; i++) {
    const at = reader.offset;
    types.push(decodeSubType(reader, reader.u8(), at));
  }
  return types;
}

/** A definition whose first byte is already read, at `start`. */
function decodeSubType(reader: Reader, lead: number, start: number): SubType {
  if (lead !== SUB && lead !== SUB_FINAL) {
    return { final: true, supertypes: noSupertypes, comp: decodeCompType(reader, lead, start) };
  }
  // Well-formed for any count; more than one supertype is the validator's complaint.
  const supertypeCount = reader.vectorLength(moduleLimits.types, 'supertype');
  const supertypes = supertypeCount === 0 ? noSupertypes : Array.from({ length: supertypeCount }, () => reader.u32());
  const at = reader.offset;
  return { final: lead === SUB_FINAL, supertypes, comp: decodeCompType(reader, reader.u8(), at) };
}

function decodeCompType(reader: Reader, lead: number, start: number): CompType {
  if (lead === FUNC) return decodeFuncType(reader);
  if (lead === STRUCT) {
    const count = reader.vectorLength(moduleLimits.structFields, 'field');
    const fields: FieldType[] = [];
    for (let i = 0; i < count; i++) fields.push(decodeFieldType(reader));
    return { kind: 'struct', fields };
  }
  if (lead === ARRAY) return { kind: 'array', field: decodeFieldType(reader) };
  if (lead === SHARED_TYPE) reader.failShared('malformed definition type (shared)', start);
  return reader.fail(lead < 0x80 ? 'malformed definition type' : 'integer representation too long', start);
}

function decodeFuncType(reader: Reader): FuncType {
  const params = decodeResultType(reader, moduleLimits.params, 'parameter');
  const results = decodeResultType(reader, moduleLimits.results, 'result');
  return { kind: 'func', params, results };
}

function decodeResultType(reader: Reader, limit: number, what: string): readonly ValType[] {
  const count = reader.vectorLength(limit, what);
  if (count === 0) return noTypes;
  const types: ValType[] = [];
  for (let i = 0; i < count; i++) types.push(reader.valType());
  return types;
}

function decodeFieldType(reader: Reader): FieldType {
  const start = reader.offset;
  const byte = reader.u8();
  const isPacked = byte === I8 || byte === I16;
  const storage = isPacked ? (byte as ValType) : reader.valTypeFrom(byte, start, 'malformed storage type');
  return { storage, mutable: decodeMutability(reader) };
}

function decodeMutability(reader: Reader): boolean {
  const start = reader.offset;
  const byte = reader.u8();
  if (byte > 1) reader.fail('malformed mutability', start);
  return byte === 1;
}

/** Bounds are u64 for any address type (whether they fit it is validation), rounded beyond 2^53. */
function decodeBounds(reader: Reader, flags: number): Limits {
  const min = reader.u64AsNumber();
  return { min, max: flags & HAS_MAX ? reader.u64AsNumber() : undefined };
}

function decodeLimitsFlags(reader: Reader, known: number): number {
  const start = reader.offset;
  const flags = reader.u8();
  if ((flags & ~known) !== 0) reader.fail('malformed limits flags', start);
  return flags;
}

export function decodeMemoryType(reader: Reader): MemoryType {
  const start = reader.offset;
  const flags = decodeLimitsFlags(reader, MEMORY_FLAGS);
  if (flags & HAS_PAGE_SIZE && reader.done)
    reader.fail('malformed limits flags: bounds and page size are missing', start);
  const limits = decodeBounds(reader, flags);
  const pageSizeLog2 = flags & HAS_PAGE_SIZE ? decodePageSizeLog2(reader) : DEFAULT_PAGE_SIZE_LOG2;
  return { address: flags & ADDRESS_64 ? I64 : I32, limits, shared: (flags & SHARED) !== 0, pageSizeLog2 };
}

/** @see https://github.com/WebAssembly/custom-page-sizes/blob/main/proposals/custom-page-sizes/Overview.md */
function decodePageSizeLog2(reader: Reader): number {
  const start = reader.offset;
  const log2 = reader.u32();
  if (log2 >= 64) reader.fail('invalid custom page size', start);
  return log2;
}

export function decodeTableType(reader: Reader): TableType {
  const element = reader.refType();
  const start = reader.offset;
  const flags = decodeLimitsFlags(reader, TABLE_FLAGS | SHARED);
  if ((flags & SHARED) !== 0) reader.failShared('malformed limits flags (shared)', start);
  return { address: flags & ADDRESS_64 ? I64 : I32, limits: decodeBounds(reader, flags), element };
}

export function decodeGlobalType(reader: Reader): GlobalType {
  const content = reader.valType();
  const start = reader.offset;
  const flags = reader.u8();
  if (flags > (MUTABLE | SHARED)) reader.fail('malformed mutability', start);
  if ((flags & SHARED) !== 0) reader.failShared('malformed mutability (shared)', start);
  return { content, mutable: flags === MUTABLE };
}

export function decodeTagType(reader: Reader): TagType {
  const start = reader.offset;
  if (reader.u8() !== 0) reader.fail('malformed tag attribute: zero byte expected', start);
  return { typeidx: reader.u32() };
}
