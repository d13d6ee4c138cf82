/**
 * Walks an instruction sequence in the binary format, one instruction a `next()`, without
 * allocating: the instruction's id and immediates stand in fields that the next call overwrites.
 *
 * It checks the form of what it reads (opcodes assigned, integers in range), not its meaning.
 * Validator, printer, lowering and the inspector read code through it.
 *
 * @see https://webassembly.github.io/spec/core/binary/instructions.html
 */
import {
  BOTTOM,
  type HeapType,
  type ImmediateKind,
  type InstrId,
  idByOpcode,
  idsUnderPrefix,
  instructions,
  opcodeText,
  sharedEverythingName,
  type ValType,
} from '../syntax/index.ts';
import { moduleLimits } from './limits.ts';
import { Reader } from './reader.ts';

/** One clause of `try_table`. */
export interface CatchClause {
  readonly kind: 'catch' | 'catch_ref' | 'catch_all' | 'catch_all_ref';
  /** −1 for the `catch_all` kinds. */
  readonly tagidx: number;
  readonly labelidx: number;
}

const catchKinds = ['catch', 'catch_ref', 'catch_all', 'catch_all_ref'] as const;
const EMPTY_BLOCK_TYPE = 0x40;
const HAS_MEMIDX = 0x40;

export class InstructionReader extends Reader {
  /** Byte offset of the current instruction's opcode. */
  at = 0;
  id: InstrId = 0;

  /**
   * The index immediates in the binary format's order: `index` the first, `index2` the second
   * (`call_indirect`: typeidx, tableidx). Also labelidx, lane and `array.new_fixed`'s count in their places.
   */
  index = 0;
  index2 = 0;

  /** Block type: a type index, or −1 and `blockValType` (`BOTTOM`: no result). */
  blockTypeidx = -1;
  blockValType: ValType = BOTTOM;

  /** memarg: log2 of the alignment, memory index, offset (exact up to 2^53) and its two halves. */
  alignLog2 = 0;
  memidx = 0;
  memOffset = 0;
  memOffsetLo = 0;
  memOffsetHi = 0;

  /** Constants: i32 and f32 bits in `lo`; i64 and f64 bits in `lo`, `hi`; v128 and lanes at `bytes[lanesAt …+16]`. */
  lo = 0;
  lanesAt = 0;

  /** br_table: `labels[0 … labelCount)`, the default last. Borrowed until the next call. */
  labels: number[] = [];
  labelCount = 0;

  /** `select_t`'s types. */
  valTypes: ValType[] = [];
  /** try_table's clauses. */
  catches: CatchClause[] = [];

  /** Heap type immediates; br_on_cast has two, with the nullability of each. */
  heap: HeapType = 0 as HeapType;
  heap2: HeapType = 0 as HeapType;
  nullable = false;
  nullable2 = false;

  /** Reads the next instruction. @throws {DecodeError} at its first ill-formed byte */
  next(): void {
    const at = this.offset;
    const opcode = at < this.end ? (this.bytes[at] as number) : this.u8();
    this.at = at;
    this.offset = at + 1;
    this.id = opcode >= 0xfb && opcode <= 0xfe ? this.prefixed(opcode) : (idByOpcode[opcode] as number);
    if (this.id < 0) this.fail(`illegal opcode ${opcodeText(opcode)}`, this.at);
    const reader = immediateReaders[this.id];
    if (reader !== undefined) reader(this);
  }

  private prefixed(prefix: number): InstrId {
    const subOpcode = this.u32();
    const id = idsUnderPrefix(prefix)?.[subOpcode] ?? -1;
    if (id < 0) this.refuse(prefix, subOpcode);
    return id;
  }

  private refuse(prefix: number, subOpcode: number): never {
    const reason = `illegal opcode ${opcodeText(prefix)} ${subOpcode.toString(16).padStart(2, '0')}`;
    const name = sharedEverythingName(prefix, subOpcode);
    return name === undefined ? this.fail(reason, this.at) : this.failShared(`${reason} (${name})`, this.at);
  }

  /** @internal */
  readBlockType(): void {
    const start = this.offset;
    const byte = this.u8();
    this.blockTypeidx = -1;
    if (byte === EMPTY_BLOCK_TYPE) {
      this.blockValType = BOTTOM;
      return;
    }
    const isTypeIndex = byte >= 0x80 || byte < 0x40;
    if (!isTypeIndex) {
      this.blockValType = this.valTypeFrom(byte, start);
      return;
    }
    this.offset = start;
    this.blockTypeidx = this.s33();
    if (this.blockTypeidx < 0) this.fail('malformed block type', start);
  }

  /** @internal */
  readMemarg(): void {
    const start = this.offset;
    const flags = this.u32();
    if (flags >= HAS_MEMIDX * 2) this.fail('malformed memop flags', start);
    this.alignLog2 = flags & (HAS_MEMIDX - 1);
    this.memidx = flags & HAS_MEMIDX ? this.u32() : 0;
    this.memOffsetLo = this.u64();
    this.memOffsetHi = this.hi;
    const lo = this.memOffsetLo >>> 0;
    this.memOffset = this.memOffsetHi === 0 ? lo : (this.memOffsetHi >>> 0) * 2 ** 32 + lo;
  }

  /** @internal */
  readLabels(): void {
    this.labelCount = this.vectorLength(moduleLimits.brTableLabels, 'br_table label') + 1;
    for (let i = 0; i < this.labelCount; i++) this.labels[i] = this.u32();
  }

  /** @internal */
  readCatches(): void {
    const count = this.vectorLength(moduleLimits.catchClauses, 'catch clause');
    this.catches = [];
    for (let i = 0; i < count; i++) {
      const start = this.offset;
      const kind = catchKinds[this.u8()] ?? this.fail('malformed catch clause', start);
      const tagidx = kind === 'catch' || kind === 'catch_ref' ? this.u32() : -1;
      this.catches.push({ kind, tagidx, labelidx: this.u32() });
    }
  }

  /** @internal */
  readCastTypes(): void {
    const start = this.offset;
    const flags = this.u8();
    if (flags > 3) this.fail('malformed br_on_cast flags', start);
    this.index = this.u32();
    this.nullable = (flags & 1) !== 0;
    this.nullable2 = (flags & 2) !== 0;
    this.heap = this.heapType();
    this.heap2 = this.heapType();
  }

  /** @internal */
  readValTypes(): void {
    const count = this.vectorLength(moduleLimits.selectTypes, 'select type');
    this.valTypes = [];
    for (let i = 0; i < count; i++) this.valTypes.push(this.valType());
  }

  /** @internal Little-endian 32 bits. */
  readWord(): number {
    const { bytes } = this;
    const at = this.skip(4);
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }
}

function readIndex(reader: InstructionReader): void {
  reader.index = reader.u32();
}

function readTwoIndices(reader: InstructionReader): void {
  reader.index = reader.u32();
  reader.index2 = reader.u32();
}

const readerByKind: Record<ImmediateKind, ((reader: InstructionReader) => void) | undefined> = {
  none: undefined,
  blocktype: (reader) => reader.readBlockType(),
  labelidx: readIndex,
  br_table: (reader) => reader.readLabels(),
  br_on_cast: (reader) => reader.readCastTypes(),
  try_table: (reader) => {
    reader.readBlockType();
    reader.readCatches();
  },
  tagidx: readIndex,
  funcidx: readIndex,
  typeidx: readIndex,
  typeidx_tableidx: readTwoIndices,
  typeidx_fieldidx: readTwoIndices,
  typeidx_u32: readTwoIndices,
  typeidx_dataidx: readTwoIndices,
  typeidx_elemidx: readTwoIndices,
  typeidx_typeidx: readTwoIndices,
  valtypes: (reader) => reader.readValTypes(),
  localidx: readIndex,
  globalidx: readIndex,
  tableidx: readIndex,
  tableidx_tableidx: readTwoIndices,
  elemidx: readIndex,
  elemidx_tableidx: readTwoIndices,
  memidx: readIndex,
  memidx_memidx: readTwoIndices,
  dataidx: readIndex,
  dataidx_memidx: readTwoIndices,
  memarg: (reader) => reader.readMemarg(),
  memarg_laneidx: (reader) => {
    reader.readMemarg();
    reader.index = reader.u8();
  },
  laneidx: (reader) => {
    reader.index = reader.u8();
  },
  lanes16: (reader) => {
    reader.lanesAt = reader.skip(16);
  },
  heaptype: (reader) => {
    reader.heap = reader.heapType();
  },
  fence: (reader) => {
    if (reader.u8() !== 0) reader.fail('zero byte expected', reader.offset - 1);
  },
  i32: (reader) => {
    reader.lo = reader.s32();
  },
  i64: (reader) => {
    reader.lo = reader.s64();
  },
  f32: (reader) => {
    reader.lo = reader.readWord();
  },
  f64: (reader) => {
    reader.lo = reader.readWord();
    reader.hi = reader.readWord();
  },
  v128: (reader) => {
    reader.lanesAt = reader.skip(16);
  },
};

const immediateReaders = instructions.map((row) => readerByKind[row.imm]);
