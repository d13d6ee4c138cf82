/**
 * What the functions of preview 1 work on, given to each call; and what they may answer.
 *
 * A function returns an errno, or throws: `HostError` where an effect fails (the border in `bind.ts` turns
 * it into its errno), `Trap` for a bad pointer, `HostExit` to end the guest.
 */
import type { Clock, RandomSource } from '../host/host.ts';
import type { DescriptorTable } from './descriptors.ts';
import type { Errno } from './errno.ts';
import type { Suspended } from './suspension.ts';

export interface WasiContext {
  /** Arguments in UTF-8 without the final zero byte; the first is the program's name. */
  args: readonly Uint8Array[];
  /** `NAME=value` in UTF-8 without the final zero byte. */
  environ: readonly Uint8Array[];
  readonly descriptors: DescriptorTable;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Whether the guest runs asynchronously, so that a function may return a promise instead of blocking. */
  readonly maySuspend: boolean;
}

export type Outcome = Errno | Suspended;
