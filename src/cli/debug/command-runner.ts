/** Runs lines of commands: finds each command, repeats on an empty line, turns failures into messages. */
import { GlassboxError, InternalError } from '../../syntax/index.ts';
import { errorText } from '../diagnosis.ts';
import { Failure } from '../failure.ts';
import { debugCommands } from './command-table.ts';
import { splitLine } from './debug-command.ts';
import type { Debugger } from './debugger.ts';
import { commandNamed } from './find-command.ts';
import { inGdbWords } from './lldb-words.ts';

export class CommandRunner {
  private readonly debug: Debugger;
  /** What an empty line stands for. */
  private again: string | undefined;
  /** Commands that have failed. */
  failureCount = 0;

  constructor(debug: Debugger) {
    this.debug = debug;
    debug.execute = (line) => this.execute(line);
  }

  /** Runs a line as the user gave it; an empty one is the last command again, if that is one to be repeated. */
  async enter(line: string): Promise<void> {
    if (line.trim() !== '') await this.execute(line);
    else if (this.again !== undefined) await this.execute(this.again);
  }

  /** Runs a line. What fails is said, and nothing is thrown but what is a bug. */
  async execute(line: string): Promise<void> {
    if (line.trim() === '' || line.trim().startsWith('#')) return;
    try {
      await this.command(line);
    } catch (error) {
      const isExpected =
        error instanceof Failure || (error instanceof GlassboxError && !(error instanceof InternalError));
      this.failureCount++;
      this.debug.terminal.err(isExpected ? errorText(new Failure(error.message, helpOf(error))) : errorText(error));
    }
  }

  private async command(line: string): Promise<void> {
    const { name, args, format } = splitLine(inGdbWords(line));
    const command = commandNamed(debugCommands, name);
    const bare = format === '' ? name : `${name}/${format}`;
    this.again = command.repeats === undefined ? undefined : command.repeats === 'bare' ? bare : line;
    await command.run(this.debug, args, format);
  }
}

function helpOf(error: Error): string | undefined {
  return error instanceof Failure ? error.help : undefined;
}
