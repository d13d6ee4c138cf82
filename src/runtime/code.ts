/**
 * The shapes of executable code: a slot instruction and a function's code. The interpreter fills them
 * and gives the fields their meaning (docs/bytecode.md); the store only knows that functions have them.
 */
import { InternalError, type Func as SyntaxFunc } from '../syntax/index.ts';
import type { ModuleCode } from './module-code.ts';

/**
 * One slot instruction. All objects have the same shape, so that the loops read fields at fixed offsets:
 * 20–30 % faster than code in an Int32Array, in V8 with and without JIT and in Hermes
 * (measured, docs/rationale.md). Integers stay small (31 bits) for the same reason.
 */
export class Instr {
  /** Number of the slot operation. One that starts as undefined is no small integer to V8: 1.5× slower (measured). */
  op = 0;
  /** Operands: word offsets from `fp`, immediates or indices, as the operation says. */
  a = 0;
  b = 0;
  c = 0;
  d = 0;
  /** Fuel that a taken branch, a call or a return charges. May be negative. */
  cost = 0;
  /** Byte offset of the wasm instruction in its module. */
  pc = 0;
  /** The instruction that follows. */
  next: Instr | null = null;
  /** Where a taken branch goes. */
  t: Instr | null = null;
  /** A constant, a list, a function's code: whatever does not fit a small integer. */
  k: unknown = null;
  /** What a loop of handlers calls; it follows from `op`. */
  h: Operation = missing;

  constructor(op: number, pc: number) {
    this.op = op;
    this.pc = pc;
    this.h = operations[op] ?? missing;
  }

  /** Makes this another operation; its operands stay. */
  setOp(op: number): void {
    this.op = op;
    this.h = operations[op] ?? missing;
  }
}

/**
 * A slot operation as a function, for hosts where a switch of many cases is slow. Null: the loop ends.
 *
 * V8 knows of a field what shape its values have, unless that has descendants, which the shape of functions has. With a
 * mark operations have one of their own, and what an instruction calls is known to be a function: the loop of
 * handlers takes 0.93 of the time (measured).
 */
export interface Operation {
  (n: Instr): Instr | null;
  isOperation?: true;
}

const operations: Operation[] = [];

function missing(): never {
  throw new InternalError('the operations are not there yet');
}
missing.isOperation = true as const;

/** Gives the operations by number, once, by who implements them: functions that are made by `function`. */
export function setOperations(all: readonly Operation[]): void {
  for (const operation of all) operation.isOperation = true;
  operations.push(...all);
}

/** A handler of exceptions: which instructions it covers and where it sends what it catches. */
export interface HandlerClause {
  /** −1 catches every tag. */
  readonly tagidx: number;
  /** Hand the exception itself over, after its payload. */
  readonly withRef: boolean;
  /** Word offset from `fp` of the first payload value. */
  readonly at: number;
  /** Legacy `catch`: word offset of the hidden slot that `rethrow` reads; −1 for `try_table`. */
  readonly keepAt: number;
  readonly label: CodeLabel;
}

/** A place that branches go to. */
export interface CodeLabel {
  /** Byte offset of the wasm instruction there. */
  pc: number;
  /** The potential there. */
  potential: number;
  target: Instr | null;
}

export interface Handler {
  /** Covers byte offsets `[from, to)`. */
  readonly from: number;
  readonly to: number;
  readonly clauses: readonly HandlerClause[];
  /** `delegate`: go on looking as if the exception came from this byte offset; −1: to the caller. */
  readonly delegateTo: number | undefined;
}

/** Where code is in its life; a body is lowered at its first call. */
export interface LoweredBody {
  readonly entry: Instr;
  /** Innermost first. */
  readonly handlers: readonly Handler[];
  /** Words of a frame: locals and the deepest operand stack. */
  readonly frameWords: number;
  /** Clear code only: the instruction at each wasm byte offset. */
  readonly byPc: ReadonlyMap<number, Instr> | undefined;
}

/** A function's code, shared by all instances of its module in one agent. */
export class Code {
  readonly module: ModuleCode;
  readonly funcidx: number;
  readonly func: SyntaxFunc;
  /** First instruction of the fast code; a stub that lowers the body until it has been called once. */
  entry: Instr;
  fast: LoweredBody | undefined = undefined;
  clear: LoweredBody | undefined = undefined;

  constructor(module: ModuleCode, funcidx: number, func: SyntaxFunc, entry: Instr) {
    this.module = module;
    this.funcidx = funcidx;
    this.func = func;
    this.entry = entry;
  }
}
