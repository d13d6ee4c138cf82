/**
 * What frames hold at many places of their functions, found in one walk over each function: types of locals and
 * operands in canonical ids, and which of them have a value. Says what is wrong with places that no frame can be
 * at, since they may come from anybody.
 */
import { contextOf, legacyTryCount, widthOf, wordsOf } from '../../interpreter/index.ts';
import type { Code } from '../../runtime/index.ts';
import {
  BOTTOM,
  BOTTOM_HEAP,
  type FuncType,
  heapTypeOf,
  instrId,
  isDefaultable,
  isRef,
  translateValType,
  type ValType,
} from '../../syntax/index.ts';
import { BodyChecker } from '../../validator/index.ts';

const TRY = instrId('try');
const catches = new Set([instrId('catch'), instrId('catch_all')]);

/** The call at which a frame waits. */
export interface WaitingCall {
  /** A tail call has taken its frame's contents with it: only the host can be waited for. */
  readonly isTail: boolean;
  /** The function called; undefined where a reference says it. */
  readonly funcidx: number | undefined;
  readonly results: readonly ValType[];
}

/** One value of a frame. */
export interface Slot {
  /** In canonical ids. */
  readonly type: ValType;
  /** Word offset from `fp`. */
  readonly at: number;
}

/** A place for an exception. */
export interface HiddenSlot {
  /** Word offset from `fp`. */
  readonly at: number;
  /** The frame is in the catch block that it belongs to. */
  readonly isLive: boolean;
}

export interface FrameShape {
  readonly locals: readonly Slot[];
  /** Locals that have no value yet: their slots are null. */
  readonly unset: ReadonlySet<number>;
  /** The slots of exceptions that legacy `catch` blocks keep, outermost first. */
  readonly hidden: readonly HiddenSlot[];
  /** Without what a waiting call has taken. */
  readonly operands: readonly Slot[];
  /** Word offset of the end: where a callee's frame begins. */
  readonly endAt: number;
  readonly call: WaitingCall | undefined;
}

interface Request {
  readonly pc: number;
  readonly isWaiting: boolean;
  /** How many operands there must be; undefined: any number. */
  readonly operandCount: number | undefined;
}

const calls = new Map(
  (
    [
      ['call', 0, false],
      ['call_indirect', 1, false],
      ['call_ref', 1, false],
      ['return_call', 0, true],
      ['return_call_indirect', 1, true],
      ['return_call_ref', 1, true],
    ] as const
  ).map(([name, calleeOperands, isTail]) => [instrId(name), { calleeOperands, isTail }]),
);

function keyOf(pc: number, isWaiting: boolean): number {
  return 2 * pc + (isWaiting ? 1 : 0);
}

/** @throws what `fail` throws for a place where no frame can stand */
export class FrameShapes {
  private readonly requests = new Map<Code, Map<number, Request>>();
  private readonly shapes = new Map<Code, Map<number, FrameShape>>();
  private readonly fail: (problem: string) => never;

  constructor(fail: (problem: string) => never) {
    this.fail = fail;
  }

  /** Notes a place; its shape is there after `resolve`. */
  add(code: Code, pc: number, isWaiting: boolean, operandCount?: number): void {
    const requests = this.requests.get(code) ?? new Map<number, Request>();
    this.requests.set(code, requests);
    const key = keyOf(pc, isWaiting);
    const known = requests.get(key);
    if (known === undefined) requests.set(key, { pc, isWaiting, operandCount });
    else if (known.operandCount !== operandCount) this.fail(`frames at byte ${pc} differ in their operands`);
  }

  resolve(): void {
    for (const [code, requests] of this.requests) {
      const sorted = [...requests.values()].sort((a, b) => a.pc - b.pc || Number(a.isWaiting) - Number(b.isWaiting));
      this.shapes.set(code, new ShapeWalk(code, this.fail).shapesAt(sorted));
    }
    this.requests.clear();
  }

  get(code: Code, pc: number, isWaiting: boolean): FrameShape {
    return this.shapes.get(code)!.get(keyOf(pc, isWaiting))!;
  }
}

/** Goes through one body. */
class ShapeWalk {
  private readonly code: Code;
  private readonly fail: (problem: string) => never;
  private readonly checker: BodyChecker;
  private readonly locals: readonly Slot[];
  /** Locals that have no default value. */
  private readonly tracked: readonly number[];
  private readonly hiddenAt: number;
  private readonly hiddenCount: number;
  private readonly operandsAt: number;
  /** The legacy `try` blocks around this place by their depth, and whether it is in a catch of theirs. */
  private readonly tries: { depth: number; isCatch: boolean }[] = [];
  /** Depth of the outermost block whose rest cannot be reached; −1: this place can be. */
  private deadDepth = -1;

  constructor(code: Code, fail: (problem: string) => never) {
    this.code = code;
    this.fail = fail;
    this.checker = new BodyChecker(contextOf(code), code.funcidx);
    const { params } = code.module.funcType(code.func.typeidx);
    const types = this.checker.locals;
    this.locals = this.slotsOf(types, 0);
    this.tracked = this.locals.flatMap(({ type }, i) => (i >= params.length && !isDefaultable(type) ? [i] : []));
    this.hiddenAt = wordsOf(types);
    this.hiddenCount = legacyTryCount(code);
    this.operandsAt = this.hiddenAt + 2 * this.hiddenCount;
  }

  /** @param requests sorted by place */
  shapesAt(requests: readonly Request[]): Map<number, FrameShape> {
    const { checker } = this;
    const shapes = new Map<number, FrameShape>();
    for (const request of requests) {
      while (checker.reader.offset < request.pc && checker.next()) {
        checker.check();
        this.followReach();
        if (this.hiddenCount > 0) this.followTries();
      }
      this.checkPlace(request.pc);
      shapes.set(keyOf(request.pc, request.isWaiting), this.shapeHere(request));
    }
    return shapes;
  }

  private followReach(): void {
    const { checker } = this;
    if (checker.depth < this.deadDepth) this.deadDepth = -1;
    if (checker.depth === 0) return;
    if (this.deadDepth === checker.depth && !checker.isUnreachable) this.deadDepth = -1;
    if (this.deadDepth < 0 && checker.isUnreachable) this.deadDepth = checker.depth;
  }

  private followTries(): void {
    const { checker, tries } = this;
    while (tries.length > 0 && tries[tries.length - 1]!.depth > checker.depth) tries.pop();
    const opcode = checker.controls[checker.depth - 1]?.opcode;
    if (checker.depth === 0 || opcode === undefined) return;
    const isCatch = catches.has(opcode);
    const innermost = tries[tries.length - 1];
    if (innermost?.depth === checker.depth) innermost.isCatch = isCatch;
    else if (opcode === TRY) tries.push({ depth: checker.depth, isCatch });
  }

  private checkPlace(pc: number): void {
    const { checker, code } = this;
    const place = `byte ${pc} of function ${code.funcidx}`;
    if (checker.reader.offset !== pc || checker.depth === 0) this.fail(`no instruction begins at ${place}`);
    if (this.deadDepth >= 0) this.fail(`control cannot come to ${place}`);
  }

  private shapeHere({ pc, isWaiting, operandCount }: Request): FrameShape {
    const { checker, code } = this;
    const call = isWaiting ? this.callHere(pc) : undefined;
    const height = checker.height - (call?.taken ?? 0);
    if (operandCount !== undefined && operandCount !== (call?.isTail ? 0 : height)) {
      this.fail(`a frame at byte ${pc} of function ${code.funcidx} has ${height} operands, not ${operandCount}`);
    }
    if (call?.isTail) return { locals: [], unset: new Set(), hidden: [], operands: [], endAt: 0, call };
    const types = checker.stack.slice(0, height);
    if (types.some(isUnknown)) this.fail(`control cannot come to byte ${pc} of function ${code.funcidx}`);
    return {
      locals: this.locals,
      unset: new Set(this.tracked.filter((localidx) => !checker.hasValue(localidx))),
      hidden: this.hiddenHere(),
      operands: this.slotsOf(types, this.operandsAt),
      endAt: this.operandsAt + wordsOf(types),
      call,
    };
  }

  /** Reads the call at hand without applying its rule. */
  private callHere(pc: number): (WaitingCall & { taken: number }) | undefined {
    const { reader } = this.checker;
    const { module } = this.code;
    reader.next();
    const { id, index } = reader;
    reader.offset = pc;
    const call = calls.get(id);
    if (call === undefined) return this.fail(`no call stands at byte ${pc} of function ${this.code.funcidx}`);
    const isDirect = call.calleeOperands === 0;
    const type: FuncType = module.funcType(isDirect ? module.spaces.funcs[index]! : index);
    return {
      isTail: call.isTail,
      funcidx: isDirect ? index : undefined,
      results: type.results.map((result) => translateValType(result, module.typeIds)),
      taken: type.params.length + call.calleeOperands,
    };
  }

  /** A legacy `try` has one slot, which its catch blocks use. */
  private hiddenHere(): HiddenSlot[] {
    return Array.from({ length: this.hiddenCount }, (_, nesting) => ({
      at: this.hiddenAt + 2 * nesting,
      isLive: this.tries[nesting]?.isCatch ?? false,
    }));
  }

  private slotsOf(types: readonly ValType[], from: number): Slot[] {
    const { typeIds } = this.code.module;
    let at = from;
    return types.map((type) => {
      const slot = { type: translateValType(type, typeIds), at };
      at += widthOf(type);
      return slot;
    });
  }
}

function isUnknown(type: ValType): boolean {
  return type === BOTTOM || (isRef(type) && heapTypeOf(type) === BOTTOM_HEAP);
}
