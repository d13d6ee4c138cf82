/**
 * THE instruction table: one row per instruction of WebAssembly 3.0, threads, legacy exceptions,
 * custom page sizes (which add none), and wide arithmetic.
 *
 * Decoder, validator, text parser, printer, lowering, documents and tests read it; nothing else in
 * the project spells an opcode or repeats a signature. To add an instruction see
 * docs/adding-an-instruction.md.
 */
import type { Feature } from './features.ts';

/** What brought an instruction; `mvp`: the first release of WebAssembly. */
export type Proposal = 'mvp' | Feature;

/**
 * What follows the opcode in the binary format, in its order there.
 * Index kinds are LEB128 u32; the others are named as in the specification.
 */
export type ImmediateKind =
  | 'none'
  | 'blocktype'
  | 'labelidx'
  | 'br_table'
  | 'br_on_cast'
  | 'try_table'
  | 'tagidx'
  | 'funcidx'
  | 'typeidx'
  | 'typeidx_tableidx'
  | 'typeidx_fieldidx'
  | 'typeidx_u32'
  | 'typeidx_dataidx'
  | 'typeidx_elemidx'
  | 'typeidx_typeidx'
  | 'valtypes'
  | 'localidx'
  | 'globalidx'
  | 'tableidx'
  | 'tableidx_tableidx'
  | 'elemidx'
  | 'elemidx_tableidx'
  | 'memidx'
  | 'memidx_memidx'
  | 'dataidx'
  | 'dataidx_memidx'
  | 'memarg'
  | 'memarg_laneidx'
  | 'laneidx'
  | 'lanes16'
  | 'heaptype'
  | 'fence'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128';

export interface InstructionRow {
  /** Text-format keyword. `ref.test null`, `ref.cast null` and `select_t` tell apart forms that share one. */
  readonly name: string;
  /** Opcode: one byte, or `0xPP_SSSS` for prefix byte PP and LEB128 sub-opcode SSSS. */
  readonly code: number;
  readonly imm: ImmediateKind;
  /**
   * `[operands] -> [results]`, when it depends on nothing but the address type of a memory
   * (`addr`: i32 or i64). Absent: the validator has a rule of its own.
   */
  readonly sig?: string;
  /** Bytes of memory touched; also the natural alignment. */
  readonly accessBytes?: number;
  readonly proposal: Proposal;
}

/** Control instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#control-instructions */
const control = [
  { name: 'unreachable', code: 0x00, imm: 'none', proposal: 'mvp' },
  { name: 'nop', code: 0x01, imm: 'none', sig: '[] -> []', proposal: 'mvp' },
  { name: 'block', code: 0x02, imm: 'blocktype', proposal: 'mvp' },
  { name: 'loop', code: 0x03, imm: 'blocktype', proposal: 'mvp' },
  { name: 'if', code: 0x04, imm: 'blocktype', proposal: 'mvp' },
  { name: 'else', code: 0x05, imm: 'none', proposal: 'mvp' },
  { name: 'throw', code: 0x08, imm: 'tagidx', proposal: 'exceptions' },
  { name: 'throw_ref', code: 0x0a, imm: 'none', proposal: 'exceptions' },
  { name: 'end', code: 0x0b, imm: 'none', proposal: 'mvp' },
  { name: 'br', code: 0x0c, imm: 'labelidx', proposal: 'mvp' },
  { name: 'br_if', code: 0x0d, imm: 'labelidx', proposal: 'mvp' },
  { name: 'br_table', code: 0x0e, imm: 'br_table', proposal: 'mvp' },
  { name: 'return', code: 0x0f, imm: 'none', proposal: 'mvp' },
  { name: 'call', code: 0x10, imm: 'funcidx', proposal: 'mvp' },
  { name: 'call_indirect', code: 0x11, imm: 'typeidx_tableidx', proposal: 'mvp' },
  { name: 'return_call', code: 0x12, imm: 'funcidx', proposal: 'tail-call' },
  { name: 'return_call_indirect', code: 0x13, imm: 'typeidx_tableidx', proposal: 'tail-call' },
  { name: 'call_ref', code: 0x14, imm: 'typeidx', proposal: 'function-references' },
  { name: 'return_call_ref', code: 0x15, imm: 'typeidx', proposal: 'function-references' },
  { name: 'try_table', code: 0x1f, imm: 'try_table', proposal: 'exceptions' },
  { name: 'br_on_null', code: 0xd5, imm: 'labelidx', proposal: 'function-references' },
  { name: 'br_on_non_null', code: 0xd6, imm: 'labelidx', proposal: 'function-references' },
  { name: 'br_on_cast', code: 0xfb_0018, imm: 'br_on_cast', proposal: 'gc' },
  { name: 'br_on_cast_fail', code: 0xfb_0019, imm: 'br_on_cast', proposal: 'gc' },
] as const satisfies readonly InstructionRow[];

/** Legacy exceptions (withdrawn encoding that engines still run). @see https://github.com/WebAssembly/exception-handling/blob/main/proposals/exception-handling/legacy/Exceptions.md */
const legacyExceptions = [
  { name: 'try', code: 0x06, imm: 'blocktype', proposal: 'legacy-exceptions' },
  { name: 'catch', code: 0x07, imm: 'tagidx', proposal: 'legacy-exceptions' },
  { name: 'rethrow', code: 0x09, imm: 'labelidx', proposal: 'legacy-exceptions' },
  { name: 'delegate', code: 0x18, imm: 'labelidx', proposal: 'legacy-exceptions' },
  { name: 'catch_all', code: 0x19, imm: 'none', proposal: 'legacy-exceptions' },
] as const satisfies readonly InstructionRow[];

/** Parametric instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#parametric-instructions */
const parametric = [
  { name: 'drop', code: 0x1a, imm: 'none', proposal: 'mvp' },
  { name: 'select', code: 0x1b, imm: 'none', proposal: 'mvp' },
  { name: 'select_t', code: 0x1c, imm: 'valtypes', proposal: 'reference-types' },
] as const satisfies readonly InstructionRow[];

/** Variable instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#variable-instructions */
const variable = [
  { name: 'local.get', code: 0x20, imm: 'localidx', proposal: 'mvp' },
  { name: 'local.set', code: 0x21, imm: 'localidx', proposal: 'mvp' },
  { name: 'local.tee', code: 0x22, imm: 'localidx', proposal: 'mvp' },
  { name: 'global.get', code: 0x23, imm: 'globalidx', proposal: 'mvp' },
  { name: 'global.set', code: 0x24, imm: 'globalidx', proposal: 'mvp' },
] as const satisfies readonly InstructionRow[];

/** Table instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#table-instructions */
const table = [
  { name: 'table.get', code: 0x25, imm: 'tableidx', proposal: 'reference-types' },
  { name: 'table.set', code: 0x26, imm: 'tableidx', proposal: 'reference-types' },
  { name: 'table.init', code: 0xfc_000c, imm: 'elemidx_tableidx', proposal: 'bulk-memory' },
  { name: 'elem.drop', code: 0xfc_000d, imm: 'elemidx', sig: '[] -> []', proposal: 'bulk-memory' },
  { name: 'table.copy', code: 0xfc_000e, imm: 'tableidx_tableidx', proposal: 'bulk-memory' },
  { name: 'table.grow', code: 0xfc_000f, imm: 'tableidx', proposal: 'reference-types' },
  { name: 'table.size', code: 0xfc_0010, imm: 'tableidx', proposal: 'reference-types' },
  { name: 'table.fill', code: 0xfc_0011, imm: 'tableidx', proposal: 'reference-types' },
] as const satisfies readonly InstructionRow[];

/** Memory instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#memory-instructions */
const memory = [
  { name: 'i32.load', code: 0x28, imm: 'memarg', sig: '[addr] -> [i32]', accessBytes: 4, proposal: 'mvp' },
  { name: 'i64.load', code: 0x29, imm: 'memarg', sig: '[addr] -> [i64]', accessBytes: 8, proposal: 'mvp' },
  { name: 'f32.load', code: 0x2a, imm: 'memarg', sig: '[addr] -> [f32]', accessBytes: 4, proposal: 'mvp' },
  { name: 'f64.load', code: 0x2b, imm: 'memarg', sig: '[addr] -> [f64]', accessBytes: 8, proposal: 'mvp' },
  { name: 'i32.load8_s', code: 0x2c, imm: 'memarg', sig: '[addr] -> [i32]', accessBytes: 1, proposal: 'mvp' },
  { name: 'i32.load8_u', code: 0x2d, imm: 'memarg', sig: '[addr] -> [i32]', accessBytes: 1, proposal: 'mvp' },
  { name: 'i32.load16_s', code: 0x2e, imm: 'memarg', sig: '[addr] -> [i32]', accessBytes: 2, proposal: 'mvp' },
  { name: 'i32.load16_u', code: 0x2f, imm: 'memarg', sig: '[addr] -> [i32]', accessBytes: 2, proposal: 'mvp' },
  { name: 'i64.load8_s', code: 0x30, imm: 'memarg', sig: '[addr] -> [i64]', accessBytes: 1, proposal: 'mvp' },
  { name: 'i64.load8_u', code: 0x31, imm: 'memarg', sig: '[addr] -> [i64]', accessBytes: 1, proposal: 'mvp' },
  { name: 'i64.load16_s', code: 0x32, imm: 'memarg', sig: '[addr] -> [i64]', accessBytes: 2, proposal: 'mvp' },
  { name: 'i64.load16_u', code: 0x33, imm: 'memarg', sig: '[addr] -> [i64]', accessBytes: 2, proposal: 'mvp' },
  { name: 'i64.load32_s', code: 0x34, imm: 'memarg', sig: '[addr] -> [i64]', accessBytes: 4, proposal: 'mvp' },
  { name: 'i64.load32_u', code: 0x35, imm: 'memarg', sig: '[addr] -> [i64]', accessBytes: 4, proposal: 'mvp' },
  { name: 'i32.store', code: 0x36, imm: 'memarg', sig: '[addr i32] -> []', accessBytes: 4, proposal: 'mvp' },
  { name: 'i64.store', code: 0x37, imm: 'memarg', sig: '[addr i64] -> []', accessBytes: 8, proposal: 'mvp' },
  { name: 'f32.store', code: 0x38, imm: 'memarg', sig: '[addr f32] -> []', accessBytes: 4, proposal: 'mvp' },
  { name: 'f64.store', code: 0x39, imm: 'memarg', sig: '[addr f64] -> []', accessBytes: 8, proposal: 'mvp' },
  { name: 'i32.store8', code: 0x3a, imm: 'memarg', sig: '[addr i32] -> []', accessBytes: 1, proposal: 'mvp' },
  { name: 'i32.store16', code: 0x3b, imm: 'memarg', sig: '[addr i32] -> []', accessBytes: 2, proposal: 'mvp' },
  { name: 'i64.store8', code: 0x3c, imm: 'memarg', sig: '[addr i64] -> []', accessBytes: 1, proposal: 'mvp' },
  { name: 'i64.store16', code: 0x3d, imm: 'memarg', sig: '[addr i64] -> []', accessBytes: 2, proposal: 'mvp' },
  { name: 'i64.store32', code: 0x3e, imm: 'memarg', sig: '[addr i64] -> []', accessBytes: 4, proposal: 'mvp' },
  { name: 'memory.size', code: 0x3f, imm: 'memidx', sig: '[] -> [addr]', proposal: 'mvp' },
  { name: 'memory.grow', code: 0x40, imm: 'memidx', sig: '[addr] -> [addr]', proposal: 'mvp' },
  { name: 'memory.init', code: 0xfc_0008, imm: 'dataidx_memidx', sig: '[addr i32 i32] -> []', proposal: 'bulk-memory' },
  { name: 'data.drop', code: 0xfc_0009, imm: 'dataidx', sig: '[] -> []', proposal: 'bulk-memory' },
  { name: 'memory.copy', code: 0xfc_000a, imm: 'memidx_memidx', proposal: 'bulk-memory' },
  { name: 'memory.fill', code: 0xfc_000b, imm: 'memidx', sig: '[addr i32 addr] -> []', proposal: 'bulk-memory' },
] as const satisfies readonly InstructionRow[];

/** Reference instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#reference-instructions */
const reference = [
  { name: 'ref.null', code: 0xd0, imm: 'heaptype', proposal: 'reference-types' },
  { name: 'ref.is_null', code: 0xd1, imm: 'none', proposal: 'reference-types' },
  { name: 'ref.func', code: 0xd2, imm: 'funcidx', proposal: 'reference-types' },
  { name: 'ref.eq', code: 0xd3, imm: 'none', sig: '[eqref eqref] -> [i32]', proposal: 'gc' },
  { name: 'ref.as_non_null', code: 0xd4, imm: 'none', proposal: 'function-references' },
  { name: 'ref.test', code: 0xfb_0014, imm: 'heaptype', proposal: 'gc' },
  { name: 'ref.test null', code: 0xfb_0015, imm: 'heaptype', proposal: 'gc' },
  { name: 'ref.cast', code: 0xfb_0016, imm: 'heaptype', proposal: 'gc' },
  { name: 'ref.cast null', code: 0xfb_0017, imm: 'heaptype', proposal: 'gc' },
] as const satisfies readonly InstructionRow[];

/** Aggregate instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#aggregate-instructions */
const aggregate = [
  { name: 'struct.new', code: 0xfb_0000, imm: 'typeidx', proposal: 'gc' },
  { name: 'struct.new_default', code: 0xfb_0001, imm: 'typeidx', proposal: 'gc' },
  { name: 'struct.get', code: 0xfb_0002, imm: 'typeidx_fieldidx', proposal: 'gc' },
  { name: 'struct.get_s', code: 0xfb_0003, imm: 'typeidx_fieldidx', proposal: 'gc' },
  { name: 'struct.get_u', code: 0xfb_0004, imm: 'typeidx_fieldidx', proposal: 'gc' },
  { name: 'struct.set', code: 0xfb_0005, imm: 'typeidx_fieldidx', proposal: 'gc' },
  { name: 'array.new', code: 0xfb_0006, imm: 'typeidx', proposal: 'gc' },
  { name: 'array.new_default', code: 0xfb_0007, imm: 'typeidx', proposal: 'gc' },
  { name: 'array.new_fixed', code: 0xfb_0008, imm: 'typeidx_u32', proposal: 'gc' },
  { name: 'array.new_data', code: 0xfb_0009, imm: 'typeidx_dataidx', proposal: 'gc' },
  { name: 'array.new_elem', code: 0xfb_000a, imm: 'typeidx_elemidx', proposal: 'gc' },
  { name: 'array.get', code: 0xfb_000b, imm: 'typeidx', proposal: 'gc' },
  { name: 'array.get_s', code: 0xfb_000c, imm: 'typeidx', proposal: 'gc' },
  { name: 'array.get_u', code: 0xfb_000d, imm: 'typeidx', proposal: 'gc' },
  { name: 'array.set', code: 0xfb_000e, imm: 'typeidx', proposal: 'gc' },
  { name: 'array.len', code: 0xfb_000f, imm: 'none', sig: '[arrayref] -> [i32]', proposal: 'gc' },
  { name: 'array.fill', code: 0xfb_0010, imm: 'typeidx', proposal: 'gc' },
  { name: 'array.copy', code: 0xfb_0011, imm: 'typeidx_typeidx', proposal: 'gc' },
  { name: 'array.init_data', code: 0xfb_0012, imm: 'typeidx_dataidx', proposal: 'gc' },
  { name: 'array.init_elem', code: 0xfb_0013, imm: 'typeidx_elemidx', proposal: 'gc' },
  { name: 'any.convert_extern', code: 0xfb_001a, imm: 'none', proposal: 'gc' },
  { name: 'extern.convert_any', code: 0xfb_001b, imm: 'none', proposal: 'gc' },
  { name: 'ref.i31', code: 0xfb_001c, imm: 'none', sig: '[i32] -> [(ref i31)]', proposal: 'gc' },
  { name: 'i31.get_s', code: 0xfb_001d, imm: 'none', sig: '[i31ref] -> [i32]', proposal: 'gc' },
  { name: 'i31.get_u', code: 0xfb_001e, imm: 'none', sig: '[i31ref] -> [i32]', proposal: 'gc' },
] as const satisfies readonly InstructionRow[];

/** Numeric instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#numeric-instructions */
const numeric = [
  { name: 'i32.const', code: 0x41, imm: 'i32', sig: '[] -> [i32]', proposal: 'mvp' },
  { name: 'i64.const', code: 0x42, imm: 'i64', sig: '[] -> [i64]', proposal: 'mvp' },
  { name: 'f32.const', code: 0x43, imm: 'f32', sig: '[] -> [f32]', proposal: 'mvp' },
  { name: 'f64.const', code: 0x44, imm: 'f64', sig: '[] -> [f64]', proposal: 'mvp' },
  { name: 'i32.eqz', code: 0x45, imm: 'none', sig: '[i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.eq', code: 0x46, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.ne', code: 0x47, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.lt_s', code: 0x48, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.lt_u', code: 0x49, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.gt_s', code: 0x4a, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.gt_u', code: 0x4b, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.le_s', code: 0x4c, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.le_u', code: 0x4d, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.ge_s', code: 0x4e, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.ge_u', code: 0x4f, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i64.eqz', code: 0x50, imm: 'none', sig: '[i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.eq', code: 0x51, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.ne', code: 0x52, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.lt_s', code: 0x53, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.lt_u', code: 0x54, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.gt_s', code: 0x55, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.gt_u', code: 0x56, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.le_s', code: 0x57, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.le_u', code: 0x58, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.ge_s', code: 0x59, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.ge_u', code: 0x5a, imm: 'none', sig: '[i64 i64] -> [i32]', proposal: 'mvp' },
  { name: 'f32.eq', code: 0x5b, imm: 'none', sig: '[f32 f32] -> [i32]', proposal: 'mvp' },
  { name: 'f32.ne', code: 0x5c, imm: 'none', sig: '[f32 f32] -> [i32]', proposal: 'mvp' },
  { name: 'f32.lt', code: 0x5d, imm: 'none', sig: '[f32 f32] -> [i32]', proposal: 'mvp' },
  { name: 'f32.gt', code: 0x5e, imm: 'none', sig: '[f32 f32] -> [i32]', proposal: 'mvp' },
  { name: 'f32.le', code: 0x5f, imm: 'none', sig: '[f32 f32] -> [i32]', proposal: 'mvp' },
  { name: 'f32.ge', code: 0x60, imm: 'none', sig: '[f32 f32] -> [i32]', proposal: 'mvp' },
  { name: 'f64.eq', code: 0x61, imm: 'none', sig: '[f64 f64] -> [i32]', proposal: 'mvp' },
  { name: 'f64.ne', code: 0x62, imm: 'none', sig: '[f64 f64] -> [i32]', proposal: 'mvp' },
  { name: 'f64.lt', code: 0x63, imm: 'none', sig: '[f64 f64] -> [i32]', proposal: 'mvp' },
  { name: 'f64.gt', code: 0x64, imm: 'none', sig: '[f64 f64] -> [i32]', proposal: 'mvp' },
  { name: 'f64.le', code: 0x65, imm: 'none', sig: '[f64 f64] -> [i32]', proposal: 'mvp' },
  { name: 'f64.ge', code: 0x66, imm: 'none', sig: '[f64 f64] -> [i32]', proposal: 'mvp' },
  { name: 'i32.clz', code: 0x67, imm: 'none', sig: '[i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.ctz', code: 0x68, imm: 'none', sig: '[i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.popcnt', code: 0x69, imm: 'none', sig: '[i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.add', code: 0x6a, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.sub', code: 0x6b, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.mul', code: 0x6c, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.div_s', code: 0x6d, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.div_u', code: 0x6e, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.rem_s', code: 0x6f, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.rem_u', code: 0x70, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.and', code: 0x71, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.or', code: 0x72, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.xor', code: 0x73, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.shl', code: 0x74, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.shr_s', code: 0x75, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.shr_u', code: 0x76, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.rotl', code: 0x77, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.rotr', code: 0x78, imm: 'none', sig: '[i32 i32] -> [i32]', proposal: 'mvp' },
  { name: 'i64.clz', code: 0x79, imm: 'none', sig: '[i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.ctz', code: 0x7a, imm: 'none', sig: '[i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.popcnt', code: 0x7b, imm: 'none', sig: '[i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.add', code: 0x7c, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.sub', code: 0x7d, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.mul', code: 0x7e, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.div_s', code: 0x7f, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.div_u', code: 0x80, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.rem_s', code: 0x81, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.rem_u', code: 0x82, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.and', code: 0x83, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.or', code: 0x84, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.xor', code: 0x85, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.shl', code: 0x86, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.shr_s', code: 0x87, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.shr_u', code: 0x88, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.rotl', code: 0x89, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.rotr', code: 0x8a, imm: 'none', sig: '[i64 i64] -> [i64]', proposal: 'mvp' },
  { name: 'f32.abs', code: 0x8b, imm: 'none', sig: '[f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.neg', code: 0x8c, imm: 'none', sig: '[f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.ceil', code: 0x8d, imm: 'none', sig: '[f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.floor', code: 0x8e, imm: 'none', sig: '[f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.trunc', code: 0x8f, imm: 'none', sig: '[f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.nearest', code: 0x90, imm: 'none', sig: '[f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.sqrt', code: 0x91, imm: 'none', sig: '[f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.add', code: 0x92, imm: 'none', sig: '[f32 f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.sub', code: 0x93, imm: 'none', sig: '[f32 f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.mul', code: 0x94, imm: 'none', sig: '[f32 f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.div', code: 0x95, imm: 'none', sig: '[f32 f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.min', code: 0x96, imm: 'none', sig: '[f32 f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.max', code: 0x97, imm: 'none', sig: '[f32 f32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.copysign', code: 0x98, imm: 'none', sig: '[f32 f32] -> [f32]', proposal: 'mvp' },
  { name: 'f64.abs', code: 0x99, imm: 'none', sig: '[f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.neg', code: 0x9a, imm: 'none', sig: '[f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.ceil', code: 0x9b, imm: 'none', sig: '[f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.floor', code: 0x9c, imm: 'none', sig: '[f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.trunc', code: 0x9d, imm: 'none', sig: '[f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.nearest', code: 0x9e, imm: 'none', sig: '[f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.sqrt', code: 0x9f, imm: 'none', sig: '[f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.add', code: 0xa0, imm: 'none', sig: '[f64 f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.sub', code: 0xa1, imm: 'none', sig: '[f64 f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.mul', code: 0xa2, imm: 'none', sig: '[f64 f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.div', code: 0xa3, imm: 'none', sig: '[f64 f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.min', code: 0xa4, imm: 'none', sig: '[f64 f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.max', code: 0xa5, imm: 'none', sig: '[f64 f64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.copysign', code: 0xa6, imm: 'none', sig: '[f64 f64] -> [f64]', proposal: 'mvp' },
  { name: 'i32.wrap_i64', code: 0xa7, imm: 'none', sig: '[i64] -> [i32]', proposal: 'mvp' },
  { name: 'i32.trunc_f32_s', code: 0xa8, imm: 'none', sig: '[f32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.trunc_f32_u', code: 0xa9, imm: 'none', sig: '[f32] -> [i32]', proposal: 'mvp' },
  { name: 'i32.trunc_f64_s', code: 0xaa, imm: 'none', sig: '[f64] -> [i32]', proposal: 'mvp' },
  { name: 'i32.trunc_f64_u', code: 0xab, imm: 'none', sig: '[f64] -> [i32]', proposal: 'mvp' },
  { name: 'i64.extend_i32_s', code: 0xac, imm: 'none', sig: '[i32] -> [i64]', proposal: 'mvp' },
  { name: 'i64.extend_i32_u', code: 0xad, imm: 'none', sig: '[i32] -> [i64]', proposal: 'mvp' },
  { name: 'i64.trunc_f32_s', code: 0xae, imm: 'none', sig: '[f32] -> [i64]', proposal: 'mvp' },
  { name: 'i64.trunc_f32_u', code: 0xaf, imm: 'none', sig: '[f32] -> [i64]', proposal: 'mvp' },
  { name: 'i64.trunc_f64_s', code: 0xb0, imm: 'none', sig: '[f64] -> [i64]', proposal: 'mvp' },
  { name: 'i64.trunc_f64_u', code: 0xb1, imm: 'none', sig: '[f64] -> [i64]', proposal: 'mvp' },
  { name: 'f32.convert_i32_s', code: 0xb2, imm: 'none', sig: '[i32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.convert_i32_u', code: 0xb3, imm: 'none', sig: '[i32] -> [f32]', proposal: 'mvp' },
  { name: 'f32.convert_i64_s', code: 0xb4, imm: 'none', sig: '[i64] -> [f32]', proposal: 'mvp' },
  { name: 'f32.convert_i64_u', code: 0xb5, imm: 'none', sig: '[i64] -> [f32]', proposal: 'mvp' },
  { name: 'f32.demote_f64', code: 0xb6, imm: 'none', sig: '[f64] -> [f32]', proposal: 'mvp' },
  { name: 'f64.convert_i32_s', code: 0xb7, imm: 'none', sig: '[i32] -> [f64]', proposal: 'mvp' },
  { name: 'f64.convert_i32_u', code: 0xb8, imm: 'none', sig: '[i32] -> [f64]', proposal: 'mvp' },
  { name: 'f64.convert_i64_s', code: 0xb9, imm: 'none', sig: '[i64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.convert_i64_u', code: 0xba, imm: 'none', sig: '[i64] -> [f64]', proposal: 'mvp' },
  { name: 'f64.promote_f32', code: 0xbb, imm: 'none', sig: '[f32] -> [f64]', proposal: 'mvp' },
  { name: 'i32.reinterpret_f32', code: 0xbc, imm: 'none', sig: '[f32] -> [i32]', proposal: 'mvp' },
  { name: 'i64.reinterpret_f64', code: 0xbd, imm: 'none', sig: '[f64] -> [i64]', proposal: 'mvp' },
  { name: 'f32.reinterpret_i32', code: 0xbe, imm: 'none', sig: '[i32] -> [f32]', proposal: 'mvp' },
  { name: 'f64.reinterpret_i64', code: 0xbf, imm: 'none', sig: '[i64] -> [f64]', proposal: 'mvp' },
  { name: 'i32.extend8_s', code: 0xc0, imm: 'none', sig: '[i32] -> [i32]', proposal: 'sign-extension' },
  { name: 'i32.extend16_s', code: 0xc1, imm: 'none', sig: '[i32] -> [i32]', proposal: 'sign-extension' },
  { name: 'i64.extend8_s', code: 0xc2, imm: 'none', sig: '[i64] -> [i64]', proposal: 'sign-extension' },
  { name: 'i64.extend16_s', code: 0xc3, imm: 'none', sig: '[i64] -> [i64]', proposal: 'sign-extension' },
  { name: 'i64.extend32_s', code: 0xc4, imm: 'none', sig: '[i64] -> [i64]', proposal: 'sign-extension' },
  {
    name: 'i32.trunc_sat_f32_s',
    code: 0xfc_0000,
    imm: 'none',
    sig: '[f32] -> [i32]',
    proposal: 'saturating-float-to-int',
  },
  {
    name: 'i32.trunc_sat_f32_u',
    code: 0xfc_0001,
    imm: 'none',
    sig: '[f32] -> [i32]',
    proposal: 'saturating-float-to-int',
  },
  {
    name: 'i32.trunc_sat_f64_s',
    code: 0xfc_0002,
    imm: 'none',
    sig: '[f64] -> [i32]',
    proposal: 'saturating-float-to-int',
  },
  {
    name: 'i32.trunc_sat_f64_u',
    code: 0xfc_0003,
    imm: 'none',
    sig: '[f64] -> [i32]',
    proposal: 'saturating-float-to-int',
  },
  {
    name: 'i64.trunc_sat_f32_s',
    code: 0xfc_0004,
    imm: 'none',
    sig: '[f32] -> [i64]',
    proposal: 'saturating-float-to-int',
  },
  {
    name: 'i64.trunc_sat_f32_u',
    code: 0xfc_0005,
    imm: 'none',
    sig: '[f32] -> [i64]',
    proposal: 'saturating-float-to-int',
  },
  {
    name: 'i64.trunc_sat_f64_s',
    code: 0xfc_0006,
    imm: 'none',
    sig: '[f64] -> [i64]',
    proposal: 'saturating-float-to-int',
  },
  {
    name: 'i64.trunc_sat_f64_u',
    code: 0xfc_0007,
    imm: 'none',
    sig: '[f64] -> [i64]',
    proposal: 'saturating-float-to-int',
  },
  {
    name: 'i64.add128',
    code: 0xfc_0013,
    imm: 'none',
    sig: '[i64 i64 i64 i64] -> [i64 i64]',
    proposal: 'wide-arithmetic',
  },
  {
    name: 'i64.sub128',
    code: 0xfc_0014,
    imm: 'none',
    sig: '[i64 i64 i64 i64] -> [i64 i64]',
    proposal: 'wide-arithmetic',
  },
  { name: 'i64.mul_wide_s', code: 0xfc_0015, imm: 'none', sig: '[i64 i64] -> [i64 i64]', proposal: 'wide-arithmetic' },
  { name: 'i64.mul_wide_u', code: 0xfc_0016, imm: 'none', sig: '[i64 i64] -> [i64 i64]', proposal: 'wide-arithmetic' },
] as const satisfies readonly InstructionRow[];

/** Vector instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#vector-instructions */
const vector = [
  { name: 'v128.load', code: 0xfd_0000, imm: 'memarg', sig: '[addr] -> [v128]', accessBytes: 16, proposal: 'simd' },
  { name: 'v128.load8x8_s', code: 0xfd_0001, imm: 'memarg', sig: '[addr] -> [v128]', accessBytes: 8, proposal: 'simd' },
  { name: 'v128.load8x8_u', code: 0xfd_0002, imm: 'memarg', sig: '[addr] -> [v128]', accessBytes: 8, proposal: 'simd' },
  {
    name: 'v128.load16x4_s',
    code: 0xfd_0003,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 8,
    proposal: 'simd',
  },
  {
    name: 'v128.load16x4_u',
    code: 0xfd_0004,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 8,
    proposal: 'simd',
  },
  {
    name: 'v128.load32x2_s',
    code: 0xfd_0005,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 8,
    proposal: 'simd',
  },
  {
    name: 'v128.load32x2_u',
    code: 0xfd_0006,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 8,
    proposal: 'simd',
  },
  {
    name: 'v128.load8_splat',
    code: 0xfd_0007,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 1,
    proposal: 'simd',
  },
  {
    name: 'v128.load16_splat',
    code: 0xfd_0008,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 2,
    proposal: 'simd',
  },
  {
    name: 'v128.load32_splat',
    code: 0xfd_0009,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 4,
    proposal: 'simd',
  },
  {
    name: 'v128.load64_splat',
    code: 0xfd_000a,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 8,
    proposal: 'simd',
  },
  { name: 'v128.store', code: 0xfd_000b, imm: 'memarg', sig: '[addr v128] -> []', accessBytes: 16, proposal: 'simd' },
  { name: 'v128.const', code: 0xfd_000c, imm: 'v128', sig: '[] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.shuffle', code: 0xfd_000d, imm: 'lanes16', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.swizzle', code: 0xfd_000e, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.splat', code: 0xfd_000f, imm: 'none', sig: '[i32] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.splat', code: 0xfd_0010, imm: 'none', sig: '[i32] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.splat', code: 0xfd_0011, imm: 'none', sig: '[i32] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.splat', code: 0xfd_0012, imm: 'none', sig: '[i64] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.splat', code: 0xfd_0013, imm: 'none', sig: '[f32] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.splat', code: 0xfd_0014, imm: 'none', sig: '[f64] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.extract_lane_s', code: 0xfd_0015, imm: 'laneidx', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i8x16.extract_lane_u', code: 0xfd_0016, imm: 'laneidx', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i8x16.replace_lane', code: 0xfd_0017, imm: 'laneidx', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extract_lane_s', code: 0xfd_0018, imm: 'laneidx', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i16x8.extract_lane_u', code: 0xfd_0019, imm: 'laneidx', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i16x8.replace_lane', code: 0xfd_001a, imm: 'laneidx', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extract_lane', code: 0xfd_001b, imm: 'laneidx', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i32x4.replace_lane', code: 0xfd_001c, imm: 'laneidx', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.extract_lane', code: 0xfd_001d, imm: 'laneidx', sig: '[v128] -> [i64]', proposal: 'simd' },
  { name: 'i64x2.replace_lane', code: 0xfd_001e, imm: 'laneidx', sig: '[v128 i64] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.extract_lane', code: 0xfd_001f, imm: 'laneidx', sig: '[v128] -> [f32]', proposal: 'simd' },
  { name: 'f32x4.replace_lane', code: 0xfd_0020, imm: 'laneidx', sig: '[v128 f32] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.extract_lane', code: 0xfd_0021, imm: 'laneidx', sig: '[v128] -> [f64]', proposal: 'simd' },
  { name: 'f64x2.replace_lane', code: 0xfd_0022, imm: 'laneidx', sig: '[v128 f64] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.eq', code: 0xfd_0023, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.ne', code: 0xfd_0024, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.lt_s', code: 0xfd_0025, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.lt_u', code: 0xfd_0026, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.gt_s', code: 0xfd_0027, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.gt_u', code: 0xfd_0028, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.le_s', code: 0xfd_0029, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.le_u', code: 0xfd_002a, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.ge_s', code: 0xfd_002b, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.ge_u', code: 0xfd_002c, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.eq', code: 0xfd_002d, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.ne', code: 0xfd_002e, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.lt_s', code: 0xfd_002f, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.lt_u', code: 0xfd_0030, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.gt_s', code: 0xfd_0031, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.gt_u', code: 0xfd_0032, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.le_s', code: 0xfd_0033, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.le_u', code: 0xfd_0034, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.ge_s', code: 0xfd_0035, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.ge_u', code: 0xfd_0036, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.eq', code: 0xfd_0037, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.ne', code: 0xfd_0038, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.lt_s', code: 0xfd_0039, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.lt_u', code: 0xfd_003a, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.gt_s', code: 0xfd_003b, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.gt_u', code: 0xfd_003c, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.le_s', code: 0xfd_003d, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.le_u', code: 0xfd_003e, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.ge_s', code: 0xfd_003f, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.ge_u', code: 0xfd_0040, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.eq', code: 0xfd_0041, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.ne', code: 0xfd_0042, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.lt', code: 0xfd_0043, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.gt', code: 0xfd_0044, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.le', code: 0xfd_0045, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.ge', code: 0xfd_0046, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.eq', code: 0xfd_0047, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.ne', code: 0xfd_0048, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.lt', code: 0xfd_0049, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.gt', code: 0xfd_004a, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.le', code: 0xfd_004b, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.ge', code: 0xfd_004c, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'v128.not', code: 0xfd_004d, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'v128.and', code: 0xfd_004e, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'v128.andnot', code: 0xfd_004f, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'v128.or', code: 0xfd_0050, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'v128.xor', code: 0xfd_0051, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'v128.bitselect', code: 0xfd_0052, imm: 'none', sig: '[v128 v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'v128.any_true', code: 0xfd_0053, imm: 'none', sig: '[v128] -> [i32]', proposal: 'simd' },
  {
    name: 'v128.load8_lane',
    code: 0xfd_0054,
    imm: 'memarg_laneidx',
    sig: '[addr v128] -> [v128]',
    accessBytes: 1,
    proposal: 'simd',
  },
  {
    name: 'v128.load16_lane',
    code: 0xfd_0055,
    imm: 'memarg_laneidx',
    sig: '[addr v128] -> [v128]',
    accessBytes: 2,
    proposal: 'simd',
  },
  {
    name: 'v128.load32_lane',
    code: 0xfd_0056,
    imm: 'memarg_laneidx',
    sig: '[addr v128] -> [v128]',
    accessBytes: 4,
    proposal: 'simd',
  },
  {
    name: 'v128.load64_lane',
    code: 0xfd_0057,
    imm: 'memarg_laneidx',
    sig: '[addr v128] -> [v128]',
    accessBytes: 8,
    proposal: 'simd',
  },
  {
    name: 'v128.store8_lane',
    code: 0xfd_0058,
    imm: 'memarg_laneidx',
    sig: '[addr v128] -> []',
    accessBytes: 1,
    proposal: 'simd',
  },
  {
    name: 'v128.store16_lane',
    code: 0xfd_0059,
    imm: 'memarg_laneidx',
    sig: '[addr v128] -> []',
    accessBytes: 2,
    proposal: 'simd',
  },
  {
    name: 'v128.store32_lane',
    code: 0xfd_005a,
    imm: 'memarg_laneidx',
    sig: '[addr v128] -> []',
    accessBytes: 4,
    proposal: 'simd',
  },
  {
    name: 'v128.store64_lane',
    code: 0xfd_005b,
    imm: 'memarg_laneidx',
    sig: '[addr v128] -> []',
    accessBytes: 8,
    proposal: 'simd',
  },
  {
    name: 'v128.load32_zero',
    code: 0xfd_005c,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 4,
    proposal: 'simd',
  },
  {
    name: 'v128.load64_zero',
    code: 0xfd_005d,
    imm: 'memarg',
    sig: '[addr] -> [v128]',
    accessBytes: 8,
    proposal: 'simd',
  },
  { name: 'f32x4.demote_f64x2_zero', code: 0xfd_005e, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.promote_low_f32x4', code: 0xfd_005f, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.abs', code: 0xfd_0060, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.neg', code: 0xfd_0061, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.popcnt', code: 0xfd_0062, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.all_true', code: 0xfd_0063, imm: 'none', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i8x16.bitmask', code: 0xfd_0064, imm: 'none', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i8x16.narrow_i16x8_s', code: 0xfd_0065, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.narrow_i16x8_u', code: 0xfd_0066, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.ceil', code: 0xfd_0067, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.floor', code: 0xfd_0068, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.trunc', code: 0xfd_0069, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.nearest', code: 0xfd_006a, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.shl', code: 0xfd_006b, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.shr_s', code: 0xfd_006c, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.shr_u', code: 0xfd_006d, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.add', code: 0xfd_006e, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.add_sat_s', code: 0xfd_006f, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.add_sat_u', code: 0xfd_0070, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.sub', code: 0xfd_0071, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.sub_sat_s', code: 0xfd_0072, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.sub_sat_u', code: 0xfd_0073, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.ceil', code: 0xfd_0074, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.floor', code: 0xfd_0075, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.min_s', code: 0xfd_0076, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.min_u', code: 0xfd_0077, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.max_s', code: 0xfd_0078, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.max_u', code: 0xfd_0079, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.trunc', code: 0xfd_007a, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i8x16.avgr_u', code: 0xfd_007b, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extadd_pairwise_i8x16_s', code: 0xfd_007c, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extadd_pairwise_i8x16_u', code: 0xfd_007d, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extadd_pairwise_i16x8_s', code: 0xfd_007e, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extadd_pairwise_i16x8_u', code: 0xfd_007f, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.abs', code: 0xfd_0080, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.neg', code: 0xfd_0081, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.q15mulr_sat_s', code: 0xfd_0082, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.all_true', code: 0xfd_0083, imm: 'none', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i16x8.bitmask', code: 0xfd_0084, imm: 'none', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i16x8.narrow_i32x4_s', code: 0xfd_0085, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.narrow_i32x4_u', code: 0xfd_0086, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extend_low_i8x16_s', code: 0xfd_0087, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extend_high_i8x16_s', code: 0xfd_0088, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extend_low_i8x16_u', code: 0xfd_0089, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extend_high_i8x16_u', code: 0xfd_008a, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.shl', code: 0xfd_008b, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.shr_s', code: 0xfd_008c, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.shr_u', code: 0xfd_008d, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.add', code: 0xfd_008e, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.add_sat_s', code: 0xfd_008f, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.add_sat_u', code: 0xfd_0090, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.sub', code: 0xfd_0091, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.sub_sat_s', code: 0xfd_0092, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.sub_sat_u', code: 0xfd_0093, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.nearest', code: 0xfd_0094, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.mul', code: 0xfd_0095, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.min_s', code: 0xfd_0096, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.min_u', code: 0xfd_0097, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.max_s', code: 0xfd_0098, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.max_u', code: 0xfd_0099, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.avgr_u', code: 0xfd_009b, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extmul_low_i8x16_s', code: 0xfd_009c, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extmul_high_i8x16_s', code: 0xfd_009d, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extmul_low_i8x16_u', code: 0xfd_009e, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i16x8.extmul_high_i8x16_u', code: 0xfd_009f, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.abs', code: 0xfd_00a0, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.neg', code: 0xfd_00a1, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.all_true', code: 0xfd_00a3, imm: 'none', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i32x4.bitmask', code: 0xfd_00a4, imm: 'none', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i32x4.extend_low_i16x8_s', code: 0xfd_00a7, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extend_high_i16x8_s', code: 0xfd_00a8, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extend_low_i16x8_u', code: 0xfd_00a9, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extend_high_i16x8_u', code: 0xfd_00aa, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.shl', code: 0xfd_00ab, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.shr_s', code: 0xfd_00ac, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.shr_u', code: 0xfd_00ad, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.add', code: 0xfd_00ae, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.sub', code: 0xfd_00b1, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.mul', code: 0xfd_00b5, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.min_s', code: 0xfd_00b6, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.min_u', code: 0xfd_00b7, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.max_s', code: 0xfd_00b8, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.max_u', code: 0xfd_00b9, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.dot_i16x8_s', code: 0xfd_00ba, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extmul_low_i16x8_s', code: 0xfd_00bc, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extmul_high_i16x8_s', code: 0xfd_00bd, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extmul_low_i16x8_u', code: 0xfd_00be, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.extmul_high_i16x8_u', code: 0xfd_00bf, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.abs', code: 0xfd_00c0, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.neg', code: 0xfd_00c1, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.all_true', code: 0xfd_00c3, imm: 'none', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i64x2.bitmask', code: 0xfd_00c4, imm: 'none', sig: '[v128] -> [i32]', proposal: 'simd' },
  { name: 'i64x2.extend_low_i32x4_s', code: 0xfd_00c7, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.extend_high_i32x4_s', code: 0xfd_00c8, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.extend_low_i32x4_u', code: 0xfd_00c9, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.extend_high_i32x4_u', code: 0xfd_00ca, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.shl', code: 0xfd_00cb, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.shr_s', code: 0xfd_00cc, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.shr_u', code: 0xfd_00cd, imm: 'none', sig: '[v128 i32] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.add', code: 0xfd_00ce, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.sub', code: 0xfd_00d1, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.mul', code: 0xfd_00d5, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.eq', code: 0xfd_00d6, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.ne', code: 0xfd_00d7, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.lt_s', code: 0xfd_00d8, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.gt_s', code: 0xfd_00d9, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.le_s', code: 0xfd_00da, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.ge_s', code: 0xfd_00db, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.extmul_low_i32x4_s', code: 0xfd_00dc, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.extmul_high_i32x4_s', code: 0xfd_00dd, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.extmul_low_i32x4_u', code: 0xfd_00de, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i64x2.extmul_high_i32x4_u', code: 0xfd_00df, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.abs', code: 0xfd_00e0, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.neg', code: 0xfd_00e1, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.sqrt', code: 0xfd_00e3, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.add', code: 0xfd_00e4, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.sub', code: 0xfd_00e5, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.mul', code: 0xfd_00e6, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.div', code: 0xfd_00e7, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.min', code: 0xfd_00e8, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.max', code: 0xfd_00e9, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.pmin', code: 0xfd_00ea, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.pmax', code: 0xfd_00eb, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.abs', code: 0xfd_00ec, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.neg', code: 0xfd_00ed, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.sqrt', code: 0xfd_00ef, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.add', code: 0xfd_00f0, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.sub', code: 0xfd_00f1, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.mul', code: 0xfd_00f2, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.div', code: 0xfd_00f3, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.min', code: 0xfd_00f4, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.max', code: 0xfd_00f5, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.pmin', code: 0xfd_00f6, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.pmax', code: 0xfd_00f7, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.trunc_sat_f32x4_s', code: 0xfd_00f8, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.trunc_sat_f32x4_u', code: 0xfd_00f9, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.convert_i32x4_s', code: 0xfd_00fa, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f32x4.convert_i32x4_u', code: 0xfd_00fb, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.trunc_sat_f64x2_s_zero', code: 0xfd_00fc, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'i32x4.trunc_sat_f64x2_u_zero', code: 0xfd_00fd, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.convert_low_i32x4_s', code: 0xfd_00fe, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
  { name: 'f64x2.convert_low_i32x4_u', code: 0xfd_00ff, imm: 'none', sig: '[v128] -> [v128]', proposal: 'simd' },
] as const satisfies readonly InstructionRow[];

/** Relaxed vector instructions. @see https://webassembly.github.io/spec/core/binary/instructions.html#vector-instructions */
const relaxedVector = [
  {
    name: 'i8x16.relaxed_swizzle',
    code: 0xfd_0100,
    imm: 'none',
    sig: '[v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i32x4.relaxed_trunc_f32x4_s',
    code: 0xfd_0101,
    imm: 'none',
    sig: '[v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i32x4.relaxed_trunc_f32x4_u',
    code: 0xfd_0102,
    imm: 'none',
    sig: '[v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i32x4.relaxed_trunc_f64x2_s_zero',
    code: 0xfd_0103,
    imm: 'none',
    sig: '[v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i32x4.relaxed_trunc_f64x2_u_zero',
    code: 0xfd_0104,
    imm: 'none',
    sig: '[v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'f32x4.relaxed_madd',
    code: 0xfd_0105,
    imm: 'none',
    sig: '[v128 v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'f32x4.relaxed_nmadd',
    code: 0xfd_0106,
    imm: 'none',
    sig: '[v128 v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'f64x2.relaxed_madd',
    code: 0xfd_0107,
    imm: 'none',
    sig: '[v128 v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'f64x2.relaxed_nmadd',
    code: 0xfd_0108,
    imm: 'none',
    sig: '[v128 v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i8x16.relaxed_laneselect',
    code: 0xfd_0109,
    imm: 'none',
    sig: '[v128 v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i16x8.relaxed_laneselect',
    code: 0xfd_010a,
    imm: 'none',
    sig: '[v128 v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i32x4.relaxed_laneselect',
    code: 0xfd_010b,
    imm: 'none',
    sig: '[v128 v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i64x2.relaxed_laneselect',
    code: 0xfd_010c,
    imm: 'none',
    sig: '[v128 v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  { name: 'f32x4.relaxed_min', code: 0xfd_010d, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'relaxed-simd' },
  { name: 'f32x4.relaxed_max', code: 0xfd_010e, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'relaxed-simd' },
  { name: 'f64x2.relaxed_min', code: 0xfd_010f, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'relaxed-simd' },
  { name: 'f64x2.relaxed_max', code: 0xfd_0110, imm: 'none', sig: '[v128 v128] -> [v128]', proposal: 'relaxed-simd' },
  {
    name: 'i16x8.relaxed_q15mulr_s',
    code: 0xfd_0111,
    imm: 'none',
    sig: '[v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i16x8.relaxed_dot_i8x16_i7x16_s',
    code: 0xfd_0112,
    imm: 'none',
    sig: '[v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
  {
    name: 'i32x4.relaxed_dot_i8x16_i7x16_add_s',
    code: 0xfd_0113,
    imm: 'none',
    sig: '[v128 v128 v128] -> [v128]',
    proposal: 'relaxed-simd',
  },
] as const satisfies readonly InstructionRow[];

/** Atomic memory instructions. @see https://webassembly.github.io/threads/core/binary/instructions.html#atomic-memory-instructions */
const atomic = [
  {
    name: 'memory.atomic.notify',
    code: 0xfe_0000,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'memory.atomic.wait32',
    code: 0xfe_0001,
    imm: 'memarg',
    sig: '[addr i32 i64] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'memory.atomic.wait64',
    code: 0xfe_0002,
    imm: 'memarg',
    sig: '[addr i64 i64] -> [i32]',
    accessBytes: 8,
    proposal: 'threads',
  },
  { name: 'atomic.fence', code: 0xfe_0003, imm: 'fence', sig: '[] -> []', proposal: 'threads' },
  {
    name: 'i32.atomic.load',
    code: 0xfe_0010,
    imm: 'memarg',
    sig: '[addr] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.load',
    code: 0xfe_0011,
    imm: 'memarg',
    sig: '[addr] -> [i64]',
    accessBytes: 8,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.load8_u',
    code: 0xfe_0012,
    imm: 'memarg',
    sig: '[addr] -> [i32]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.load16_u',
    code: 0xfe_0013,
    imm: 'memarg',
    sig: '[addr] -> [i32]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.load8_u',
    code: 0xfe_0014,
    imm: 'memarg',
    sig: '[addr] -> [i64]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.load16_u',
    code: 0xfe_0015,
    imm: 'memarg',
    sig: '[addr] -> [i64]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.load32_u',
    code: 0xfe_0016,
    imm: 'memarg',
    sig: '[addr] -> [i64]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.store',
    code: 0xfe_0017,
    imm: 'memarg',
    sig: '[addr i32] -> []',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.store',
    code: 0xfe_0018,
    imm: 'memarg',
    sig: '[addr i64] -> []',
    accessBytes: 8,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.store8',
    code: 0xfe_0019,
    imm: 'memarg',
    sig: '[addr i32] -> []',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.store16',
    code: 0xfe_001a,
    imm: 'memarg',
    sig: '[addr i32] -> []',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.store8',
    code: 0xfe_001b,
    imm: 'memarg',
    sig: '[addr i64] -> []',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.store16',
    code: 0xfe_001c,
    imm: 'memarg',
    sig: '[addr i64] -> []',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.store32',
    code: 0xfe_001d,
    imm: 'memarg',
    sig: '[addr i64] -> []',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw.add',
    code: 0xfe_001e,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw.add',
    code: 0xfe_001f,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 8,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw8.add_u',
    code: 0xfe_0020,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw16.add_u',
    code: 0xfe_0021,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw8.add_u',
    code: 0xfe_0022,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw16.add_u',
    code: 0xfe_0023,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw32.add_u',
    code: 0xfe_0024,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw.sub',
    code: 0xfe_0025,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw.sub',
    code: 0xfe_0026,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 8,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw8.sub_u',
    code: 0xfe_0027,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw16.sub_u',
    code: 0xfe_0028,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw8.sub_u',
    code: 0xfe_0029,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw16.sub_u',
    code: 0xfe_002a,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw32.sub_u',
    code: 0xfe_002b,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw.and',
    code: 0xfe_002c,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw.and',
    code: 0xfe_002d,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 8,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw8.and_u',
    code: 0xfe_002e,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw16.and_u',
    code: 0xfe_002f,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw8.and_u',
    code: 0xfe_0030,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw16.and_u',
    code: 0xfe_0031,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw32.and_u',
    code: 0xfe_0032,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw.or',
    code: 0xfe_0033,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw.or',
    code: 0xfe_0034,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 8,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw8.or_u',
    code: 0xfe_0035,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw16.or_u',
    code: 0xfe_0036,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw8.or_u',
    code: 0xfe_0037,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw16.or_u',
    code: 0xfe_0038,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw32.or_u',
    code: 0xfe_0039,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw.xor',
    code: 0xfe_003a,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw.xor',
    code: 0xfe_003b,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 8,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw8.xor_u',
    code: 0xfe_003c,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw16.xor_u',
    code: 0xfe_003d,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw8.xor_u',
    code: 0xfe_003e,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw16.xor_u',
    code: 0xfe_003f,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw32.xor_u',
    code: 0xfe_0040,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw.xchg',
    code: 0xfe_0041,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw.xchg',
    code: 0xfe_0042,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 8,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw8.xchg_u',
    code: 0xfe_0043,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw16.xchg_u',
    code: 0xfe_0044,
    imm: 'memarg',
    sig: '[addr i32] -> [i32]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw8.xchg_u',
    code: 0xfe_0045,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw16.xchg_u',
    code: 0xfe_0046,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw32.xchg_u',
    code: 0xfe_0047,
    imm: 'memarg',
    sig: '[addr i64] -> [i64]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw.cmpxchg',
    code: 0xfe_0048,
    imm: 'memarg',
    sig: '[addr i32 i32] -> [i32]',
    accessBytes: 4,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw.cmpxchg',
    code: 0xfe_0049,
    imm: 'memarg',
    sig: '[addr i64 i64] -> [i64]',
    accessBytes: 8,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw8.cmpxchg_u',
    code: 0xfe_004a,
    imm: 'memarg',
    sig: '[addr i32 i32] -> [i32]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i32.atomic.rmw16.cmpxchg_u',
    code: 0xfe_004b,
    imm: 'memarg',
    sig: '[addr i32 i32] -> [i32]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw8.cmpxchg_u',
    code: 0xfe_004c,
    imm: 'memarg',
    sig: '[addr i64 i64] -> [i64]',
    accessBytes: 1,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw16.cmpxchg_u',
    code: 0xfe_004d,
    imm: 'memarg',
    sig: '[addr i64 i64] -> [i64]',
    accessBytes: 2,
    proposal: 'threads',
  },
  {
    name: 'i64.atomic.rmw32.cmpxchg_u',
    code: 0xfe_004e,
    imm: 'memarg',
    sig: '[addr i64 i64] -> [i64]',
    accessBytes: 4,
    proposal: 'threads',
  },
] as const satisfies readonly InstructionRow[];

/** The rows by chapter, for documents and tests; `url` is the section of the specification. */
export const instructionSections = [
  {
    title: 'Control instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#control-instructions',
    rows: control,
  },
  {
    title: 'Legacy exceptions (withdrawn encoding that engines still run)',
    url: 'https://github.com/WebAssembly/exception-handling/blob/main/proposals/exception-handling/legacy/Exceptions.md',
    rows: legacyExceptions,
  },
  {
    title: 'Parametric instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#parametric-instructions',
    rows: parametric,
  },
  {
    title: 'Variable instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#variable-instructions',
    rows: variable,
  },
  {
    title: 'Table instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#table-instructions',
    rows: table,
  },
  {
    title: 'Memory instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#memory-instructions',
    rows: memory,
  },
  {
    title: 'Reference instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#reference-instructions',
    rows: reference,
  },
  {
    title: 'Aggregate instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#aggregate-instructions',
    rows: aggregate,
  },
  {
    title: 'Numeric instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#numeric-instructions',
    rows: numeric,
  },
  {
    title: 'Vector instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#vector-instructions',
    rows: vector,
  },
  {
    title: 'Relaxed vector instructions',
    url: 'https://webassembly.github.io/spec/core/binary/instructions.html#vector-instructions',
    rows: relaxedVector,
  },
  {
    title: 'Atomic memory instructions',
    url: 'https://webassembly.github.io/threads/core/binary/instructions.html#atomic-memory-instructions',
    rows: atomic,
  },
] as const satisfies readonly { title: string; url: string; rows: readonly InstructionRow[] }[];

type Row = (typeof instructionSections)[number]['rows'][number];

/** Every instruction's name. */
export type Mnemonic = Row['name'];

/** The mnemonics of one signature: a `Record` over it does not compile while one is missing. */
export type MnemonicWith<S extends string> = Extract<Row, { sig: S }>['name'];

/** The mnemonics that a proposal brought. */
export type MnemonicOf<P extends Proposal> = Extract<Row, { proposal: P }>['name'];

/** The mnemonics whose rows have no signature: the validator must have a rule for each. */
export type PolymorphicMnemonic = Exclude<Row, { sig: string }>['name'];

/** Position of a row in `instructions`: the dense number by which the engine knows an instruction. */
export type InstrId = number;

/** All rows, in the table's order; an `InstrId` indexes it. */
export const instructions: readonly (InstructionRow & { readonly name: Mnemonic })[] = instructionSections.flatMap(
  (section) => section.rows as readonly (InstructionRow & { name: Mnemonic })[],
);

const idByName = new Map<string, InstrId>(instructions.map((row, id) => [row.name, id]));

/** The id of a known mnemonic. */
export function instrId(name: Mnemonic): InstrId {
  return idByName.get(name) as InstrId;
}

/** The id for any text, `undefined` when it names no instruction. */
export function findInstrId(name: string): InstrId | undefined {
  return idByName.get(name);
}

/** Opcode bytes that announce a LEB128 sub-opcode. */
export const PREFIX_BYTES = [0xfb, 0xfc, 0xfd, 0xfe] as const;

const UNASSIGNED = -1;

const unassigned = () => new Int16Array(512).fill(UNASSIGNED);
const idsByPrefix = new Map<number, Int16Array>(PREFIX_BYTES.map((prefix) => [prefix, unassigned()]));

/** Id of each one-byte opcode, −1 where none is assigned. */
export const idByOpcode: Int16Array = unassigned();

for (const [id, { code }] of instructions.entries()) {
  if (code < 0x100) idByOpcode[code] = id;
  else idsByPrefix.get(code >> 16)![code & 0xffff] = id;
}

/** Id of each sub-opcode (0–511) under a prefix byte, −1 where none is assigned. */
export function idsUnderPrefix(prefix: number): Int16Array | undefined {
  return idsByPrefix.get(prefix);
}

/** `i32.add` → `6a`, `memory.copy` → `fc 0a`: the opcode as messages and documents write it. */
export function opcodeText(code: number): string {
  const hex = (byte: number) => byte.toString(16).padStart(2, '0');
  return code < 0x100 ? hex(code) : `${hex(code >> 16)} ${hex(code & 0xffff)}`;
}

/** A row's signature taken apart: type names as the text format spells them, or `addr`. */
export interface Signature {
  readonly operands: readonly string[];
  readonly results: readonly string[];
}

/** Rows share signatures, and start-up asks for each several times: 10 ms without (measured, Node 20.20). */
const signatureByText = new Map<string, Signature>();

/** Splits `[i32 (ref i31)] -> [i64]`; `undefined` for rows without a signature. Equal signatures are one object. */
export function signatureOf(row: InstructionRow): Signature | undefined {
  if (row.sig === undefined) return undefined;
  const known = signatureByText.get(row.sig);
  if (known !== undefined) return known;
  const [operands, results] = row.sig.split(' -> ').map((side) => side.slice(1, -1).match(/\([^)]*\)|[^ ]+/g) ?? []);
  const signature = { operands: operands as string[], results: results as string[] };
  signatureByText.set(row.sig, signature);
  return signature;
}
