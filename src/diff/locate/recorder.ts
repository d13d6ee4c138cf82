/**
 * The code that makes a record, in the ways there are: into a memory that the traced module has besides its own, as
 * calls
 * of the import that logs, or not at all but counted. A record is its number, its place and a value.
 */
import { writeMemarg } from '../../encoder/index.ts';
import {
  ANYREF,
  abstractHeapTypes,
  F32,
  F64,
  type FuncType,
  I32,
  I64,
  isRef,
  type MemoryType,
  type Mnemonic,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import type { Code } from '../prepare/index.ts';

/** `memory`: in a memory; `log`: as calls of the import; `count`: only counted, and ended at a number. */
export type Sink = 'memory' | 'log' | 'count';

export const RECORD_BYTES = 32;
/** Records that the memory holds at a time. */
export const WINDOW = 0x1_0000;
/** Added to a site's number in the log, where there are imports and exceptions too. */
export const TRACE_LOG = 0x2000_0000;

export const traceMemory: MemoryType = {
  address: I32 as MemoryType['address'],
  limits: { min: (WINDOW * RECORD_BYTES) / 65_536, max: (WINDOW * RECORD_BYTES) / 65_536 },
  shared: false,
  pageSizeLog2: 16,
};

/** Types that values are recorded as; a reference is what `Telling` has of it. */
type RecordedType = 'none' | 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
const recordedTypes: readonly RecordedType[] = ['none', 'i32', 'i64', 'f32', 'f64', 'v128'];
const valTypes: Readonly<Record<RecordedType, ValType | undefined>> = {
  none: undefined,
  i32: I32,
  i64: I64,
  f32: F32,
  f64: F64,
  v128: V128,
};

function recordedType(type: ValType | undefined): RecordedType {
  if (type === undefined) return 'none';
  if (isRef(type)) return 'i32';
  return recordedTypes.find((name) => valTypes[name] === type)!;
}

/** A function that the traced module gets. */
export interface AddedFunction {
  readonly type: FuncType;
  readonly locals: readonly ValType[];
  readonly write: (code: Code) => void;
  readonly exported: string | undefined;
}

export interface RecorderPlaces {
  /** The first of the added functions. */
  readonly funcidx: number;
  readonly memidx: number;
  /** Counts records. */
  readonly globalidx: number;
  readonly log: number;
}

/** What is recorded of references: nothing, whether they are null, or also which i31 and how long an array. */
export interface Telling {
  readonly tells: 'nothing' | 'null' | 'objects';
  /** Is it a reference to an object, an i31 or any of them? */
  readonly isObject: (type: ValType) => boolean;
}

export class Recorder {
  private readonly sink: Sink;
  private readonly places: RecorderPlaces;
  private readonly from: number;
  private readonly stopAt: number;
  private readonly telling: Telling;

  /**
   * @param from the first record that the memory keeps @param stopAt the number at which the run ends in a trap; −1:
   * never
   */
  constructor(sink: Sink, places: RecorderPlaces, telling: Telling, from: number, stopAt: number) {
    this.sink = sink;
    this.places = places;
    this.telling = telling;
    this.from = from;
    this.stopAt = stopAt;
  }

  /** Records what a local holds, or, without one, that the site was passed. */
  record(code: Code, site: number, local: number | undefined, type: ValType | undefined): void {
    if (this.sink === 'log') this.log(code, TRACE_LOG + site, local, type);
    else if (this.sink === 'count') code.at('call', this.places.funcidx);
    else {
      if (local !== undefined) code.at('local.get', local);
      if (type !== undefined && isRef(type)) this.tellReference(code, type);
      code.i32(site).at('call', this.places.funcidx + recordedTypes.indexOf(recordedType(type)));
    }
  }

  private log(code: Code, id: number, local: number | undefined, type: ValType | undefined): void {
    const lanes = type === V128 ? [0, 1] : [0];
    for (const lane of lanes) {
      code.i32(id);
      if (local === undefined || type === undefined) code.i64(0, 0);
      else code.at('local.get', local);
      if (type === V128) code.lane('i64x2.extract_lane', lane);
      else if (type !== undefined && isRef(type)) {
        this.tellReference(code, type);
        code.op('i64.extend_i32_u');
      } else if (type !== undefined) code.op(...toI64(type));
      code.at('call', this.places.log);
    }
  }

  /** From a reference on the stack to the i32 that tells it. */
  private tellReference(code: Code, type: ValType): void {
    const { tells, isObject } = this.telling;
    if (tells === 'nothing') code.op('drop').i32(0);
    else if (tells === 'null' || !isObject(type)) code.op('ref.is_null');
    else code.at('call', this.places.funcidx + this.recording().length);
  }

  /** The functions behind `record`, and those that tell of the memory. */
  functions(): AddedFunction[] {
    return [...this.recording(), ...(this.telling.tells === 'objects' ? [this.objectTeller()] : [])];
  }

  /** 1: null; an i31 is its bits and 0, an array its length and 101; else 3. */
  private objectTeller(): AddedFunction {
    const { i31, array } = abstractHeapTypes;
    const write = (code: Code) => {
      const get = () => code.at('local.get', 0);
      get().op('ref.is_null').block('if', { result: I32 }).i32(1).op('else');
      get().heap('ref.test', i31).block('if', { result: I32 });
      get().heap('ref.cast', i31).op('i31.get_s').i32(1).op('i32.shl', 'else');
      get().heap('ref.test', array).block('if', { result: I32 });
      get().heap('ref.cast', array).op('array.len').i32(3).op('i32.shl').i32(5).op('i32.or');
      code.op('else').i32(3).op('end', 'end', 'end');
    };
    return { type: { kind: 'func', params: [ANYREF], results: [I32] }, locals: [], write, exported: undefined };
  }

  private recording(): AddedFunction[] {
    if (this.sink === 'log') return [];
    if (this.sink === 'count') return [this.counter()];
    return [...recordedTypes.map((type) => this.store(type)), this.length(), this.dump()];
  }

  private countUp(code: Code): void {
    const { globalidx } = this.places;
    code.at('global.get', globalidx).i32(1).op('i32.add').at('global.set', globalidx);
  }

  private stop(code: Code): void {
    if (this.stopAt < 0) return;
    code.at('global.get', this.places.globalidx).i32(this.stopAt).op('i32.eq').block('if').op('unreachable', 'end');
  }

  private counter(): AddedFunction {
    const write = (code: Code) => {
      this.stop(code);
      this.countUp(code);
    };
    return { type: { kind: 'func', params: [], results: [] }, locals: [], write, exported: undefined };
  }

  /** A function of `[value? site] -> []`. */
  private store(recorded: RecordedType): AddedFunction {
    const valType = valTypes[recorded];
    const params = valType === undefined ? [I32] : [valType, I32];
    const site = params.length - 1;
    const at = params.length;
    const { globalidx } = this.places;
    const write = (code: Code) => {
      this.stop(code);
      code.at('global.get', globalidx).i32(this.from).op('i32.sub').at('local.tee', at);
      code.i32(WINDOW).op('i32.lt_u').block('if');
      code.at('local.get', at).i32(Math.log2(RECORD_BYTES)).op('i32.shl').at('local.set', at);
      code.at('local.get', at).at('local.get', site);
      this.storeAt(code, 'i32.store', 0);
      code.at('local.get', at).at('global.get', globalidx);
      this.storeAt(code, 'i32.store', 4);
      if (valType !== undefined) {
        code.at('local.get', at).at('local.get', 0);
        this.storeAt(code, `${recorded}.store` as Mnemonic, 8);
      }
      code.op('end');
      this.countUp(code);
    };
    return { type: { kind: 'func', params, results: [] }, locals: [I32], write, exported: undefined };
  }

  private storeAt(code: Code, name: Mnemonic, offset: number): void {
    access(code, name, this.places.memidx, offset);
  }

  private length(): AddedFunction {
    const write = (code: Code) => code.at('global.get', this.places.globalidx).op('i64.extend_i32_u');
    return { type: { kind: 'func', params: [], results: [I64] }, locals: [], write, exported: LENGTH };
  }

  /** A function that gives the words of a block of 4 KiB, of which its argument is the address. */
  private dump(): AddedFunction {
    const results = new Array<ValType>(BLOCK_WORDS).fill(I64);
    const write = (code: Code) => {
      for (let i = 0; i < BLOCK_WORDS; i++) {
        code.at('local.get', 0).op('i32.wrap_i64');
        access(code, 'i64.load', this.places.memidx, 8 * i);
      }
    };
    return { type: { kind: 'func', params: [I64], results }, locals: [], write, exported: DUMP };
  }
}

export const LENGTH = 'trace length';
export const DUMP = 'trace dump';
export const BLOCK_BYTES = 4096;
export const BLOCK_WORDS = BLOCK_BYTES / 8;

/** A load or store at an address on the stack. */
function access(code: Code, name: Mnemonic, memidx: number, offset: number): void {
  code.op(name);
  writeMemarg(code.out, 2, memidx, offset, 0);
}

/** From a value on the stack to an i64 that tells it; of an i32, only the low half counts. */
function toI64(type: ValType): Mnemonic[] {
  if (type === I64) return [];
  if (type === F32) return ['i32.reinterpret_f32', 'i64.extend_i32_u'];
  if (type === F64) return ['i64.reinterpret_f64'];
  return ['i64.extend_i32_u'];
}
