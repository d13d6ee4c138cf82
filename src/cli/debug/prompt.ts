/**
 * The user's terminal: a prompt with history and completion. While a command runs, the terminal is the guest's, and
 * Ctrl-C is an interruption.
 */
import { createInterface, type Interface } from 'node:readline';

export class Prompt {
  private readonly readline: Interface;

  constructor(complete: (line: string) => [string[], string]) {
    this.readline = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string) => complete(line),
    });
    this.lend();
  }

  /** Asks for a line; `undefined` when the user ends the input. */
  next(prompt: string): Promise<string | undefined> {
    const { readline } = this;
    process.stdin.setRawMode(true);
    readline.setPrompt(prompt);
    readline.prompt();
    return new Promise((resolve) => {
      const settle = (line: string | undefined) => {
        readline.off('line', settle).off('close', onClose).off('SIGINT', onInterrupt);
        this.lend();
        resolve(line);
      };
      const onClose = () => {
        process.stdout.write('\n');
        settle(undefined);
      };
      // As shells do: the line is given up.
      const onInterrupt = () => {
        process.stdout.write('^C\n');
        readline.write(null, { ctrl: true, name: 'e' });
        readline.write(null, { ctrl: true, name: 'u' });
        readline.prompt();
      };
      readline.on('line', settle).on('close', onClose).on('SIGINT', onInterrupt);
    });
  }

  close(): void {
    this.readline.close();
  }

  /** Lends the terminal to what runs: lines are edited by the system, Ctrl-C is a signal. */
  private lend(): void {
    this.readline.pause();
    process.stdin.setRawMode(false);
  }
}
