/**
 * `--monitor` of the commands that run guests, as it is written. What monitors do is loaded when one is ordered:
 * other runs start without it.
 */
import type { Arguments, Option } from './command.ts';

export const monitorOption: Option = {
  name: 'monitor',
  value: 'NAME[:KEY=VALUE,…]',
  multiple: true,
  help: 'look at the run, report to standard error or to out=FILE: coverage, profile …; help lists them',
};

type Monitoring = typeof import('./monitors.ts');

/** What monitors are made with; undefined when none is ordered. */
export async function monitoringOf(args: Arguments): Promise<Monitoring | undefined> {
  return args.values('monitor').length === 0 ? undefined : await import('./monitors.ts');
}
