/** What a watched place holds now, as text. */
import { type Fiber, frameLayout } from '../../interpreter/index.ts';
import { isRef, translateValType } from '../../syntax/index.ts';
import { valueText } from '../frames/index.ts';
import type { WatchTarget } from './watchpoint.ts';

/** Bytes of memory that a text shows. */
const SHOWN_BYTES = 32;

/** @param t the fiber whose local is watched */
export function watchedText(target: WatchTarget, t: Fiber | undefined): string {
  if (target.kind === 'memory') {
    const { memory, byteOffset, byteLength } = target;
    const bytes = memory.bytes.subarray(byteOffset, byteOffset + Math.min(byteLength, SHOWN_BYTES));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  }
  if (target.kind === 'global') {
    const { type, words, ref } = target.global;
    const [lo = 0, hi = 0, x2 = 0, x3 = 0] = words;
    return valueText(type.content, { lo, hi, x2, x3, ref }, undefined);
  }
  if (target.kind === 'table') {
    const { table, index } = target;
    const ref = index < table.length ? table.elements[index] : null;
    return valueText(table.type.element, { lo: 0, hi: 0, x2: 0, x3: 0, ref }, undefined);
  }
  return t === undefined ? '' : localText(t, target);
}

function localText(t: Fiber, { func, localidx }: Extract<WatchTarget, { kind: 'local' }>): string {
  const code = func.code!;
  const { locals, localAt } = frameLayout(code, code.func.body.byteOffset, false);
  const type = translateValType(locals[localidx]!, code.module.typeIds);
  const at = t.fp + localAt[localidx]!;
  const [lo = 0, hi = 0, x2 = 0, x3 = 0] = t.I.subarray(at, at + 4);
  const ref = isRef(type) ? t.R[at >> 1] : null;
  return valueText(type, { lo, hi, x2, x3, ref }, func.instance ?? undefined);
}
