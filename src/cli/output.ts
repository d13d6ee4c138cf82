/**
 * Standard output and error, written synchronously so that what the guest and the command line write
 * keeps its order and an exit loses nothing. Colour only where a terminal shows it.
 */
import { writeSync } from 'node:fs';
import { Failure } from './failure.ts';

/** Exit code of a program whose reader closed the pipe: 128 + SIGPIPE. */
export const CLOSED_PIPE = 141;

/** @throws {Failure} when standard output takes no more; standard error has nobody left to tell */
function writeAll(fd: 1 | 2, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(CLOSED_PIPE);
      // A pipe that is full for now; a synchronous program has nothing better to do than to wait.
      if (code !== 'EAGAIN') {
        if (fd === 2) return;
        throw new Failure(`cannot write to standard output: ${(error as Error).message}`);
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** Writes results. */
export function writeOut(output: string | Uint8Array): void {
  writeAll(1, typeof output === 'string' ? Buffer.from(output) : output);
}

/** Writes messages. */
export function writeErr(text: string): void {
  writeErrBytes(Buffer.from(text));
}

/** Writes what a guest has written as its messages. */
export function writeErrBytes(bytes: Uint8Array): void {
  writeAll(2, bytes);
}

type Color = 'red' | 'green' | 'yellow' | 'cyan' | 'dim';

const colorCodes: Record<Color, number> = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2 };

/** Colours text for a stream: 1 is standard output, 2 standard error. @see https://no-color.org */
export function paint(fd: 1 | 2, color: Color, text: string): string {
  const stream = fd === 1 ? process.stdout : process.stderr;
  const { NO_COLOR, TERM } = process.env;
  const plain = !stream.isTTY || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb';
  return plain ? text : `\u001b[${colorCodes[color]}m${text}\u001b[0m`;
}

/** Text of a guest's or a module's without what a terminal would obey. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
}
