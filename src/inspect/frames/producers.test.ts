/**
 * Producers against what happens: random guests run instruction by instruction, and a shadow of their operand
 * stacks keeps which instruction made each operand. The shadow knows operand counts from the printer's table,
 * and where branches went from where the guest stands next; it knows nothing of the walk it checks.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exportEverything, inGlassboxSide } from '../../../spec-tests/generate/engine-sides.ts';
import { generateModule } from '../../../spec-tests/generate/random-module.ts';
import { StoppedGuest } from '../../../spec-tests/generate/stopped-guest.ts';
import { Random, Tape } from '../../../spec-tests/generate/tape.ts';
import { InstructionReader } from '../../decoder/index.ts';
import { captureFiber, type Fiber } from '../../interpreter/index.ts';
import { type Code, Func } from '../../runtime/index.ts';
import { GlassboxError, instructions, type Mnemonic } from '../../syntax/index.ts';
import { arityContext, arityOf } from '../../text/print-arity.ts';
import { frameCount, framesOf, WasmFrame } from './frames.ts';
import { describePlace } from './place.ts';

const limits = { fuel: 3000, maxFrames: 60, maxMemoryBytes: 2 ** 21 };
const MAX_STEPS = 400;

/** Made by a handler, which one is not known. */
const CAUGHT = -1;
const handlers: ReadonlySet<Mnemonic> = new Set(['try_table', 'catch', 'catch_all']);
const blocks: ReadonlySet<Mnemonic> = new Set(['block', 'loop', 'if', 'try', 'try_table']);
const throwing: ReadonlySet<Mnemonic> = new Set(['throw', 'throw_ref', 'rethrow']);

/** The operands of one frame by who made them, and the instruction that runs there. */
interface Shadow {
  readonly code: Code;
  stack: number[];
  pc: number;
}

/** What an instruction does to the stack, as far as it can be told before it runs. */
interface Effect {
  readonly mnemonic: Mnemonic;
  readonly taken: number;
  readonly made: number;
  /** Where control goes without a branch. */
  readonly nextPc: number;
}

function effectOf(code: Code, pc: number): Effect {
  const { module } = code.module;
  const { body } = code.func;
  const reader = new InstructionReader(module.bytes, pc, body.byteOffset + body.byteLength);
  reader.next();
  const { labels } = describePlace(code, pc, false);
  const mnemonic = instructions[reader.id]!.name;
  const [taken, made] = arityOf(reader, {
    ...arityContext(module),
    labelArity: (labelidx) => labels[labelidx]!.types.length,
    returnArity: code.module.funcType(code.func.typeidx).results.length,
  });
  return { mnemonic, taken, made, nextPc: reader.offset };
}

/** The operands after the instruction at `shadow.pc`, given that the frame goes on with `height` of them. */
function after(shadow: Shadow, height: number): number[] {
  const { stack, pc } = shadow;
  const { mnemonic, taken, made } = effectOf(shadow.code, pc);
  if (throwing.has(mnemonic)) return landed(stack, height);
  if (blocks.has(mnemonic)) return mnemonic === 'if' ? stack.slice(0, -1) : stack;
  if (mnemonic.startsWith('br')) return branched(shadow, height);
  const left = stack.slice(0, stack.length - taken);
  return left.length + made === height ? [...left, ...Array.from({ length: made }, () => pc)] : landed(stack, height);
}

/** A branch carries the topmost operands down to where `height` is reached, or leaves them as they are. */
function branched({ stack, code, pc }: Shadow, height: number): number[] {
  const { mnemonic } = effectOf(code, pc);
  const hasCondition = mnemonic === 'br_if' || mnemonic === 'br_table';
  const carried = hasCondition ? stack.slice(0, -1) : stack;
  if (mnemonic === 'br_on_null' && carried.length !== height) return dropBelowTop(stack.slice(0, -1), height, code, pc);
  return mnemonic === 'br_on_non_null' && carried.length - 1 === height
    ? carried.slice(0, -1)
    : dropBelowTop(carried, height, code, pc);
}

function dropBelowTop(stack: number[], height: number, code: Code, pc: number): number[] {
  const { made, mnemonic, taken } = effectOf(code, pc);
  const carriedCount =
    mnemonic === 'br' ? taken : mnemonic === 'br_table' ? taken - 1 : made - (mnemonic === 'br_on_null' ? 1 : 0);
  const count = Math.min(carriedCount, stack.length);
  return [...stack.slice(0, height - count), ...stack.slice(stack.length - count)];
}

/** A handler cuts the stack and pushes what it caught; how much of each is not known. */
function landed(stack: readonly number[], height: number): number[] {
  return Array.from({ length: height }, (_, i) => (i < stack.length ? (stack[i] as number) : CAUGHT));
}

test('operands were made by their producers, in random guests', () => {
  const counts = { steps: 0, operands: 0, joined: 0 };
  const check = (seed: number): void => {
    const random = new Random(seed);
    const bytes = exportEverything(generateModule(new Tape(random.bytes(600)), 'all'));
    const side = sideOf(bytes);
    if (side === undefined) return;
    for (const extern of side.instance.entry.exports.values()) {
      if (!(extern instanceof Func) || extern.instance === null) continue;
      const words = Array.from({ length: 32 }, () => (random.below(2) === 0 ? random.below(4) : random.word() | 0));
      try {
        follow(new StoppedGuest(extern.instance, side.store.meter, extern, words), counts);
      } catch (error) {
        // Guests may trap and run out of fuel.
        if (!(error instanceof GlassboxError) || error.name === 'InternalError') throw error;
      }
    }
  };
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e6 }), check), { numRuns: 250, seed: 9 });
  expect(counts.steps).toBeGreaterThan(2000);
  expect(counts.operands).toBeGreaterThan(3000);
  expect(counts.joined).toBeGreaterThan(20);
});

function sideOf(bytes: Uint8Array) {
  try {
    return inGlassboxSide(bytes, 'clear', limits);
  } catch (error) {
    if (error instanceof GlassboxError && error.name !== 'InternalError') return undefined;
    throw error;
  }
}

function follow(guest: StoppedGuest, counts: { steps: number; operands: number; joined: number }): void {
  const { fiber } = guest;
  let shadows: Shadow[] = [];
  for (let steps = 0; guest.step(steps === 0 ? 0 : 1) === 'paused' && steps < MAX_STEPS; steps++) {
    counts.steps++;
    compareFrames(fiber);
    shadows = moved(fiber, shadows);
    for (const [level, shadow] of shadows.entries()) compare(shadow, level > 0, counts);
  }
}

/** Frames are those of the fiber's state. */
function compareFrames(fiber: Fiber): void {
  const frames = framesOf(fiber).filter((frame) => frame instanceof WasmFrame);
  const state = captureFiber(fiber)!.frames.slice().reverse();
  expect(frameCount(fiber)).toBe(state.length);
  expect(frames.map(({ funcidx, byteOffset, fp }) => [funcidx, byteOffset, fp])).toEqual(
    state.map(({ funcidx, pc, fp }) => [funcidx, pc, fp]),
  );
  expect(frames.every(({ instance }, i) => instance === state[i]!.instance)).toBe(true);
}

/** The shadows of the frames that are there after a step, innermost first. */
function moved(fiber: Fiber, former: readonly Shadow[]): Shadow[] {
  const frames = framesOf(fiber).filter((frame) => frame instanceof WasmFrame);
  const innermost = frames[0]!;
  const { code, byteOffset: pc } = innermost;
  const height = describePlace(code, pc, false).operands.length;
  const callers = former.slice(former.length - (frames.length - 1));
  if (frames.length > former.length) return [{ code, stack: [], pc }, ...former];
  const own = former[former.length - frames.length]!;
  const isTail = former.length === frames.length && effectOf(own.code, own.pc).mnemonic.startsWith('return_call');
  const isEntered = isTail && pc === code.func.body.byteOffset;
  const stack = isEntered ? [] : after(own, height);
  return [{ code, stack, pc }, ...callers];
}

function compare({ code, stack, pc }: Shadow, isWaiting: boolean, counts: { operands: number; joined: number }): void {
  const { operands, isReachable } = describePlace(code, pc, isWaiting);
  expect(isReachable).toBe(true);
  operands.forEach(({ producers }, i) => {
    counts.operands++;
    if (producers.length > 1) counts.joined++;
    const maker = stack[i] as number;
    if (maker !== CAUGHT) expect(producers, `operand ${i} before byte ${pc}`).toContain(maker);
    else {
      const names = producers.map((offset) => describePlace(code, offset, false).mnemonic as Mnemonic);
      expect(names.some((name) => handlers.has(name))).toBe(true);
    }
  });
}
