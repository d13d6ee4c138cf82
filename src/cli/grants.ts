/**
 * What a guest is given: folders, variables, its name. The commands that run guests share these options;
 * nothing is granted that the command line does not name.
 */
import type { Module } from '../api/index.ts';
import { LinkError } from '../syntax/index.ts';
import { openDirectory } from '../wasi/host/node/index.ts';
import { type HostDirectory, HostError } from '../wasi/index.ts';
import type { Arguments, Option } from './command.ts';
import { Failure, usageFailure } from './failure.ts';
import { printable } from './output.ts';

export const grantOptions: readonly Option[] = [
  { name: 'dir', value: 'HOST[::GUEST[::ro]]', multiple: true, help: 'grant a folder, under another name, read-only' },
  { name: 'env', value: 'NAME[=VALUE]', multiple: true, help: "set a variable, or pass on the host's" },
  { name: 'argv0', value: 'NAME', help: "the program's own name (default: the file's)" },
];

/** `NAME=VALUE`, or `NAME` for the host's own value, when it has one. */
export function environmentOf(args: Arguments): Record<string, string> {
  // Without a prototype, so that `__proto__` is a name like others.
  const env: Record<string, string> = Object.create(null);
  for (const text of args.values('env')) {
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    if (name === '') throw usageFailure(`option '--env' does not take '${text}'`, 'write NAME=VALUE or NAME');
    const value = equals < 0 ? process.env[name] : text.slice(equals + 1);
    if (value !== undefined) env[name] = value;
  }
  return env;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'it is no folder',
  EACCES: 'it may not be read',
};

/** `HOST::GUEST`, or `HOST` under its own name; `HOST::GUEST::ro` is read-only. */
export function preopensOf(args: Arguments): Record<string, HostDirectory> {
  const preopens: Record<string, HostDirectory> = Object.create(null);
  for (const text of args.values('dir')) {
    const [hostPath, guestPath = hostPath, mode, ...rest] = text.split('::') as [string, ...string[]];
    const isMode = mode === undefined || mode === 'ro';
    if (hostPath === '' || guestPath === '' || !isMode || rest.length > 0) {
      const help = 'write HOST or HOST::GUEST, and HOST::GUEST::ro for a folder that is only read';
      throw usageFailure(`option '--dir' does not take '${text}'`, help);
    }
    if (preopens[guestPath] !== undefined) {
      const help = 'name each folder otherwise: --dir HOST::GUEST';
      throw usageFailure(`two folders are granted as '${printable(guestPath)}'`, help);
    }
    try {
      preopens[guestPath] = openDirectory(hostPath, { readOnly: mode === 'ro' });
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const reason = reasons[error.code] ?? error.message;
      throw new Failure(`cannot grant '${hostPath}': ${reason}`, '--dir takes an existing folder: --dir HOST::GUEST');
    }
  }
  return preopens;
}

/** Runs a step that links. @throws {Failure} that says what the module asked for in vain */
export function link<Result>(path: string, module: Module, step: () => Result): Result {
  try {
    return step();
  } catch (error) {
    throw linkFailure(path, module, error);
  }
}

/** An error of linking as what a module asked for in vain; any other as it is. */
export function linkFailure(path: string, module: Module, error: unknown): unknown {
  if (!(error instanceof LinkError)) return error;
  const provided = module.imports().some(({ module: name }) => name.startsWith('wasi_'));
  const help = provided
    ? "'glassbox run' provides wasi_snapshot_preview1 and wasi_unstable; 'glassbox dump' lists what a module imports"
    : "'glassbox run' provides only wasi_snapshot_preview1 and wasi_unstable; other imports are for the embedding API";
  return new Failure(`${path}: ${printable(error.message)}`, help);
}
