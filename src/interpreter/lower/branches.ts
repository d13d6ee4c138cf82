/**
 * Which operations fuse with what follows them: comparisons with the branch on their result, steps of i32
 * with the next step; and which comparison is the opposite of which.
 */
import { hotOpNames } from '../hot-names.gen.ts';
import { findSlotOp } from '../slot-numbers.ts';
import { slotOp } from './emitter.ts';

/** Opposites. Floats have only these two: with a NaN, `not (a < b)` is no comparison. */
const oppositeSuffix: Readonly<Record<string, string>> = {
  eq: 'ne',
  ne: 'eq',
  lt_s: 'ge_s',
  lt_u: 'ge_u',
  ge_s: 'lt_s',
  ge_u: 'lt_u',
};

const opposites = new Map<number, number>();
const fusions = new Map<number, { whenTrue: number; whenFalse: number }>();

const singleNames = hotOpNames.filter((name) => !name.includes('; '));

for (const name of singleNames) {
  const match = /^([if](?:32|64))\.([a-z]+(?:_[su])?)(_i)?$/.exec(name);
  const opposite = match === null ? undefined : oppositeSuffix[match[2]!];
  if (match === null || opposite === undefined) continue;
  const opposed = `${match[1]}.${opposite}${match[3] ?? ''}`;
  opposites.set(slotOp(name), slotOp(opposed));
  const whenTrue = findSlotOp(`br_${name}`);
  if (whenTrue !== undefined) fusions.set(slotOp(name), { whenTrue, whenFalse: slotOp(`br_${opposed}`) });
}
for (const name of singleNames.filter((candidate) => candidate.startsWith('brn_'))) {
  const compare = name.slice('brn_'.length);
  fusions.set(slotOp(compare), { whenTrue: slotOp(`br_${compare}`), whenFalse: slotOp(name) });
}
fusions.set(slotOp('i32.eqz'), { whenTrue: slotOp('br_z'), whenFalse: slotOp('br_nz') });
fusions.set(slotOp('i64.eqz'), { whenTrue: slotOp('br_i64_z'), whenFalse: slotOp('br_i64_nz') });

/** The branch that tests what `op` would compute. */
export function fuse(op: number, whenTrue: boolean): number | undefined {
  const fusion = fusions.get(op);
  return whenTrue ? fusion?.whenTrue : fusion?.whenFalse;
}

/** The operation that computes the opposite of `op`. */
export function negate(op: number): number | undefined {
  return opposites.get(op);
}

/** By the first operation, then by the second. */
const chains: (Map<number, number> | undefined)[] = [];
for (const name of singleNames) {
  const [first, second] = name.split('+');
  if (first === undefined || second === undefined) continue;
  chains[slotOp(first)] ??= new Map();
  chains[slotOp(first)]!.set(slotOp(second), slotOp(name));
}

/** The operation that does `first` and then `second` with its result. */
export function chain(first: number, second: number): number | undefined {
  return chains[first]?.get(second);
}
