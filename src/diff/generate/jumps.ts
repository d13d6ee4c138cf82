/** Jumps and calls: branches to blocks around, indirect and tail calls, exceptions and their handlers. */

import type { CatchClause } from '../../decoder/index.ts';
import { writeCatches, writeLabels } from '../../encoder/index.ts';
import {
  abstractHeapTypes,
  concreteHeapType,
  EXNREF,
  type FuncType,
  I32,
  refType,
  type ValType,
} from '../../syntax/index.ts';
import type { CodeGenerator, Frame } from './code-generator.ts';
import { sameTypes } from './random-types.ts';

/** The labels that a branch may go to, counted from the innermost; loops seldom, since nothing counts there. */
function labels(g: CodeGenerator, fits: (frame: Frame) => boolean): number[] {
  const { frames, choices } = g;
  const withLoops = choices.chance(20);
  return frames.flatMap((frame, i) => {
    const isAllowed = (frame.counter === undefined || withLoops) && fits(frame);
    return isAllowed ? [frames.length - 1 - i] : [];
  });
}

function labelTypes(g: CodeGenerator, labelidx: number): readonly ValType[] {
  return g.frames.at(-1 - labelidx)!.label;
}

/** Writes a jump in an `if`, so that what comes after it is not dead. */
export function sometimes(g: CodeGenerator, jump: (g: CodeGenerator) => void): void {
  g.value(I32).op('if').writeBlockType([], []);
  g.effect(1);
  g.enclosed([], [], () => jump(g));
  g.op('end');
}

/** Leaves the block that is being made in some way; nothing comes after it there. */
export function leave(g: CodeGenerator): void {
  const jumps = [branch, branch, returnNow, branchTable, trap];
  if (g.plan.tags.length > 0) jumps.push(throwNow);
  if (g.plan.knows('tail-call')) jumps.push(tailCall);
  g.choices.pick(jumps)(g);
}

export function branch(g: CodeGenerator): void {
  const found = labels(g, () => true);
  // The function's own label is one of them, whatever else is.
  const labelidx = found.length === 0 ? g.frames.length - 1 : g.choices.pick(found);
  g.take(labelTypes(g, labelidx)).op('br', labelidx);
}

export function returnNow(g: CodeGenerator): void {
  g.take(g.type.results).op('return');
}

export function trap(g: CodeGenerator): void {
  if (g.choices.chance(3)) g.op('unreachable');
  else returnNow(g);
}

export function throwNow(g: CodeGenerator): void {
  const tagidx = g.choices.below(g.plan.tags.length);
  g.take(g.plan.tags[tagidx]!.params).op('throw', tagidx);
}

export function branchTable(g: CodeGenerator): void {
  const all = labels(g, () => true);
  const last = all.length === 0 ? g.frames.length - 1 : g.choices.pick(all);
  const types = labelTypes(g, last);
  const same = labels(g, ({ label }) => sameTypes(label, types));
  const targets = same.length === 0 ? [] : g.choices.list(0, 4, () => g.choices.pick(same));
  g.take(types);
  if (g.choices.chance(3)) g.value(I32);
  else g.i32(g.choices.below(targets.length + 2));
  g.op('br_table');
  writeLabels(g.out, [...targets, last]);
}

export function branchIf(g: CodeGenerator): void {
  const inner = g.frames.findIndex(({ counter }) => counter !== undefined);
  const counter = inner < 0 ? undefined : g.frames[inner]!.counter;
  if (counter !== undefined && g.choices.chance(3)) {
    const labelidx = g.frames.length - 1 - inner;
    g.take(labelTypes(g, labelidx)).countDown(counter);
    g.op('br_if', labelidx).effect(1);
    return;
  }
  const found = labels(g, () => true);
  const labelidx = found.length === 0 ? g.frames.length - 1 : g.choices.pick(found);
  const types = labelTypes(g, labelidx);
  g.take([...types, I32])
    .op('br_if', labelidx)
    .effect(types.length + 1, ...types);
}

// Calls

export function call(g: CodeGenerator): void {
  const callees = g.callees(() => true);
  if (callees.length === 0) {
    g.op('nop');
    return;
  }
  const funcidx = g.choices.pick(callees);
  const { params, results } = g.plan.funcs[funcidx]!.type;
  g.take(params)
    .op('call', funcidx)
    .effect(params.length, ...results);
}

/** An element of a table that holds a function which may be called from here. */
function callableElement(
  g: CodeGenerator,
  fits: (type: FuncType) => boolean,
): { tableidx: number; index: number; funcidx: number } | undefined {
  const callees = new Set(g.callees(fits));
  const found = g.plan.tables.flatMap(({ funcs }, tableidx) =>
    funcs.flatMap((funcidx, index) => (callees.has(funcidx) ? [{ tableidx, index, funcidx }] : [])),
  );
  return found.length === 0 ? undefined : g.choices.pick(found);
}

function pushIndex(g: CodeGenerator, tableidx: number, index: number): void {
  const { address } = g.plan.tables[tableidx]!.type;
  if (g.choices.chance(12)) g.value(address);
  else g.address(address, index);
}

export function callIndirect(g: CodeGenerator): void {
  const found = callableElement(g, () => true);
  if (found === undefined) {
    call(g);
    return;
  }
  const { typeidx, type } = g.plan.funcs[found.funcidx]!;
  g.take(type.params);
  pushIndex(g, found.tableidx, found.index);
  g.op('call_indirect', typeidx, found.tableidx).effect(type.params.length + 1, ...type.results);
}

/** Pushes a reference to a function which may be called from here. */
function pushFunction(g: CodeGenerator, funcidx: number): void {
  const { typeidx } = g.plan.funcs[funcidx]!;
  const type = refType(concreteHeapType(typeidx), true);
  if (g.choices.chance(16)) g.value(type);
  else g.op('ref.func', funcidx).effect(0, type);
}

export function callRef(g: CodeGenerator): void {
  const callees = g.callees(() => true);
  if (callees.length === 0) {
    g.op('nop');
    return;
  }
  const funcidx = g.choices.pick(callees);
  const { typeidx, type } = g.plan.funcs[funcidx]!;
  g.take(type.params);
  pushFunction(g, funcidx);
  g.op('call_ref', typeidx).effect(type.params.length + 1, ...type.results);
}

export function tailCall(g: CodeGenerator): void {
  g.choices.pick([returnCall, returnCallIndirect, ...(g.plan.knows('function-references') ? [returnCallRef] : [])])(g);
}

const fitsTail = (g: CodeGenerator) => (type: FuncType) => {
  const { results } = g.type;
  return type.results.length === results.length && type.results.every((each, i) => g.isSubtype(each, results[i]!));
};

/** One that returns what this function returns; itself when there is no other. */
function tailCallee(g: CodeGenerator): number {
  const callees = g.callees(fitsTail(g));
  return callees.length === 0 ? g.funcidx : g.choices.pick(callees);
}

export function returnCall(g: CodeGenerator): void {
  const funcidx = tailCallee(g);
  g.take(g.plan.funcs[funcidx]!.type.params).op('return_call', funcidx);
}

export function returnCallIndirect(g: CodeGenerator): void {
  const found = callableElement(g, fitsTail(g));
  if (found === undefined) {
    returnCall(g);
    return;
  }
  const { typeidx, type } = g.plan.funcs[found.funcidx]!;
  g.take(type.params);
  pushIndex(g, found.tableidx, found.index);
  g.op('return_call_indirect', typeidx, found.tableidx);
}

export function returnCallRef(g: CodeGenerator): void {
  const funcidx = tailCallee(g);
  const { typeidx, type } = g.plan.funcs[funcidx]!;
  g.take(type.params);
  pushFunction(g, funcidx);
  g.op('return_call_ref', typeidx);
}

// Exceptions

/** Code of which an exception may come. */
function protectedCode(g: CodeGenerator): void {
  g.statements();
  if (g.plan.tags.length > 0 && g.choices.chance(2)) sometimes(g, throwNow);
  g.settle();
}

/** Puts away what a handler gets, then makes what the block ends with. */
function handle(g: CodeGenerator): void {
  if (!g.isDeep) g.statements();
  g.settle();
}

/** `try_table` in a block that its handler leaves through. */
export function tryTable(g: CodeGenerator): void {
  const results = g.blockTypes();
  const tagidx = g.choices.below(g.plan.tags.length);
  const tag = g.plan.tags[tagidx];
  const isAll = tag === undefined || g.choices.chance(3);
  const withRef = g.choices.chance(2);
  const payload = [...(isAll ? [] : tag.params), ...(withRef ? [EXNREF] : [])];
  const kind = `catch${isAll ? '_all' : ''}${withRef ? '_ref' : ''}` as CatchClause['kind'];
  const clauses: CatchClause[] = [{ kind, tagidx: isAll ? -1 : tagidx, labelidx: 0 }];
  g.op('block').writeBlockType([], results);
  g.enclosed([], results, () => {
    g.op('block').writeBlockType([], payload);
    g.enclosed([], payload, () => {
      g.op('try_table').writeBlockType([], results);
      writeCatches(g.out, [...otherClauses(g), ...clauses]);
      g.enclosed([], results, () => protectedCode(g));
      g.op('end').op('br', 1);
    });
    g.op('end');
    handle(g);
  });
  g.op('end');
}

/** Handlers around that take just what a clause brings. */
function otherClauses(g: CodeGenerator): CatchClause[] {
  if (!g.choices.chance(3)) return [];
  const clauses = g.plan.tags.flatMap(({ params }, tagidx): CatchClause[] => {
    const found = labels(g, ({ label }) => sameTypes(label, params));
    return found.length === 0 ? [] : [{ kind: 'catch', tagidx, labelidx: g.choices.pick(found) }];
  });
  return clauses.slice(0, 1);
}

export function throwRef(g: CodeGenerator): void {
  sometimes(g, () => g.value(EXNREF).op('throw_ref'));
}

/** A reference to an exception, which the code itself throws. */
export function caughtException(g: CodeGenerator, type: ValType): void {
  const tagidx = g.choices.below(g.plan.tags.length);
  const exn = refType(abstractHeapTypes.exn, false);
  g.op('block').writeBlockType([], [exn]);
  g.enclosed([], [exn], () => {
    g.op('try_table').writeBlockType([], []);
    writeCatches(g.out, [{ kind: 'catch_all_ref', tagidx: -1, labelidx: 0 }]);
    g.enclosed([], [], () => g.values(g.plan.tags[tagidx]!.params).op('throw', tagidx));
    g.op('end').op('unreachable');
  });
  g.op('end').effect(1, type);
}

/** The withdrawn kind: handlers follow the code, or an outer block has them. */
export function tryBlock(g: CodeGenerator): void {
  const params = g.blockTypes();
  const results = g.blockTypes();
  g.take(params).op('try').writeBlockType(params, results);
  g.enclosed(params, results, () => protectedCode(g));
  if (g.choices.chance(5)) {
    g.op('delegate', g.choices.below(g.frames.length));
    return;
  }
  const { tags } = g.plan;
  for (const [tagidx, tag] of tags.entries()) {
    if (!g.choices.chance(2)) continue;
    g.effect(results.length).op('catch', tagidx);
    g.effect(0, ...tag.params).enclosed(tag.params, results, () => handle(g), { isHandler: true });
  }
  if (tags.length === 0 || g.choices.chance(2)) {
    g.effect(results.length).op('catch_all');
    g.enclosed([], results, () => handle(g), { isHandler: true });
  }
  g.op('end');
}

export function rethrow(g: CodeGenerator): void {
  const handlers = g.frames.flatMap(({ isHandler }, i) => (isHandler ? [g.frames.length - 1 - i] : []));
  if (handlers.length === 0) {
    g.op('try').writeBlockType([], []);
    g.enclosed([], [], () => protectedCode(g));
    g.op('catch_all').enclosed([], [], () => sometimes(g, () => g.op('rethrow', 1)), { isHandler: true });
    g.op('end');
    return;
  }
  const outer = g.choices.pick(handlers);
  // The `if` is one more block.
  sometimes(g, () => g.op('rethrow', outer + 1));
}

// Branches on references

/** `br_on_cast` and its twin, in a block that takes what they branch with. */
export function branchOnNonNull(g: CodeGenerator, type: ValType): void {
  const nonNull = refType((type >> 8) as Parameters<typeof refType>[0], false);
  g.op('block').writeBlockType([], [nonNull]);
  g.enclosed([], [nonNull], () => {
    g.value(type).op('br_on_non_null', 0).effect(1);
    g.value(nonNull);
  });
  g.op('end');
}

export function branchOnNull(g: CodeGenerator, type: ValType): void {
  const found = labels(g, () => true);
  const labelidx = found.length === 0 ? g.frames.length - 1 : g.choices.pick(found);
  const types = labelTypes(g, labelidx);
  const nonNull = refType((type >> 8) as Parameters<typeof refType>[0], false);
  g.take(types).value(type).op('br_on_null', labelidx);
  g.effect(types.length + 1, ...types, nonNull);
}
