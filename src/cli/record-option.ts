/** `--record` of `run`, as it is written. */
import type { Arguments, Option } from './command.ts';
import { usageFailure } from './failure.ts';

export const recordOption: Option = {
  name: 'record',
  value: 'FILE',
  help: "record all of the run; see 'glassbox replay', 'glassbox debug --replay'",
};

/** @throws {Failure} beside options that look on in other ways */
export function recordPathOf(args: Arguments): string | undefined {
  const path = args.value('record');
  if (path === undefined) return undefined;
  for (const other of ['monitor', 'stop-after']) {
    if (args.values(other).length > 0) throw usageFailure(`'--record' does not go together with '--${other}'`);
  }
  return path;
}
