/** Where lines of commands come from: files within files, and beneath them the user or standard input. */
import { Failure } from '../failure.ts';

/** Files that read each other have no end. */
const MAX_DEPTH = 50;

export class CommandLines {
  private readonly files: string[][] = [];
  private readonly base: (prompt: string) => Promise<string | undefined>;

  constructor(base: (prompt: string) => Promise<string | undefined>) {
    this.base = base;
  }

  /** The next line of the innermost file, or of the base when none is open; `undefined` at its end. */
  async next(prompt: string): Promise<string | undefined> {
    const file = this.files.at(-1);
    return file === undefined ? this.base(prompt) : file.shift();
  }

  /** Takes all lines of a file. @throws {Failure} when files are too deep in each other */
  async takeAll(lines: readonly string[], each: (line: string) => Promise<void>): Promise<void> {
    if (this.files.length >= MAX_DEPTH) throw new Failure('files of commands read each other without end');
    const file = [...lines];
    this.files.push(file);
    try {
      while (file.length > 0) await each(file.shift()!);
    } finally {
      this.files.pop();
    }
  }
}
