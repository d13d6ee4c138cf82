/** Directories and files in memory as guests use them. */
import {
  type DirectoryEntry,
  type FileStat,
  type FileTimes,
  type HostDirectory,
  HostError,
  type HostFile,
  type OpenOptions,
} from '../host.ts';
import { loadTree, saveTree } from './saving.ts';
import { DirectoryNode, FileNode, LinkNode, type MemoryTree, type TimeSource, type TreeNode, Volume } from './tree.ts';

class MemoryFile implements HostFile {
  readonly #node: FileNode;

  constructor(node: FileNode) {
    this.#node = node;
    node.openCount++;
  }

  stat(): FileStat {
    return this.#node.stat();
  }

  read(buffer: Uint8Array, offset: number): number {
    const chunk = this.#node.content.bytes.subarray(offset, offset + buffer.length);
    buffer.set(chunk);
    return chunk.length;
  }

  write(bytes: Uint8Array, offset: number): number {
    if (bytes.length === 0) return 0;
    this.#node.content.write(bytes, offset);
    this.#node.touch();
    return bytes.length;
  }

  append(bytes: Uint8Array): number {
    return this.write(bytes, this.#node.sizeBytes);
  }

  setSize(sizeBytes: number): void {
    this.#node.content.resize(sizeBytes);
    this.#node.touch();
  }

  setTimes(times: FileTimes): void {
    this.#node.setTimes(times);
  }

  sync(): void {}

  close(): void {
    this.#node.openCount--;
    this.#node.releaseIfUnreachable();
  }
}

export interface MemoryDirectoryOptions {
  /**
   * Where the times of changes come from, such as the guest's clock. Default: a time of its own, which starts in 2022
   * and moves by 1 µs a change, so that equal runs have equal times.
   */
  readonly clock?: TimeSource;
}

/** Makes a directory in memory with the content given: a guest's preopen, which the embedder can look into. */
export function memoryDirectory(tree: MemoryTree = {}, options: MemoryDirectoryOptions = {}): MemoryDirectory {
  const node = new DirectoryNode(new Volume(options.clock));
  node.addTree(tree);
  return new MemoryDirectory(node);
}

/**
 * Makes a directory in memory that is as another one was when it was saved.
 *
 * @throws {SnapshotError} for bytes that `MemoryDirectory.save` did not give
 */
export function loadMemoryDirectory(bytes: Uint8Array, options: MemoryDirectoryOptions = {}): MemoryDirectory {
  return new MemoryDirectory(loadTree(bytes, options.clock));
}

/** A directory in memory; made by `memoryDirectory`. */
export class MemoryDirectory implements HostDirectory {
  readonly #node: DirectoryNode;

  /** @internal */
  constructor(node: DirectoryNode) {
    this.#node = node;
  }

  /** A copy of the file that the path `a/b/c` leads to; `undefined` when there is none. */
  readFile(path: string): Uint8Array | undefined {
    let node: TreeNode | undefined = this.#node;
    for (const name of path.split('/')) node = node instanceof DirectoryNode ? node.entries.get(name) : undefined;
    return node instanceof FileNode ? node.content.bytes.slice() : undefined;
  }

  /** All that is below, as bytes: contents, links, times, inodes. What is open and has no name is not in it. */
  save(): Uint8Array {
    return saveTree(this.#node);
  }

  stat(): FileStat {
    return this.#node.stat();
  }

  list(): DirectoryEntry[] {
    const entries: DirectoryEntry[] = [...this.#node.entries].map(([name, { type, inode }]) => ({ name, type, inode }));
    // As on the machine's files: equal directories are listed alike, however they came about.
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  reopen(): HostDirectory {
    return new MemoryDirectory(this.#node);
  }

  setTimes(times: FileTimes): void {
    this.#node.setTimes(times);
  }

  close(): void {}

  statEntry(name: string): FileStat {
    return this.#node.get(name).stat();
  }

  openDirectory(name: string): HostDirectory {
    const node = this.#node.get(name);
    if (!(node instanceof DirectoryNode)) throw new HostError('ENOTDIR');
    return new MemoryDirectory(node);
  }

  openFile(name: string, options: OpenOptions): HostFile {
    const existing = this.#node.entries.get(name);
    if (existing !== undefined) return openExisting(existing, options);
    if (!options.create) throw new HostError('ENOENT');
    this.#node.checkFree(name);
    const created = new FileNode(this.#node.volume);
    this.#node.add(name, created);
    return new MemoryFile(created);
  }

  readLink(name: string): string | undefined {
    const node = this.#node.entries.get(name);
    return node instanceof LinkNode ? node.target : undefined;
  }

  setEntryTimes(name: string, times: FileTimes): void {
    this.#node.get(name).setTimes(times);
  }

  createDirectory(name: string): void {
    this.#node.checkFree(name);
    this.#node.add(name, new DirectoryNode(this.#node.volume));
  }

  createLink(name: string, into: HostDirectory, newName: string): void {
    const node = this.#node.get(name);
    const target = this.#neighbour(into);
    if (target.entries.has(newName)) throw new HostError('EEXIST');
    if (node instanceof DirectoryNode) throw new HostError('EPERM');
    target.add(newName, node);
    node.linkCount++;
    node.touchAbout();
  }

  createSymbolicLink(name: string, target: string): void {
    this.#node.checkFree(name);
    this.#node.add(name, new LinkNode(this.#node.volume, target));
  }

  rename(name: string, into: HostDirectory, newName: string): void {
    const node = this.#node.get(name);
    const target = this.#neighbour(into);
    if (target.isRemoved) throw new HostError('ENOENT');
    if (node instanceof DirectoryNode && target.isBelow(node)) throw new HostError('EINVAL');
    const replaced = target.entries.get(newName);
    // Two names of one file, or one name twice: both stay, as POSIX has it.
    if (replaced === node) return;
    // A directory above the one that moves has at least that entry.
    if (replaced instanceof DirectoryNode && this.#node.isBelow(replaced)) throw new HostError('ENOTEMPTY');
    if (replaced !== undefined) removeReplaced(target, newName, replaced, node);
    this.#node.remove(name);
    target.set(newName, node);
    target.touch();
    node.touchAbout();
  }

  removeDirectory(name: string): void {
    const node = this.#node.get(name);
    if (!(node instanceof DirectoryNode)) throw new HostError('ENOTDIR');
    if (node.entries.size > 0) throw new HostError('ENOTEMPTY');
    node.isRemoved = true;
    this.#node.remove(name);
  }

  removeFile(name: string): void {
    const node = this.#node.get(name);
    if (node instanceof DirectoryNode) throw new HostError('EISDIR');
    this.#node.remove(name);
    removeName(node);
  }

  /** The node of another directory, when it is of this file system. */
  #neighbour(directory: HostDirectory): DirectoryNode {
    if (!(directory instanceof MemoryDirectory)) throw new HostError('EXDEV');
    if (directory.#node.volume !== this.#node.volume) throw new HostError('EXDEV');
    return directory.#node;
  }
}

function openExisting(node: TreeNode, options: OpenOptions): HostFile {
  if (options.create && options.exclusive) throw new HostError('EEXIST');
  if (node instanceof LinkNode) throw new HostError('ELOOP');
  if (node instanceof DirectoryNode) throw new HostError('EISDIR');
  if (options.truncate) {
    node.content.resize(0);
    node.touch();
  }
  return new MemoryFile(node);
}

function removeName(node: FileNode | LinkNode): void {
  node.linkCount--;
  node.touchAbout();
  if (node instanceof FileNode) node.releaseIfUnreachable();
}

/** Makes room for a renamed node: a file gives way to a file, an empty directory to a directory. */
function removeReplaced(parent: DirectoryNode, name: string, replaced: TreeNode, by: TreeNode): void {
  if (replaced instanceof DirectoryNode) {
    if (!(by instanceof DirectoryNode)) throw new HostError('EISDIR');
    if (replaced.entries.size > 0) throw new HostError('ENOTEMPTY');
    replaced.isRemoved = true;
  } else if (by instanceof DirectoryNode) {
    throw new HostError('ENOTDIR');
  } else {
    removeName(replaced);
  }
  parent.entries.delete(name);
}
