/**
 * Changes the code that an instance runs: an inspector gives it a clear twin of its own, which probes may
 * change, so that other instances of the module run on as they were.
 */
import type { Instance, ModuleCode } from '../runtime/index.ts';
import { InternalError } from '../syntax/index.ts';
import type { Fiber } from './fiber.ts';
import { callAt, clearAt, isBetween, isEntry, placeOf } from './places.ts';
import { codeAt } from './potential.ts';
import { EXIT, LINK } from './pseudo.ts';

/** Can the fiber change over now? It cannot in the middle of an instruction. */
export function isConvertible(t: Fiber): boolean {
  const { n, from } = t;
  return n === null || t.sp === 0 || t.hostCall !== null || (from !== null && isBetween(t, from, n));
}

/**
 * Makes an instance run other code of its module; fibers in the middle of it go on there.
 *
 * @param fibers all that may run it; each must be convertible
 */
export function changeCode(instance: Instance, code: ModuleCode, fibers: readonly Fiber[]): void {
  if (instance.code === code) return;
  const running = fibers.filter((t) => t.sp > 0 && t.n !== null);
  const places = running.map((t) => (t.instance === instance ? placeOfInnermost(t) : undefined));
  instance.code = code;
  for (const f of instance.funcs) {
    if (f.instance === instance) f.code = code.codes[f.funcidx - code.importedFuncs]!;
  }
  running.forEach((t, i) => {
    recodeCallers(t, instance, code);
    const pc = places[i];
    if (pc !== undefined) recodeInnermost(t, code, pc);
  });
}

/** The byte offset where a fiber stands. Fuel becomes exact, as clear code counts it. */
function placeOfInnermost(t: Fiber): number {
  const n = t.n!;
  if (t.hostCall !== null || isEntry(n)) return n.pc;
  const place = placeOf(t, t.from!, n);
  if (place === undefined) throw new InternalError('a fiber changes its code inside of an instruction');
  t.meter.settle(place.uncounted);
  return place.pc;
}

function recodeInnermost(t: Fiber, code: ModuleCode, pc: number): void {
  const own = codeAt(code, pc);
  if (t.hostCall !== null) t.n = callAt(own, pc);
  else t.n = isEntry(t.n!) ? own.entry : clearAt(own, pc);
  t.from = EXIT;
  t.passed = null;
}

/** Innermost first; below a host function that has called the guest back, the run that it has interrupted. */
function recodeCallers(t: Fiber, instance: Instance, code: ModuleCode): void {
  let { instance: current, aside } = t;
  let links = t.links.length;
  for (let i = t.sp - 1; i >= 0; i--) {
    const call = t.OS[i]!;
    if (call === LINK) current = t.links[--links]!;
    else if (call !== EXIT) {
      if (current === instance) t.OS[i] = callAt(codeAt(code, call.pc), call.pc);
    } else if (aside !== null && i > 0) {
      current = aside.instance;
      links = aside.links;
      if (current === instance) aside.n = callAt(codeAt(code, aside.n!.pc), aside.n!.pc);
      aside = aside.aside;
    }
  }
}
