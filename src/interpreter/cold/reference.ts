/** References and vectors in locals, operands and globals; references index their stack at half the word offset. */
import { Trap } from '../../syntax/index.ts';
import type { ColdHandler } from './handler.ts';

/** What `move` carries: words `[a, a + words)` to `c`, with their references when there are any. */
export interface MoveExtent {
  readonly words: number;
  readonly hasRefs: boolean;
}

export const referenceHandlers = {
  'ref.null': ({ R }, n, fp) => {
    R[(fp + n.c) >> 1] = null;
  },
  'ref.func': (t, n, fp) => {
    t.R[(fp + n.c) >> 1] = t.instance.funcs[n.a];
  },
  'ref.eq': ({ R, I }, n, fp) => {
    I[fp + n.c] = R[(fp + n.a) >> 1] === R[(fp + n.b) >> 1] ? 1 : 0;
  },
  'ref.as_non_null': ({ R }, n, fp) => {
    const ref = R[(fp + n.a) >> 1];
    if (ref === null) throw new Trap('null-reference');
    R[(fp + n.c) >> 1] = ref;
  },
  select_ref: ({ R, I }, n, fp) => {
    R[(fp + n.c) >> 1] = R[(fp + (I[fp + n.d] !== 0 ? n.a : n.b)) >> 1];
  },
  select_quad: ({ I }, n, fp) => {
    const source = fp + (I[fp + n.d] !== 0 ? n.a : n.b);
    I.copyWithin(fp + n.c, source, source + 4);
  },
  'global.get_quad': (t, n, fp) => {
    t.I.set(t.instance.globals[n.a]!.words, fp + n.c);
  },
  'global.set_quad': (t, n, fp) => {
    t.instance.globals[n.b]!.words.set(t.I.subarray(fp + n.a, fp + n.a + 4));
  },
  'global.get_ref': (t, n, fp) => {
    t.R[(fp + n.c) >> 1] = t.instance.globals[n.a]!.ref;
  },
  'global.set_ref': (t, n, fp) => {
    t.instance.globals[n.b]!.ref = t.R[(fp + n.a) >> 1];
  },
  /**
   * Part of the entry of functions with references: locals from `b` up to `c` start as null, and a frame of
   * `a` words has to be released some day.
   */
  clear_refs: (t, n, fp) => {
    if (n.b !== n.c) t.R.fill(null, (fp + n.b) >> 1, (fp + n.c) >> 1);
    if (fp + n.a > t.refTop) t.refTop = fp + n.a;
  },
  move: (t, n, fp) => {
    const { words, hasRefs } = n.k as MoveExtent;
    moveWords(t, fp + n.c, fp + n.a, words, hasRefs);
  },
} satisfies Record<string, ColdHandler>;

/** Moves `words` words, and the references beside them, from word `source` to word `target`. */
export function moveWords(
  { I, R }: Parameters<ColdHandler>[0],
  target: number,
  source: number,
  words: number,
  hasRefs: boolean,
): void {
  I.copyWithin(target, source, source + words);
  if (hasRefs) for (let i = 0; i < words; i += 2) R[(target + i) >> 1] = R[(source + i) >> 1];
}
