/** What became of each command of a script. */

export interface ScriptOutcome {
  /** Line of the command in the script, from 1. */
  readonly line: number;
  /** The command's keyword: `module`, `invoke`, `assert_return`, … */
  readonly kind: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it did not pass. */
  readonly message?: string;
}

export interface ScriptResult {
  /** One a command, in order. A script that cannot be read is one failed outcome of kind `script`. */
  readonly outcomes: readonly ScriptOutcome[];
}

/** Ends a command that did not do what the script says; the message is for the report. */
export class CommandFailure extends Error {}

/** Ends a command that this runner does not execute; the message says why. */
export class CommandSkip extends Error {}
