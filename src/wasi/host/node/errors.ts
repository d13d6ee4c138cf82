/** What Node throws, as `HostError`: its `error.code` has POSIX's spelling. */
import { HostError, type HostErrorCode } from '../host.ts';

/** Runs `act` and turns what Node throws into a `HostError`. */
export function attempt<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw asHostError(error);
  }
}

export function asHostError(error: unknown): unknown {
  if (error instanceof HostError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return error;
  // Node's own checks (ERR_…) refuse arguments before the system sees them.
  return new HostError(code.startsWith('ERR_') ? 'EINVAL' : (code as HostErrorCode), error.message);
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
