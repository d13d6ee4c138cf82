/**
 * A function body as a list of instructions, each with the operand types before it and the depth of its block: what it
 * takes to cut a piece out and put in its place what keeps the types.
 */
import { ByteWriter, writeOpcode } from '../../encoder/index.ts';
import {
  BOTTOM,
  F32,
  F64,
  heapTypeOf,
  I32,
  I64,
  type InstrId,
  instrId,
  isDefaultable,
  isRef,
  type Mnemonic,
  V128,
  type ValType,
} from '../../syntax/index.ts';
import { BodyChecker, type ModuleContext } from '../../validator/index.ts';
import { Code } from '../prepare/index.ts';

export interface Step {
  readonly id: InstrId;
  readonly bytes: Uint8Array;
  /** Operand types before it. */
  readonly before: readonly ValType[];
  /** Blocks around it. */
  readonly depth: number;
  /** Nothing comes here. */
  readonly isDead: boolean;
}

/** The instructions of a function, the final `end` last. */
export function stepsOf(context: ModuleContext, funcidx: number): Step[] {
  const checker = new BodyChecker(context, funcidx);
  const steps: Step[] = [];
  while (checker.next()) {
    const { reader } = checker;
    steps.push({
      id: reader.id,
      bytes: reader.bytes.slice(reader.at, reader.offset),
      before: checker.stack.slice(0, checker.height),
      depth: checker.depth,
      isDead: checker.controls[checker.depth - 1]!.unreachable,
    });
    checker.check();
  }
  return steps;
}

/** Pushes the type's zero or null; false where it has none. */
export function pushDefault(code: Code, type: ValType): boolean {
  if (type === I32) code.i32(0);
  else if (type === I64) code.i64(0, 0);
  else if (type === F32) code.f32(0);
  else if (type === F64) code.f64(0, 0);
  else if (type === V128) code.v128([0, 0, 0, 0]);
  else if (type === BOTTOM || !isRef(type) || !isDefaultable(type)) return false;
  else code.heap('ref.null', heapTypeOf(type));
  return true;
}

/** Instructions that turn operands of one list of types into another; `undefined` where none are known. */
export function bridge(before: readonly ValType[], after: readonly ValType[]): Uint8Array | undefined {
  let common = 0;
  while (common < before.length && before[common] === after[common]) common++;
  const code = new Code();
  for (let i = common; i < before.length; i++) code.op('drop');
  for (const type of after.slice(common)) if (!pushDefault(code, type)) return undefined;
  return code.out.toBytes();
}

/** A body of a function that does nothing but give its results' zeros, or traps where they have none. */
export function emptyBody(results: readonly ValType[]): Uint8Array {
  const code = new Code();
  for (const type of results) {
    if (pushDefault(code, type)) continue;
    const trap = new Code();
    trap.op('unreachable', 'end');
    return trap.out.toBytes();
  }
  code.op('end');
  return code.out.toBytes();
}

/** The steps with `[from, to)` replaced. */
export function spliced(steps: readonly Step[], from: number, to: number, replacement: Uint8Array): Uint8Array {
  const out = new ByteWriter();
  for (let i = 0; i < from; i++) out.bytes(steps[i]!.bytes);
  out.bytes(replacement);
  for (let i = to; i < steps.length; i++) out.bytes(steps[i]!.bytes);
  return out.toBytes();
}

/** A piece of code and its replacement. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly replacement: Uint8Array;
}

const named = (...names: Mnemonic[]) => new Set(names.map((name) => instrId(name)));
const openers = named('block', 'loop', 'if', 'try', 'try_table');
const middles = named('else', 'catch', 'catch_all');
const IF = instrId('if');
const ELSE = instrId('else');
const LOOP = instrId('loop');
const END = instrId('end');
const DELEGATE = instrId('delegate');

/**
 * Where the block that opens at `from` ends (the place of its `end`, or of the `delegate` that ends it), and of its
 * `else`, when it has one.
 */
function blockEnd(steps: readonly Step[], from: number): { end: number; middle: number | undefined } {
  const depth = steps[from]!.depth + 1;
  let middle: number | undefined;
  for (let i = from + 1; i < steps.length; i++) {
    const { id, depth: inner } = steps[i]!;
    if (inner !== depth) continue;
    if (id === ELSE) middle = i;
    if (id === END || id === DELEGATE) return { end: i, middle };
  }
  return { end: steps.length - 1, middle };
}

function opcode(name: Mnemonic): Uint8Array {
  const out = new ByteWriter();
  writeOpcode(out, instrId(name));
  return out.toBytes();
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter();
  for (const part of parts) out.bytes(part);
  return out.toBytes();
}

/** A run of about `size` steps from one on that could go, blocks in it as a whole. */
export function cutAt(steps: readonly Step[], from: number, size: number): Cut | undefined {
  const { depth } = steps[from]!;
  let to = from;
  let taken = 0;
  while (taken < size && to < steps.length - 1) {
    const { id, depth: inner } = steps[to]!;
    if (inner < depth || (inner === depth && (id === END || id === DELEGATE || middles.has(id)))) break;
    if (openers.has(id)) {
      const { end } = blockEnd(steps, to);
      taken += end + 1 - to;
      to = end + 1;
    } else {
      taken++;
      to++;
    }
  }
  if (to === from) return undefined;
  const replacement = bridge(steps[from]!.before, steps[to]!.before);
  if (replacement === undefined) return undefined;
  // Zeros in the place of zeros would go on for ever.
  const isSame = Buffer.compare(replacement, joined(...steps.slice(from, to).map(({ bytes }) => bytes))) === 0;
  return isSame ? undefined : { from, to, replacement };
}

/** Blocks made simpler: a loop that does not loop, an `if` that always goes one way. */
export function simplerBlocks(steps: readonly Step[]): Cut[] {
  return steps.flatMap((step, from): Cut[] => {
    if (step.id === LOOP) {
      return [{ from, to: from + 1, replacement: joined(opcode('block'), step.bytes.subarray(1)) }];
    }
    if (step.id !== IF) return [];
    const { end, middle } = blockEnd(steps, from);
    const block = joined(opcode('drop'), opcode('block'), step.bytes.subarray(1));
    const text = (a: number, b: number) => joined(...steps.slice(a, b).map(({ bytes }) => bytes));
    const then = { from, to: end + 1, replacement: joined(block, text(from + 1, middle ?? end), opcode('end')) };
    if (middle === undefined) return [then];
    return [then, { from, to: end + 1, replacement: joined(block, text(middle + 1, end), opcode('end')) }];
  });
}

/** Code behind a jump: never run, and free to go. */
export function deadCuts(steps: readonly Step[]): Cut[] {
  const cuts: Cut[] = [];
  for (let from = 0; from < steps.length; from++) {
    const { isDead, depth, id } = steps[from]!;
    if (!isDead || id === END || middles.has(id)) continue;
    let to = from;
    while (to < steps.length && (steps[to]!.depth > depth || !isBoundary(steps[to]!.id))) to++;
    cuts.push({ from, to, replacement: new Uint8Array(0) });
    from = to;
  }
  return cuts;
}

function isBoundary(id: InstrId): boolean {
  return id === END || middles.has(id);
}
