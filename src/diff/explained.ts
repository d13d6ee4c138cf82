/** Differences that are known and right as they are; each has its reasons in docs/rationale.md. */
import type { Difference } from './case.ts';

export interface Explanation {
  /** The heading in docs/rationale.md. */
  readonly name: string;
  explains(difference: Difference): boolean;
}

const explanations: readonly Explanation[] = [
  {
    name: 'Which trap do `array.copy` and its like end in when several are due?',
    explains: ({ kind, ours, theirs }) =>
      kind === 'trap' && /null array reference/.test(ours.text) && /out of bounds array access/.test(theirs.text),
  },
  {
    name: 'Which trap does an atomic access beyond 2^53 end in?',
    explains: ({ kind, ours, theirs }) =>
      kind === 'trap' && /out of bounds memory access/.test(ours.text) && /unaligned atomic/.test(theirs.text),
  },
  {
    name: 'Which trap do `wait` and `notify` end in beyond the end of addresses?',
    explains: ({ kind, ours, theirs }) =>
      kind === 'trap' &&
      theirs.engine === 'wasmtime' &&
      /unaligned atomic/.test(ours.text) &&
      /out of bounds memory access/.test(theirs.text),
  },
];

/** The heading in docs/rationale.md that explains a difference. */
export function explanationOf(difference: Difference): string | undefined {
  return explanations.find((each) => each.explains(difference))?.name;
}
