/**
 * The naive peer's decoder: a module's sections as plain arrays, function bodies as ranges of its bytes. It trusts the
 * module to be valid. It knows what the first release had, and of what came later blocks of several values, exception
 * tags and structures; no vectors.
 */

/**
 * @typedef {{ params: number[], results: number[] }} FuncType
 * @typedef {{ type: FuncType, locals: number[], start: number, end: number }} Func
 * @typedef {{ offset: number, bytes: Uint8Array }} DataSegment
 * @typedef {{ offset: number, functions: number[] }} ElemSegment
 * @typedef {object} NaiveModule
 * @property {Uint8Array} bytes
 * @property {FuncType[]} types a structure's entry has no results
 * @property {Func[]} functions
 * @property {Record<string, number>} exports functions by name
 * @property {number} pageCount
 * @property {number} tableLength
 * @property {number[]} tags their types' indices
 * @property {unknown[]} globals initial values
 * @property {ElemSegment[]} elements
 * @property {DataSegment[]} data
 */

const TYPE_SECTION = 1;
const FUNCTION_SECTION = 3;
const TABLE_SECTION = 4;
const MEMORY_SECTION = 5;
const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;
const ELEMENT_SECTION = 9;
const CODE_SECTION = 10;
const DATA_SECTION = 11;
const TAG_SECTION = 13;

export const F64 = 0x7c;
export const F32 = 0x7d;
export const I64 = 0x7e;
export const I32 = 0x7f;
const REF = 0x64;
const REF_NULL = 0x63;
const STRUCT = 0x5f;
const REC = 0x4e;

/** Reads bytes one after the other; interpreters of the first hour do so while they run. */
export class Bytes {
  /**
   * @param {Uint8Array} bytes
   * @param {number} at
   */
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte() {
    return /** @type {number} */ (this.bytes[this.at++]);
  }

  u32() {
    let result = 0;
    let shift = 0;
    for (;;) {
      const byte = this.byte();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result >>> 0;
      shift += 7;
    }
  }

  s32() {
    let result = 0;
    let shift = 0;
    for (;;) {
      const byte = this.byte();
      result |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) return shift < 32 && byte & 0x40 ? result | (-1 << shift) : result;
    }
  }

  s64() {
    let result = BigInt(0);
    let shift = 0;
    for (;;) {
      const byte = this.byte();
      result |= BigInt(byte & 0x7f) << BigInt(shift);
      shift += 7;
      if (byte < 0x80) return BigInt.asIntN(Math.min(shift, 64), result);
    }
  }

  f32() {
    this.at += 4;
    return this.view.getFloat32(this.at - 4, true);
  }

  f64() {
    this.at += 8;
    return this.view.getFloat64(this.at - 8, true);
  }

  valtype() {
    const type = this.byte();
    if (type === REF || type === REF_NULL) this.s32();
    return type;
  }

  /**
   * @template T
   * @param {() => T} read
   */
  list(read) {
    const items = [];
    for (let count = this.u32(); count > 0; count--) items.push(read());
    return items;
  }
}

/** The value that a local of a type begins with. */
export function zeroOf(/** @type {number} */ type) {
  if (type === I64) return BigInt(0);
  return type === I32 || type === F32 || type === F64 ? 0 : null;
}

/**
 * @param {Uint8Array} bytes
 * @returns {NaiveModule}
 */
export function decode(bytes) {
  /** @type {NaiveModule} */
  const module = {
    bytes,
    types: [],
    functions: [],
    exports: {},
    pageCount: 0,
    tableLength: 0,
    tags: [],
    globals: [],
    elements: [],
    data: [],
  };
  const reader = new Bytes(bytes, 8);
  /** @type {number[]} */
  let typeIndices = [];
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const end = reader.u32() + reader.at;
    if (id === TYPE_SECTION) for (let count = reader.u32(); count > 0; count--) readRecType(reader, module);
    else if (id === FUNCTION_SECTION) typeIndices = reader.list(() => reader.u32());
    else if (id === CODE_SECTION) readCode(reader, module, typeIndices);
    else readSection(id, reader, module);
    reader.at = end;
  }
  return module;
}

/**
 * @param {number} id
 * @param {Bytes} reader
 * @param {NaiveModule} module
 */
function readSection(id, reader, module) {
  const limits = () => {
    const hasMaximum = reader.byte() & 1;
    const minimum = reader.u32();
    if (hasMaximum) reader.u32();
    return minimum;
  };
  if (id === TABLE_SECTION) {
    reader.u32();
    reader.valtype();
    module.tableLength = limits();
  } else if (id === MEMORY_SECTION) {
    reader.u32();
    module.pageCount = limits();
  } else if (id === GLOBAL_SECTION) {
    module.globals = reader.list(() => {
      reader.valtype();
      reader.byte();
      return readConstant(reader);
    });
  } else if (id === EXPORT_SECTION) {
    reader.list(() => {
      const name = reader.list(() => String.fromCharCode(reader.byte())).join('');
      const kind = reader.byte();
      const index = reader.u32();
      if (kind === 0) module.exports[name] = index;
    });
  } else if (id === ELEMENT_SECTION) {
    module.elements = reader.list(() => {
      if (reader.u32() !== 0) throw new Error('only active elements of table 0 are known');
      return { offset: Number(readConstant(reader)), functions: reader.list(() => reader.u32()) };
    });
  } else if (id === DATA_SECTION) {
    module.data = reader.list(() => {
      if (reader.u32() !== 0) throw new Error('only active data of memory 0 is known');
      const offset = Number(readConstant(reader));
      const length = reader.u32();
      reader.at += length;
      return { offset, bytes: module.bytes.subarray(reader.at - length, reader.at) };
    });
  } else if (id === TAG_SECTION) {
    module.tags = reader.list(() => {
      reader.byte();
      return reader.u32();
    });
  } else if (id === 2) throw new Error('imports are not known');
}

/**
 * @param {Bytes} reader
 * @param {NaiveModule} module
 */
function readRecType(reader, module) {
  const form = reader.byte();
  if (form === REC) {
    for (let count = reader.u32(); count > 0; count--) readRecType(reader, module);
  } else if (form === STRUCT) {
    const fields = reader.list(() => {
      const type = reader.valtype();
      reader.byte();
      return type;
    });
    module.types.push({ params: fields, results: [] });
  } else {
    const params = reader.list(() => reader.valtype());
    module.types.push({ params, results: reader.list(() => reader.valtype()) });
  }
}

/** A constant expression of one instruction. */
function readConstant(/** @type {Bytes} */ reader) {
  const opcode = reader.byte();
  /** @type {unknown} */
  let value;
  if (opcode === 0x41) value = reader.s32();
  else if (opcode === 0x42) value = reader.s64();
  else if (opcode === 0x43) value = reader.f32();
  else if (opcode === 0x44) value = reader.f64();
  else throw new Error(`constant expressions with opcode ${opcode} are not known`);
  reader.byte();
  return value;
}

/**
 * @param {Bytes} reader
 * @param {NaiveModule} module
 * @param {readonly number[]} typeIndices
 */
function readCode(reader, module, typeIndices) {
  reader.u32();
  for (const index of typeIndices) {
    const end = reader.u32() + reader.at;
    /** @type {number[]} */
    const locals = [];
    for (let groups = reader.u32(); groups > 0; groups--) {
      let count = reader.u32();
      const type = reader.valtype();
      for (; count > 0; count--) locals.push(type);
    }
    const type = /** @type {FuncType} */ (module.types[index]);
    module.functions.push({ type, locals, start: reader.at, end });
    reader.at = end;
  }
}
