/** What the debugger talks to: a terminal, a script's input and output, a test. */
import type { CommandLines } from './command-lines.ts';

/** Where lines of commands come from and text goes to. */
export interface Terminal {
  /** Standard output; text ends in a newline. */
  out(text: string): void;
  /** Messages. */
  err(text: string): void;
  /** Where commands come from, for one that takes more than its own line. */
  readonly lines: CommandLines;
}
