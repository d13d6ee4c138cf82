/**
 * Calls of preview 1 that a thread answers for itself, without asking the host agent: what never changes, the machine's
 * clock and randomness, and giving way to other threads, which the machine does anyway.
 */
import type { Clock, HostFile, RandomSource, SystemDescriptors } from '../host/host.ts';
import type { WasiContext } from '../preview1/context.ts';
import { DescriptorTable } from '../preview1/descriptors.ts';
import type { FunctionName } from '../preview1/signatures.ts';
import type { WorkerBoot } from './messages.ts';

/** The machine's, in a worker. */
export interface MachineEffects {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** A file that another agent of the process has opened, and closes. Absent: the host agent reads and writes. */
  readonly fileOf?: ((system: SystemDescriptors) => HostFile) | undefined;
  /** Absent: the language's own `import`. */
  readonly importModule?: ((url: string) => Promise<unknown>) | undefined;
}

const constantCalls: readonly FunctionName[] = [
  'args_get',
  'args_sizes_get',
  'environ_get',
  'environ_sizes_get',
  'sched_yield',
];
const clockCalls: readonly FunctionName[] = ['clock_res_get', 'clock_time_get'];
const randomCalls: readonly FunctionName[] = ['random_get'];

/** Which functions a thread answers, and what they work on. */
export interface OwnCalls {
  readonly names: ReadonlySet<FunctionName>;
  readonly context: WasiContext;
}

/** @param machine absent: the host agent is asked for time and randomness */
export function ownCallsOf({ context, isTraced }: WorkerBoot, machine: MachineEffects | undefined): OwnCalls {
  const { args, environ, hasMachinesClock, hasMachinesRandom } = context;
  const names = new Set<FunctionName>();
  const take = (taken: readonly FunctionName[]) => {
    for (const name of taken) names.add(name);
  };
  if (!isTraced) take(constantCalls);
  if (!isTraced && machine !== undefined && hasMachinesClock) take(clockCalls);
  if (!isTraced && machine !== undefined && hasMachinesRandom) take(randomCalls);
  const { clock = noClock, random = noRandom } = machine ?? {};
  const descriptors = new DescriptorTable();
  return { names, context: { args, environ, descriptors, clock, random, maySuspend: false } };
}

const zero = () => BigInt(0);
/** Where no call reads it. */
const noClock: Clock = {
  realtimeNs: zero,
  monotonicNs: zero,
  resolutionNs: BigInt(1),
  sleep: () => undefined,
  timer: () => ({ done: Promise.resolve(), cancel: () => undefined }),
};
const noRandom: RandomSource = () => undefined;
