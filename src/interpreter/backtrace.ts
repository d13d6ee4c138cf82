/** A fiber's frames as a wasm backtrace, innermost first. */
import type { Instance, Instr, ModuleCode } from '../runtime/index.ts';
import type { BacktraceFrame } from '../syntax/index.ts';
import type { Fiber } from './fiber.ts';
import { codeAt } from './potential.ts';
import { EXIT, LINK } from './pseudo.ts';

/** Innermost frames kept of a deep stack. */
const MAX_FRAMES = 200;

/** The frames of the innermost invocation from the host. */
export function backtrace(t: Fiber): readonly BacktraceFrame[] {
  const frames: BacktraceFrame[] = [];
  let instance: Instance = t.instance;
  let links = t.links.length;
  if (t.n !== null && t.n.pc >= 0) frames.push(frameOf(instance, t.n));
  for (let i = t.sp - 1; i >= 0; i--) {
    const call = t.OS[i]!;
    if (call === EXIT) break;
    if (call === LINK) instance = t.links[--links]!;
    else if (frames.length < MAX_FRAMES) frames.push(frameOf(instance, call));
  }
  return frames;
}

function frameOf(instance: Instance, { pc }: Instr): BacktraceFrame {
  const { funcidx } = codeAt(instance.code, pc);
  const { module } = instance.code;
  return { funcidx, funcName: funcName(instance.code, funcidx), moduleName: module.names.module, byteOffset: pc };
}

/** A function's name: from the name section, else the first export of it. */
export function funcName({ module }: ModuleCode, funcidx: number): string | undefined {
  const named = module.names.functions.get(funcidx);
  if (named !== undefined) return named;
  return module.exports.find(({ kind, index }) => kind === 'func' && index === funcidx)?.name;
}
