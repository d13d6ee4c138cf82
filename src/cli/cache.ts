/**
 * Where the program keeps modules that it found valid, and their code: a folder of files, as XDG has it. No trouble
 * with it ends a run; what cannot be read or written is as if there were no cache.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ModuleCache } from '../api/index.ts';
import type { Arguments, Option } from './command.ts';
import { writeErr } from './output.ts';

export const cacheOptions: readonly Option[] = [
  {
    name: 'cache-dir',
    value: 'DIR',
    help: 'where validated modules and their code are kept (default: ~/.cache/glassbox)',
  },
  { name: 'no-cache', help: 'decode and validate the module, whether it is kept or not' },
];

/** A program of 62 KB takes 0.6 of the time with its code kept (measured); smaller ones have less to gain. */
const MIN_MODULE_BYTES = 32 * 1024;
/** Of all files; the oldest are removed. */
const MAX_FOLDER_BYTES = 256 * 2 ** 20;
const SUFFIX = '.module';
/** A file that is being written; one of a process that died stays for an hour. */
const TEMPORARY = '.tmp';
const STALE_MS = 3_600_000;

/**
 * The cache that a command line asks for.
 *
 * A folder that was named, by option or by GLASSBOX_CACHE_DIR, is told of when it cannot be used; of the default one
 * nobody has to know.
 */
export function cacheOf(args: Arguments): FolderCache | undefined {
  if (args.flag('no-cache')) return undefined;
  const named = args.value('cache-dir') ?? process.env.GLASSBOX_CACHE_DIR;
  if (named === '') return undefined;
  return new FolderCache(named);
}

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
function cacheHome(): string {
  const { XDG_CACHE_HOME: path = '' } = process.env;
  return isAbsolute(path) ? path : join(process.getBuiltinModule('node:os').homedir(), '.cache');
}

export class FolderCache implements ModuleCache {
  /** Whether it had an entry: that of a module which has been started before. */
  hasFound = false;
  private readonly named: string | undefined;
  private known: string | undefined;
  private hasWarned = false;

  /** @param named the folder; absent: the default one */
  constructor(named: string | undefined) {
    this.named = named;
  }

  private get isNamed(): boolean {
    return this.named !== undefined;
  }

  private get folder(): string {
    this.known ??= this.named ?? join(cacheHome(), 'glassbox');
    return this.known;
  }

  /** This cache, when it is of use for a module of so many bytes. */
  for({ length }: Uint8Array): FolderCache | undefined {
    return this.isNamed || length >= MIN_MODULE_BYTES ? this : undefined;
  }

  digest(bytes: Uint8Array): Uint8Array {
    // Loading it costs 3 ms, which runs of small modules need not pay.
    const { createHash } = process.getBuiltinModule('node:crypto');
    return createHash('sha256').update(bytes).digest();
  }

  warn(message: string): void {
    writeErr(`warning: ${message}\n`);
  }

  read(key: string): Uint8Array | undefined {
    try {
      const entry = readFileSync(join(this.folder, key + SUFFIX));
      this.hasFound = true;
      return entry;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.warnOf('read', error);
      return undefined;
    }
  }

  /** Others see the former file or the whole new one. */
  write(key: string, entry: Uint8Array): void {
    const path = join(this.folder, key + SUFFIX);
    const temporary = `${path}.${process.pid}${TEMPORARY}`;
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, entry, { mode: 0o600 });
      renameSync(temporary, path);
      this.trim();
    } catch (error) {
      this.warnOf('write', error);
      removeIfThere(temporary);
    }
  }

  /** Removes the oldest files above the limit, and what dead processes left. */
  private trim(): void {
    const files = readdirSync(this.folder)
      .filter((name) => name.endsWith(SUFFIX) || name.endsWith(TEMPORARY))
      .flatMap((name) => {
        const path = join(this.folder, name);
        const stat = statSync(path, { throwIfNoEntry: false });
        return stat === undefined ? [] : [{ path, size: stat.size, time: stat.mtimeMs }];
      })
      .sort((a, b) => b.time - a.time);
    let total = 0;
    for (const { path, size, time } of files) {
      total += size;
      const isLeft = path.endsWith(TEMPORARY) && Date.now() - time > STALE_MS;
      if (isLeft || (total > MAX_FOLDER_BYTES && !path.endsWith(TEMPORARY))) rmSync(path, { force: true });
    }
  }

  private warnOf(action: string, error: unknown): void {
    if (!this.isNamed || this.hasWarned) return;
    this.hasWarned = true;
    this.warn(`cannot ${action} the module cache: ${(error as Error).message}`);
  }
}

/** Where a file cannot be, there is none to remove. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
