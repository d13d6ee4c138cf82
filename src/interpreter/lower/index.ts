/** Lowering: a function's body to slot instructions, on demand. */
import { InstructionReader } from '../../decoder/index.ts';
import type { Code, Instr, LoweredBody } from '../../runtime/index.ts';
import { instrId } from '../../syntax/index.ts';
import { BodyChecker, createContext, type ModuleContext } from '../../validator/index.ts';
import { Lowering } from './lowering.ts';

const TRY = instrId('try');
const TRY_BYTE = 0x06;
const DELEGATE = instrId('delegate');

const contexts = new WeakMap<object, ModuleContext>();

/** What the checker needs of a function's module; made once for each. */
export function contextOf(code: Code): ModuleContext {
  const { module } = code.module;
  const known = contexts.get(module) ?? createContext(module);
  contexts.set(module, known);
  return known;
}

function lower(code: Code, isClear: boolean): LoweredBody {
  // Few bodies have a legacy `try`; finding out takes reading all of it.
  return lowerWith(code, isClear, 0) ?? lowerWith(code, isClear, legacyTryCount(code))!;
}

function lowerWith(code: Code, isClear: boolean, hiddenSlots: number): LoweredBody | undefined {
  const checker = new BodyChecker(contextOf(code), code.funcidx);
  return new Lowering(code, checker, isClear, hiddenSlots).lower();
}

/** Legacy `try` blocks of a body that are open at once: as many exceptions may have to be kept. */
export function legacyTryCount({ func, module }: Code): number {
  const { bytes } = module.module;
  const { byteOffset, byteLength } = func.body;
  const end = byteOffset + byteLength;
  const first = bytes.indexOf(TRY_BYTE, byteOffset);
  if (first < 0 || first >= end) return 0;
  const reader = new InstructionReader(bytes, byteOffset, end);
  let depth = 0;
  let count = 0;
  while (!reader.done) {
    reader.next();
    if (reader.id === TRY) depth++;
    if (reader.id === DELEGATE) depth--;
    count = Math.max(count, depth);
  }
  return count;
}

/** The clear code of a function, lowered when first wanted. */
export function clearBody(code: Code): LoweredBody {
  if (code.clear === undefined) {
    code.clear = lower(code, true);
    code.module.onClear?.(code);
  }
  return code.clear;
}

/** The entry of the code that runs when nobody looks; the function's stub gives way to it. */
export function loweredEntry(code: Code): Instr {
  if (code.module.lowering === 'clear') code.entry = clearBody(code).entry;
  else {
    code.fast ??= code.module.kept?.body(code) ?? lower(code, false);
    code.entry = code.fast.entry;
  }
  return code.entry;
}
