/**
 * What ends a command early: a message for people, what to do about it, and the exit code.
 *
 * Exit codes are wasmtime's: 1 for what does not load or run, 2 for a command line that makes no
 * sense, 134 (128 + SIGABRT) for a trap, and else the guest's own.
 */

export const exitCodes = { ok: 0, failed: 1, usage: 2, trap: 134 } as const;

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;
  /** One line that begins after `help: `; absent when the message says it all. */
  readonly help: string | undefined;

  constructor(message: string, help?: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.help = help;
    this.exitCode = exitCode;
  }
}

/** A command line that makes no sense. */
export function usageFailure(message: string, help?: string): Failure {
  return new Failure(message, help, exitCodes.usage);
}
