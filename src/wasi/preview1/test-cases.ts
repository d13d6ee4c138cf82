/** For tests of preview 1: a call, its answer and the bytes it stores, as data. */
import type { ErrnoName } from './errno.ts';
import type { FunctionName } from './signatures.ts';
import { TestGuest, type TestGuestOptions } from './test-guest.ts';

export const tree = {
  'hello.txt': 'hello',
  sub: { deep: {}, 'x.txt': 'x' },
};

export interface Case {
  readonly name: string;
  readonly function: FunctionName;
  readonly options?: TestGuestOptions;
  readonly guest?: () => TestGuest;
  readonly act: (guest: TestGuest) => ErrnoName;
  readonly errno: ErrnoName;
  /** First byte of the picture, and the picture. */
  readonly at?: number;
  readonly picture?: string;
  readonly check?: (guest: TestGuest) => void;
}

/** Runs a case on a guest of its own; the picture is as long as the expected one. */
export function runCase(each: Case): { guest: TestGuest; errno: ErrnoName; picture: string | undefined } {
  const guest = each.guest?.() ?? new TestGuest(each.options);
  const errno = each.act(guest);
  const start = each.at ?? 0;
  const picture = each.picture && guest.picture(start, start + each.picture.split(' ').length);
  return { guest, errno, picture };
}

/** For `test.each`: the title, and the case. */
export function named(cases: readonly Case[]): [title: string, each: Case][] {
  return cases.map((each) => [`${each.function}: ${each.name} -> ${each.errno}`, each]);
}
