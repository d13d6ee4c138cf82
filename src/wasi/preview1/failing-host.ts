/** For tests of preview 1: directories, files, streams and sockets that throw what a test wants. */
import type { HostDirectory, HostFile, InputStream, OutputStream } from '../host/host.ts';
import { memoryDirectory } from '../host/memory.ts';
import { tree } from './test-cases.ts';

/** `target`, but the methods named throw `error`. */
export function failing<T extends object>(target: T, error: unknown, methods: readonly (keyof T)[]): T {
  return replacing(target, Object.fromEntries(methods.map((name) => [name, () => fail(error)])) as Partial<T>);
}

function fail(error: unknown): never {
  throw error;
}

/** `target`, with some other methods; the rest work on `target` itself. */
export function replacing<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(methods, key)) return methods[key as keyof T];
      const value = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const fileMethods = ['read', 'write', 'append', 'setSize', 'setTimes', 'sync', 'close'] as const;

/** A directory that looks like any, until it is used; below `sub` too. */
export function failingDirectory(error: unknown): HostDirectory {
  const below = (directory: HostDirectory): HostDirectory =>
    failing(directory, error, [
      'list',
      'setTimes',
      'statEntry',
      'openDirectory',
      'openFile',
      'readLink',
      'setEntryTimes',
      'createDirectory',
      'createLink',
      'createSymbolicLink',
      'rename',
      'removeDirectory',
      'removeFile',
    ]);
  return below(memoryDirectory(tree));
}

/** A directory whose files can be opened and not used. */
export function directoryOfFailingFiles(error: unknown, methods: readonly (keyof HostFile)[] = fileMethods) {
  const directory: HostDirectory = memoryDirectory(tree);
  return replacing(directory, {
    openFile: (name, options) => failing(directory.openFile(name, options), error, methods),
  });
}

export function failingInput(error: unknown): InputStream {
  return { isTerminal: false, read: () => fail(error) };
}

export function failingOutput(error: unknown): OutputStream {
  return { isTerminal: false, write: () => fail(error), flush() {} };
}
