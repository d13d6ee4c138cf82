/** Blocks, branches, calls, exceptions. */
import type { HandlerClause } from '../../runtime/index.ts';
import { type FuncType, I32, type Mnemonic, type ValType } from '../../syntax/index.ts';
import type { MoveExtent } from '../cold/reference.ts';
import { hasRefs, wordsOf } from '../slots.ts';
import { slotOp } from './emitter.ts';
import { Label } from './label.ts';
import type { Lowering, TableStub } from './lowering.ts';
import type { Rule } from './rules.ts';

const UNREACHABLE = slotOp('unreachable');
const BR = slotOp('br');
const BR_TABLE = slotOp('br_table');
const BR_ON_NULL = slotOp('br_on_null');
const BR_ON_NON_NULL = slotOp('br_on_non_null');
const RETURN = slotOp('return');
const CALL = slotOp('call');
const CALL_IMPORT = slotOp('call_import');
const CALL_INDIRECT = slotOp('call_indirect');
const CALL_REF = slotOp('call_ref');
const RETURN_CALL = slotOp('return_call');
const RETURN_CALL_INDIRECT = slotOp('return_call_indirect');
const RETURN_CALL_REF = slotOp('return_call_ref');
const CALL_FAR_INDIRECT = slotOp('call_indirect64');
const THROW = slotOp('throw');
const THROW_REF = slotOp('throw_ref');
const RETHROW = slotOp('rethrow');

// Blocks.

function flush(lowering: Lowering): void {
  if (lowering.isLive) lowering.emitter.flush();
}

function opens(isLoop: boolean, isTry = false): Rule {
  return {
    isStructural: true,
    before: flush,
    after(lowering) {
      lowering.openChecked(isLoop, isTry);
    },
  };
}

/** Jumps from the end of a part of a block (`then`, a `try` body) over its other parts. */
function leavePart(lowering: Lowering): void {
  const { emitter } = lowering;
  if (!lowering.isLive) return;
  emitter.flush();
  const branch = emitter.emitLast(BR);
  branch.cost = lowering.charge;
  lowering.block(0).label.attach(branch);
}

/** Puts the operands that a part of a block starts with on the virtual stack. */
function startPart(lowering: Lowering): void {
  const block = lowering.block(0);
  if (!block.isLive) return;
  const { stack, height } = lowering.checker;
  const frame = lowering.controlFrame(0);
  lowering.emitter.reset(block.base, stack.slice(frame.height, height));
}

function end(lowering: Lowering): void {
  const { emitter, blocks } = lowering;
  const { endTypes } = lowering.controlFrame(0);
  if (blocks.length === 1) {
    lowering.finish();
    blocks.pop();
    return;
  }
  const block = lowering.closeBlock();
  if (!block.isLive) return;
  if (lowering.isLive) emitter.flush();
  if (block.elseLabel !== undefined) {
    lowering.bindHere(block.elseLabel);
    lowering.isLive = true;
  }
  if (block.clauses !== undefined) {
    const to = block.bodyEnd ?? emitter.pc;
    lowering.handlers.push({ from: block.from, to, clauses: block.clauses, delegateTo: undefined });
  }
  join(lowering, block.label, block.isLoop, block.base, endTypes);
}

/** Code goes on after a block when its end is reached or branched to. */
function join(lowering: Lowering, label: Label, isLoop: boolean, base: number, types: readonly ValType[]): void {
  if (!isLoop && label.isUsed) {
    lowering.bindHere(label);
    lowering.isLive = true;
  }
  if (lowering.isLive) lowering.emitter.reset(base, types);
}

// Legacy exceptions.

/** Begins a `catch` of the innermost `try`. */
function beginCatch(lowering: Lowering, tagidx: number): void {
  const block = lowering.block(0);
  if (!block.isLive) return;
  block.bodyEnd ??= lowering.emitter.pc;
  leavePart(lowering);
  const label = new Label();
  label.isUsed = true;
  lowering.bindHere(label);
  block.clauses!.push({ tagidx, withRef: false, at: block.at, keepAt: block.keepAt, label });
  lowering.isLive = true;
}

function delegate(lowering: Lowering): void {
  const { emitter, checker } = lowering;
  const { endTypes } = lowering.controlFrame(0);
  const block = lowering.closeBlock();
  if (!block.isLive) return;
  if (lowering.isLive) emitter.flush();
  const { index } = checker.reader;
  const target = lowering.block(index);
  const delegateTo = lowering.isOutermost(index) ? -1 : (target.bodyEnd ?? target.from);
  lowering.handlers.push({ from: block.from, to: emitter.pc, clauses: [], delegateTo });
  join(lowering, block.label, false, block.base, endTypes);
}

/** The clauses of a `try_table`, whose labels count from outside of it. */
function tryTableClauses(lowering: Lowering): HandlerClause[] {
  return lowering.checker.reader.catches.map(({ kind, tagidx, labelidx }) => {
    const withRef = kind === 'catch_ref' || kind === 'catch_all_ref';
    return { tagidx, withRef, keepAt: -1, ...lowering.landing(labelidx) };
  });
}

// Calls.

function funcTypeOf({ code }: Lowering, typeidx: number): FuncType {
  return code.module.funcType(typeidx);
}

/** Takes the arguments off the stack, which is flushed: a caller's frame is canonical while it waits. */
function takeArguments({ emitter }: Lowering, { params }: FuncType): number {
  const base = emitter.height - params.length;
  const at = base === 0 ? emitter.operandsAt : emitter.at[base]!;
  emitter.popMany(params.length);
  return at;
}

function pushResults({ emitter }: Lowering, { results }: FuncType): void {
  for (const type of results) emitter.pushTemp(type);
}

/** Emits a call and, for tail calls, the return that follows a host function called so. */
function emitCall(lowering: Lowering, op: number, type: FuncType, a: number, isTail: boolean) {
  const { emitter } = lowering;
  const instr = emitter.emit(op);
  instr.a = a;
  instr.cost = lowering.charge;
  if (isTail) {
    emitter.emitLast(RETURN);
    lowering.endLife();
  } else pushResults(lowering, type);
  return instr;
}

function directCall(isTail: boolean): Rule {
  return {
    before(lowering) {
      const { index } = lowering.checker.reader;
      const { module } = lowering.code;
      const type = funcTypeOf(lowering, module.spaces.funcs[index]!);
      lowering.emitter.flush();
      const at = takeArguments(lowering, type);
      const op = isTail ? RETURN_CALL : index < module.importedFuncs ? CALL_IMPORT : CALL;
      emitCall(lowering, op, type, at, isTail).b = index;
    },
  };
}

function indirectCall(isTail: boolean): Rule {
  return {
    before(lowering) {
      const { index, index2 } = lowering.checker.reader;
      const { emitter, code } = lowering;
      const type = funcTypeOf(lowering, index);
      const element = emitter.operand(emitter.pop());
      emitter.flush();
      const at = takeArguments(lowering, type);
      const is64 = code.module.spaces.tables[index2]!.address !== I32;
      const op = isTail ? RETURN_CALL_INDIRECT : is64 ? CALL_FAR_INDIRECT : CALL_INDIRECT;
      const instr = emitCall(lowering, op, type, at, isTail);
      instr.b = element;
      instr.c = index2;
      instr.d = code.module.typeIds[index]!;
    },
  };
}

function referenceCall(isTail: boolean): Rule {
  return {
    before(lowering) {
      const { emitter, checker } = lowering;
      const type = funcTypeOf(lowering, checker.reader.index);
      const callee = emitter.operand(emitter.pop());
      emitter.flush();
      const at = takeArguments(lowering, type);
      emitCall(lowering, isTail ? RETURN_CALL_REF : CALL_REF, type, at, isTail).b = callee;
    },
  };
}

/** Branches on a reference in `a`; `op` branches, `inverse` does when `op` does not. */
function branchOnNull(op: number, inverse: number, keepsWhenBranching: boolean): Rule {
  return {
    before(lowering) {
      const { emitter, checker } = lowering;
      const { index } = checker.reader;
      const ref = emitter.height - 1;
      emitter.materialise(ref);
      const a = emitter.at[ref]!;
      const type = emitter.types[ref]!;
      if (!keepsWhenBranching) emitter.pop();
      lowering.conditionally(index, lowering.labelTypes(index).length, (label, sense) => {
        const branch = emitter.emit(sense ? op : inverse);
        branch.a = a;
        branch.cost = lowering.charge;
        label.attach(branch);
      });
      if (keepsWhenBranching) emitter.pop();
      else emitter.pushTemp(type);
    },
  };
}

export const controlRules = {
  unreachable: {
    before(lowering) {
      lowering.emitter.emitLast(UNREACHABLE);
      lowering.endLife();
    },
  },
  nop: { before() {} },
  block: opens(false),
  loop: opens(true),
  if: {
    isStructural: true,
    before(lowering) {
      const { emitter } = lowering;
      if (!lowering.isLive) return;
      const condition = emitter.pop();
      emitter.flush();
      lowering.pendingElse = new Label();
      lowering.emitCondition(lowering.pendingElse, condition, false);
    },
    after(lowering) {
      const block = lowering.openChecked(false);
      block.elseLabel = lowering.pendingElse;
      lowering.pendingElse = undefined;
    },
  },
  else: {
    isStructural: true,
    before(lowering) {
      const block = lowering.block(0);
      if (!block.isLive) return;
      leavePart(lowering);
      lowering.bindHere(block.elseLabel!);
      block.elseLabel = undefined;
      lowering.isLive = true;
    },
    after: startPart,
  },
  end: { isStructural: true, before: end },
  br: {
    before(lowering) {
      lowering.branch(lowering.checker.reader.index);
      lowering.endLife();
    },
  },
  br_if: {
    before(lowering) {
      const condition = lowering.emitter.pop();
      lowering.branchIf(lowering.checker.reader.index, condition, true);
    },
  },
  br_table: {
    before(lowering) {
      const { emitter, checker } = lowering;
      const { labels, labelCount } = checker.reader;
      const a = emitter.operand(emitter.pop());
      emitter.flush();
      const instr = emitter.emitLast(BR_TABLE);
      instr.a = a;
      const stubs = new Map<number, TableStub>();
      instr.k = labels.slice(0, labelCount).map((labelidx) => lowering.tableEntry(labelidx, stubs));
      lowering.emitTableStubs(stubs);
      lowering.endLife();
    },
  },
  return: {
    before(lowering) {
      lowering.emitReturn();
      lowering.endLife();
    },
  },
  br_on_null: branchOnNull(BR_ON_NULL, BR_ON_NON_NULL, false),
  br_on_non_null: branchOnNull(BR_ON_NON_NULL, BR_ON_NULL, true),
  call: directCall(false),
  call_indirect: indirectCall(false),
  call_ref: referenceCall(false),
  return_call: directCall(true),
  return_call_indirect: indirectCall(true),
  return_call_ref: referenceCall(true),
  throw: {
    before(lowering) {
      const { emitter, checker, code } = lowering;
      const { index } = checker.reader;
      const { params } = funcTypeOf(lowering, code.module.spaces.tags[index]!.typeidx);
      emitter.flushFrom(emitter.height - params.length);
      const instr = emitter.emitLast(THROW);
      instr.a = params.length === 0 ? 0 : emitter.at[emitter.height - params.length]!;
      instr.b = index;
      instr.k = { words: wordsOf(params), hasRefs: hasRefs(params) } satisfies MoveExtent;
      instr.cost = lowering.charge;
      lowering.endLife();
    },
  },
  throw_ref: {
    before(lowering) {
      const { emitter } = lowering;
      const a = emitter.operand(emitter.pop());
      const instr = emitter.emitLast(THROW_REF);
      instr.a = a;
      instr.cost = lowering.charge;
      lowering.endLife();
    },
  },
  try_table: {
    isStructural: true,
    before(lowering) {
      flush(lowering);
      lowering.pendingClauses = lowering.isLive ? tryTableClauses(lowering) : undefined;
    },
    after(lowering) {
      const block = lowering.openChecked(false);
      block.clauses = lowering.pendingClauses;
      lowering.pendingClauses = undefined;
    },
  },
  try: {
    isStructural: true,
    before: flush,
    after(lowering) {
      lowering.openChecked(false, true).clauses = [];
    },
  },
  catch: {
    isStructural: true,
    before(lowering) {
      beginCatch(lowering, lowering.checker.reader.index);
    },
    after: startPart,
  },
  catch_all: {
    isStructural: true,
    before(lowering) {
      beginCatch(lowering, -1);
    },
    after: startPart,
  },
  delegate: { isStructural: true, before: delegate },
  rethrow: {
    before(lowering) {
      const { emitter, checker } = lowering;
      const instr = emitter.emitLast(RETHROW);
      instr.a = lowering.block(checker.reader.index).keepAt;
      instr.cost = lowering.charge;
      lowering.endLife();
    },
  },
} satisfies Partial<Record<Mnemonic, Rule>>;
