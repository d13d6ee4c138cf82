/** Files to modules, with every way of not loading turned into a message that names the place. */
import { type CompileOptions, compile, type Module } from '../api/index.ts';
import { decodeModule } from '../decoder/index.ts';
import type { Module as SyntaxModule } from '../syntax/index.ts';
import { parseModule } from '../text/index.ts';
import type { FolderCache } from './cache.ts';
import { diagnose, diagnosisFailure, type Locate } from './diagnosis.ts';
import { type Input, readInput } from './input.ts';

const nowhere: Locate = () => undefined;

/** Decodes a file, or assembles it, without validating. @throws {Failure} when it is malformed */
export function decodeInput(path: string): SyntaxModule {
  const input = readInput(path);
  return explaining(input, () => decodeModule(bytesOf(input)));
}

/** The binary of an input: as it is, or assembled from its text. */
export function bytesOf({ content }: Input): Uint8Array {
  return content.kind === 'binary' ? content.bytes : parseModule(content.text).bytes;
}

/** Loads and validates a file, or takes it from the cache. @throws {Failure} when it is malformed or invalid */
export function compileInput(path: string, options: CompileOptions = {}, folder?: FolderCache): Module {
  const input = readInput(path);
  const cache = input.content.kind === 'binary' ? folder?.for(input.content.bytes) : undefined;
  return explaining(input, () => compile(sourceOf(input), { ...options, cache }));
}

/** What `compile` takes. */
export function sourceOf({ content }: Input): Uint8Array | string {
  return content.kind === 'binary' ? content.bytes : content.text;
}

/** Runs a step of loading. @throws {Failure} with the place, for what the module's author has to answer */
export function explaining<Result>(input: Input, step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    const diagnosis = diagnose(error, locatorOf(input));
    if (diagnosis === undefined) throw error;
    throw diagnosisFailure(input, diagnosis);
  }
}

/** Byte offsets of an assembled text to its lines; nothing for a binary. Only made when something went wrong. */
export function locatorOf({ content }: Input): Locate {
  if (content.kind === 'binary') return nowhere;
  const { text } = content;
  return (byteOffset) => {
    try {
      return parseModule(text).sourceMap.position(byteOffset);
    } catch {
      return undefined;
    }
  };
}
