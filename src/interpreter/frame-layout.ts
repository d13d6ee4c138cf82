/**
 * Where a frame keeps what, at one place of its function: locals, then hidden slots for the exceptions that
 * legacy `catch` blocks keep, then operands. Holds for clear code everywhere, and for fast code where its
 * frames are canonical (docs/bytecode.md). Values are not read here.
 */
import type { Code } from '../runtime/index.ts';
import { type FuncType, InternalError, instrId, instructions, type ValType } from '../syntax/index.ts';
import { BodyChecker } from '../validator/index.ts';
import { contextOf, legacyTryCount } from './lower/index.ts';
import { widthOf, wordsOf } from './slots.ts';

export interface FrameLayout {
  /** Types in the module's own type indices, parameters first. */
  readonly locals: readonly ValType[];
  /** Word offset from `fp` of each local. */
  readonly localAt: readonly number[];
  /** Word offset of the first hidden slot, of two words each. */
  readonly hiddenAt: number;
  readonly hiddenCount: number;
  /** Types of the operands, bottom first; without what a waiting call has taken. */
  readonly operands: readonly ValType[];
  readonly operandAt: readonly number[];
  /** End of the operands: words of the frame that hold live values. */
  readonly endAt: number;
}

/** Calls by what they take besides their arguments: the callee's index or reference, on top of them. */
const callOperands: ReadonlyMap<number, { callee: number; isTail: boolean }> = new Map(
  (
    [
      ['call', 0, false],
      ['call_indirect', 1, false],
      ['call_ref', 1, false],
      ['return_call', 0, true],
      ['return_call_indirect', 1, true],
      ['return_call_ref', 1, true],
    ] as const
  ).map(([name, callee, isTail]) => [instrId(name), { callee, isTail }]),
);

/**
 * The frame of `code` before the instruction at `pc`, a live one; or, when `isWaiting`, while the call there
 * has not returned.
 *
 * Linear in the body's length up to `pc`.
 */
export function frameLayout(code: Code, pc: number, isWaiting: boolean): FrameLayout {
  const checker = new BodyChecker(contextOf(code), code.funcidx);
  while (checker.reader.offset < pc && checker.next()) checker.check();
  if (checker.reader.offset !== pc) throw new InternalError(`no instruction begins at byte ${pc}`);
  const locals = [...checker.locals];
  const operands = checker.stack.slice(0, checker.height);
  if (isWaiting) dropCall(code, checker, locals, operands);
  const hiddenCount = legacyTryCount(code);
  const localAt = offsets(locals, 0);
  const hiddenAt = wordsOf(locals);
  const operandsAt = hiddenAt + 2 * hiddenCount;
  return {
    locals,
    localAt,
    hiddenAt,
    hiddenCount,
    operands,
    operandAt: offsets(operands, operandsAt),
    endAt: operandsAt + wordsOf(operands),
  };
}

/** Takes off what the call at hand has taken; a tail call has taken the frame's contents with it. */
function dropCall(code: Code, checker: BodyChecker, locals: ValType[], operands: ValType[]): void {
  checker.next();
  const { id, index } = checker.reader;
  const call = callOperands.get(id);
  if (call === undefined) throw new InternalError(`${instructions[id]?.name} is no call`);
  if (call.isTail) {
    locals.length = 0;
    operands.length = 0;
    return;
  }
  const isDirect = call.callee === 0;
  const type: FuncType = code.module.funcType(isDirect ? code.module.spaces.funcs[index]! : index);
  operands.length -= type.params.length + call.callee;
}

function offsets(types: readonly ValType[], from: number): number[] {
  let at = from;
  return types.map((type) => {
    const start = at;
    at += widthOf(type);
    return start;
  });
}
