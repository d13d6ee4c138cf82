/**
 * From a guest's path to a place on the host, without ever leaving the preopened directory.
 *
 * The path is walked component by component on open directory handles. No host call sees more than one
 * component or follows a symbolic link; links are read and walked here. So `..`, absolute paths and links
 * that lead out are found out whatever else changes the file system meanwhile.
 */
import { encodeUtf8 } from '../../api/index.ts';
import { type HostDirectory, HostError } from '../host/host.ts';

/** What a path means: an entry of an open directory, or, without a name, that directory itself. */
export interface Place {
  readonly directory: HostDirectory;
  readonly name: string | undefined;
  /** The names that led from the root to `directory`, links followed; a copy. */
  readonly names: readonly string[];
  /** The path ended in a slash, so that only a directory will do. */
  readonly mustBeDirectory: boolean;
}

/** What becomes of a symbolic link that is the last component; earlier ones are always followed. */
export type LastLink =
  | 'follow'
  /** The link itself is meant, but a slash behind it means what it leads to. */
  | 'keep'
  /** The link itself is meant in any case: names are made and removed, not what they lead to. */
  | 'keep-always';

/** As Linux has it, on every host: a program that runs on one runs on all. */
export const MAX_PATH_BYTES = 4095;
const MAX_NAME_BYTES = 255;
const MAX_LINKS = 40;

/** Whether `text` has more than `limit` bytes in UTF-8. */
export function isLongerThan(text: string, limit: number): boolean {
  // A UTF-16 unit is at most 3 bytes of UTF-8.
  return text.length > limit || (text.length * 3 > limit && encodeUtf8(text).length > limit);
}

/**
 * Finds what `path` means below `root` and calls `act` with it; the place is valid until `act` returns.
 *
 * The last component need not exist.
 *
 * @throws {HostError}
 *   - ENOENT: the path is empty, or a directory on the way is missing
 *   - ENOTDIR: something on the way is no directory
 *   - EPERM: the path or a link is absolute, or leads above `root`
 *   - ELOOP: more than 40 links on the way
 *   - EINVAL: the path holds a zero byte
 *   - ENAMETOOLONG: a path or link of more than 4095 bytes, or a name on the way of more than 255
 */
export function atPath<T>(root: HostDirectory, path: string, lastLink: LastLink, act: (place: Place) => T): T {
  const walk = new Walk(root, lastLink);
  try {
    return act(walk.to(path));
  } finally {
    walk.close();
  }
}

class Walk {
  readonly #root: HostDirectory;
  readonly #lastLink: LastLink;
  /** The directories from the root down to where the walk stands, without the root. */
  readonly #opened: HostDirectory[] = [];
  /** The names of those. */
  readonly #names: string[] = [];
  /** Components still to be walked, the next one last. */
  readonly #pending: string[] = [];
  #linkCount = 0;
  #mustBeDirectory = false;

  constructor(root: HostDirectory, lastLink: LastLink) {
    this.#root = root;
    this.#lastLink = lastLink;
  }

  to(path: string): Place {
    this.#push(path);
    for (let name = this.#pending.pop(); name !== undefined; name = this.#pending.pop()) {
      if (name === '.') continue;
      if (isLongerThan(name, MAX_NAME_BYTES)) throw new HostError('ENAMETOOLONG');
      if (name === '..') this.#leave();
      else if (this.#pending.length > 0) this.#enter(name);
      else if (!this.#followLast(name)) return this.#place(name);
    }
    return this.#place(undefined);
  }

  close(): void {
    for (const directory of this.#opened) directory.close();
  }

  get #current(): HostDirectory {
    return this.#opened[this.#opened.length - 1] ?? this.#root;
  }

  #place(name: string | undefined): Place {
    return { directory: this.#current, name, names: [...this.#names], mustBeDirectory: this.#mustBeDirectory };
  }

  /** Puts the components of a path or of a link's target before those still to be walked. */
  #push(path: string): void {
    if (path === '') throw new HostError('ENOENT');
    if (isLongerThan(path, MAX_PATH_BYTES)) throw new HostError('ENAMETOOLONG');
    if (path.includes('\0')) throw new HostError('EINVAL');
    if (path.startsWith('/')) throw new HostError('EPERM');
    if (this.#pending.length === 0 && path.endsWith('/')) this.#mustBeDirectory = true;
    const names = path.split('/').filter((name) => name !== '');
    this.#pending.push(...names.reverse());
  }

  #leave(): void {
    const left = this.#opened.pop();
    if (left === undefined) throw new HostError('EPERM');
    left.close();
    this.#names.pop();
  }

  #enter(name: string): void {
    const directory = this.#tryOpen(name);
    if (directory !== undefined) {
      this.#opened.push(directory);
      this.#names.push(name);
      return;
    }
    const target = this.#current.readLink(name);
    if (target === undefined) throw new HostError('ENOTDIR');
    this.#follow(target);
  }

  #tryOpen(name: string): HostDirectory | undefined {
    try {
      return this.#current.openDirectory(name);
    } catch (error) {
      // A link shows as either, depending on the host.
      if (error instanceof HostError && (error.code === 'ENOTDIR' || error.code === 'ELOOP')) return undefined;
      throw error;
    }
  }

  #followLast(name: string): boolean {
    if (this.#lastLink === 'keep-always') return false;
    if (this.#lastLink === 'keep' && !this.#mustBeDirectory) return false;
    const target = this.#current.readLink(name);
    if (target === undefined) return false;
    this.#follow(target);
    return true;
  }

  #follow(target: string): void {
    this.#linkCount++;
    if (this.#linkCount > MAX_LINKS) throw new HostError('ELOOP');
    this.#push(target);
  }
}
