/**
 * The files a command line names: read whole, `-` being standard input, and recognised by what they
 * contain, not by their names.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Failure } from './failure.ts';

export interface Input {
  /** As messages name it. */
  readonly name: string;
  readonly content:
    | { readonly kind: 'binary'; readonly bytes: Uint8Array }
    | { readonly kind: 'text'; readonly text: string };
}

const readProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
};

/** @throws {Failure} when it cannot be read */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const help = code === 'ENOENT' ? 'check the path; `-` reads standard input' : undefined;
    throw new Failure(`cannot read '${path}': ${readProblems[code] ?? message}`, help);
  }
}

/** Reads a module: a binary begins with a zero byte, which no text does. @throws {Failure} when it is neither */
export function readInput(path: string): Input {
  const name = path === '-' ? '<stdin>' : path;
  const bytes = readBytes(path);
  if (bytes[0] === 0 || (bytes.length === 0 && path.endsWith('.wasm')))
    return { name, content: { kind: 'binary', bytes } };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { name, content: { kind: 'text', text } };
  } catch {
    throw new Failure(
      `'${name}' is no WebAssembly: it does not begin with the bytes of a binary (00 61 73 6d), nor is it UTF-8 text`,
      'give a .wasm or a .wat file',
    );
  }
}

/** What a guest is told as its own name when nothing else is asked for. */
export function guestName(path: string): string {
  return path === '-' ? 'stdin' : basename(path);
}
