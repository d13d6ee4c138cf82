/**
 * A directory as it is, but nothing in it can be changed: for any host's directories, as all of them have one
 * interface. What is opened through it is read-only too, however deep.
 */
import {
  type DirectoryEntry,
  type FileStat,
  type HostDirectory,
  HostError,
  type HostFile,
  type OpenOptions,
  type SystemDescriptors,
} from './host.ts';

/**
 * The same directory, read-only. Every change through it fails with EPERM, also links and renames from or to other
 * directories; `directory` itself stays as it was. Closing the one closes the other.
 */
export function readOnlyDirectory(directory: HostDirectory): HostDirectory {
  return directory.isReadOnly === true ? directory : new ReadOnlyDirectory(directory);
}

function refuse(): never {
  throw new HostError('EPERM', 'the directory is granted read-only');
}

class ReadOnlyDirectory implements HostDirectory {
  readonly isReadOnly = true;
  readonly #directory: HostDirectory;

  constructor(directory: HostDirectory) {
    this.#directory = directory;
  }

  stat(): FileStat {
    return this.#directory.stat();
  }

  list(): readonly DirectoryEntry[] {
    return this.#directory.list();
  }

  reopen(): HostDirectory {
    return new ReadOnlyDirectory(this.#directory.reopen());
  }

  close(): void {
    this.#directory.close();
  }

  statEntry(name: string): FileStat {
    return this.#directory.statEntry(name);
  }

  openDirectory(name: string): HostDirectory {
    return new ReadOnlyDirectory(this.#directory.openDirectory(name));
  }

  openFile(name: string, options: OpenOptions): HostFile {
    if (options.write || options.create || options.truncate) refuse();
    return new ReadOnlyFile(this.#directory.openFile(name, options));
  }

  readLink(name: string): string | undefined {
    return this.#directory.readLink(name);
  }

  setTimes(): void {
    refuse();
  }

  setEntryTimes(): void {
    refuse();
  }

  createDirectory(): void {
    refuse();
  }

  createLink(): void {
    refuse();
  }

  createSymbolicLink(): void {
    refuse();
  }

  rename(): void {
    refuse();
  }

  removeDirectory(): void {
    refuse();
  }

  removeFile(): void {
    refuse();
  }
}

class ReadOnlyFile implements HostFile {
  readonly isReadOnly = true;
  readonly #file: HostFile;

  constructor(file: HostFile) {
    this.#file = file;
  }

  stat(): FileStat {
    return this.#file.stat();
  }

  read(buffer: Uint8Array, offset: number): number {
    return this.#file.read(buffer, offset);
  }

  sync(dataOnly: boolean): void {
    this.#file.sync(dataOnly);
  }

  close(): void {
    this.#file.close();
  }

  systemDescriptors(): SystemDescriptors | undefined {
    return this.#file.systemDescriptors?.(false);
  }

  write(): number {
    return refuse();
  }

  append(): number {
    return refuse();
  }

  setSize(): void {
    refuse();
  }

  setTimes(): void {
    refuse();
  }
}
