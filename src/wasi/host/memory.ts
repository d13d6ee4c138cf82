/**
 * A host without effects: files in memory, a clock that only the guest moves, pseudo-random bytes.
 *
 * Two runs of a guest on it are equal to the byte, which is what tests, examples and replays need. It
 * is the default host of `Wasi`. Not for keys and secrets: its random bytes can be foretold.
 */
import { decodeUtf8, encodeUtf8 } from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import { nextTurn } from './event-loop.ts';
import {
  type Clock,
  type DirectoryEntry,
  type FileStat,
  type FileTimes,
  type FileType,
  type Host,
  type HostDirectory,
  HostError,
  type HostFile,
  type OpenOptions,
  type OutputStream,
} from './host.ts';
import { VirtualTimers } from './virtual-timers.ts';
import type { PollableInput, Readiness, Wait } from './waiting.ts';

/** What a directory is made of: text or bytes for a file, a nested tree for a directory. */
export interface MemoryTree {
  readonly [name: string]: string | Uint8Array | MemoryTree;
}

export interface MemoryHostOptions {
  readonly stdin?: string | Uint8Array;
  /** Where the realtime clock starts, in ns since 1970. */
  readonly realtimeNs?: bigint;
  /** How far the clocks move at each reading, so that a guest that waits for time to pass ends. */
  readonly tickNs?: bigint;
  /** Start of the random bytes, a u32. */
  readonly seed?: number;
}

export interface MemoryHost extends Host {
  /** All that was written, as it stands now. */
  readonly output: { readonly stdout: Uint8Array; readonly stderr: Uint8Array };
  /** Where clock, randomness and input stand. What was written is not in it. */
  save(): Uint8Array;
  /** Goes on from there, with the same options. @throws {SnapshotError} for bytes that `save` did not give */
  restore(bytes: Uint8Array): void;
}

/** 2022-01-01T00:00:00Z, in seconds. */
const DEFAULT_REALTIME_S = 1_640_995_200;
const DEFAULT_TICK_NS = 1000;

/** Makes a deterministic host. */
export function memoryHost(options: MemoryHostOptions = {}): MemoryHost {
  const realtimeNs = options.realtimeNs ?? BigInt(DEFAULT_REALTIME_S) * BigInt(1e9);
  const stdin = new MemoryInput(toBytes(options.stdin ?? ''));
  const stdout = new MemoryOutput();
  const stderr = new MemoryOutput();
  const clock = new MemoryClock(realtimeNs, options.tickNs ?? BigInt(DEFAULT_TICK_NS));
  const random = new SeededRandom(options.seed ?? 1);
  return {
    stdin,
    stdout,
    stderr,
    clock,
    random: (buffer) => random.fill(buffer),
    save: () => encodeUtf8(JSON.stringify([stdin.offset, String(clock.elapsedNs), random.state])),
    restore(bytes) {
      const [offset, elapsedNs, state] = savedNumbers(bytes);
      stdin.offset = Number(offset);
      clock.elapsedNs = BigInt(elapsedNs);
      random.state = Number(state) | 0 || 1;
    },
    output: {
      get stdout() {
        return stdout.bytes;
      },
      get stderr() {
        return stderr.bytes;
      },
    },
  };
}

function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? encodeUtf8(content) : content;
}

/** The three whole numbers of a saved host. */
function savedNumbers(bytes: Uint8Array): [string, string, string] {
  const text = decodeUtf8(bytes, 0, bytes.length) ?? '';
  const match = /^\[(\d{1,15}),"(\d{1,30})",(-?\d{1,10})\]$/.exec(text);
  if (match === null) throw new SnapshotError('this is no saved state of a memory host');
  return [match[1]!, match[2]!, match[3]!];
}

class MemoryInput implements PollableInput {
  readonly isTerminal = false;
  readonly isOutside = false;
  readonly #bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(buffer: Uint8Array): number {
    const chunk = this.#bytes.subarray(this.offset, this.offset + buffer.length);
    buffer.set(chunk);
    this.offset += chunk.length;
    return chunk.length;
  }

  tryRead(buffer: Uint8Array): number {
    return this.read(buffer);
  }

  readable(): Readiness {
    const byteCount = this.#bytes.length - this.offset;
    return { byteCount, isHungUp: byteCount === 0 };
  }

  /** It always has what it will ever have. */
  untilReadable(): Wait {
    return nextTurn();
  }
}

class MemoryOutput implements OutputStream {
  readonly isTerminal = false;
  readonly #content = new GrowingBytes(new Budget());

  get bytes(): Uint8Array {
    return this.#content.bytes.slice();
  }

  write(bytes: Uint8Array): void {
    this.#content.write(bytes, this.#content.bytes.length);
  }

  flush(): void {}
}

class MemoryClock implements Clock {
  readonly resolutionNs: bigint;
  readonly #startNs: bigint;
  readonly #tickNs: bigint;
  readonly #timers = new VirtualTimers((dueNs) => {
    if (dueNs > this.elapsedNs) this.elapsedNs = dueNs;
  });
  elapsedNs = BigInt(0);

  constructor(startNs: bigint, tickNs: bigint) {
    this.#startNs = startNs;
    this.#tickNs = tickNs;
    this.resolutionNs = tickNs > 0 ? tickNs : BigInt(1);
  }

  realtimeNs(): bigint {
    return this.#startNs + this.monotonicNs();
  }

  monotonicNs(): bigint {
    const now = this.elapsedNs;
    this.elapsedNs += this.#tickNs;
    return now;
  }

  sleep(durationNs: bigint): void {
    this.elapsedNs += durationNs;
  }

  timer(durationNs: bigint): Wait {
    return this.#timers.add(this.elapsedNs + durationNs);
  }
}

/** xorshift32 (Marsaglia 2003, shifts 13, 17, 5); one byte a step. */
class SeededRandom {
  state: number;

  constructor(seed: number) {
    // Zero is the one state that xorshift never leaves.
    this.state = seed | 0 || 1;
  }

  fill(buffer: Uint8Array): void {
    for (let index = 0; index < buffer.length; index++) {
      this.state ^= this.state << 13;
      this.state ^= this.state >>> 17;
      this.state ^= this.state << 5;
      buffer[index] = this.state >>> 24;
    }
  }
}

/** Most bytes that one file system, or one output, keeps: a guest cannot take all of the host's memory. */
const MAX_KEPT_BYTES = 2 ** 30;

/** Counts what is allocated. */
class Budget {
  #leftBytes = MAX_KEPT_BYTES;

  /** A larger buffer in place of `old`, or `undefined` when it does not fit and `old` has to do. */
  replace(old: Uint8Array, byteLength: number): Uint8Array<ArrayBuffer> | undefined {
    if (byteLength > this.#leftBytes + old.length) return undefined;
    try {
      const bytes = new Uint8Array(byteLength);
      this.#leftBytes -= byteLength - old.length;
      return bytes;
    } catch {
      // The host has less memory than the budget.
      return undefined;
    }
  }

  release(bytes: Uint8Array): void {
    this.#leftBytes += bytes.length;
  }
}

/** Bytes that grow by doubling. */
class GrowingBytes {
  readonly #budget: Budget;
  #buffer = new Uint8Array(0);
  #length = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** The content; dies with the next write. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  write(bytes: Uint8Array, offset: number): void {
    if (offset + bytes.length > this.#length) this.resize(offset + bytes.length);
    this.#buffer.set(bytes, offset);
  }

  /** @throws {HostError} EFBIG, ENOSPC */
  resize(length: number): void {
    if (length > MAX_KEPT_BYTES) throw new HostError('EFBIG');
    if (length > this.#buffer.length) {
      const roomy = Math.max(length, this.#buffer.length * 2, 64);
      const grown = this.#budget.replace(this.#buffer, roomy) ?? this.#budget.replace(this.#buffer, length);
      if (grown === undefined) throw new HostError('ENOSPC');
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    // What a shorter file leaves behind must not come back when it grows again.
    this.#buffer.fill(0, length, this.#length);
    this.#length = length;
  }

  clear(): void {
    this.#budget.release(this.#buffer);
    this.#buffer = new Uint8Array(0);
    this.#length = 0;
  }
}

/** One file system; counts its inodes, so that equal trees have equal numbers. */
class Volume {
  readonly budget = new Budget();
  inodeCount = 0;

  nextInode(): bigint {
    this.inodeCount++;
    return BigInt(this.inodeCount);
  }
}

/** What all nodes of the tree have; a node lives as long as a name or an open handle leads to it. */
abstract class Node {
  abstract readonly type: FileType;
  abstract readonly sizeBytes: number;
  readonly volume: Volume;
  inode: bigint;
  linkCount = 1;
  accessTimeNs = BigInt(0);
  modifyTimeNs = BigInt(0);

  constructor(volume: Volume) {
    this.volume = volume;
    this.inode = volume.nextInode();
  }

  stat(): FileStat {
    return {
      type: this.type,
      device: BigInt(1),
      inode: this.inode,
      linkCount: BigInt(this.linkCount),
      sizeBytes: BigInt(this.sizeBytes),
      accessTimeNs: this.accessTimeNs,
      modifyTimeNs: this.modifyTimeNs,
      changeTimeNs: this.modifyTimeNs,
    };
  }

  setTimes(times: FileTimes): void {
    this.accessTimeNs = times.accessTimeNs ?? this.accessTimeNs;
    this.modifyTimeNs = times.modifyTimeNs ?? this.modifyTimeNs;
  }
}

class FileNode extends Node {
  readonly type = 'file';
  readonly content = new GrowingBytes(this.volume.budget);
  openCount = 0;

  /** Gives the content up when neither a name nor a handle leads to it. */
  releaseIfUnreachable(): void {
    if (this.linkCount === 0 && this.openCount === 0) this.content.clear();
  }

  get sizeBytes(): number {
    return this.content.bytes.length;
  }
}

class LinkNode extends Node {
  readonly type = 'symbolic-link';
  readonly target: string;

  constructor(volume: Volume, target: string) {
    super(volume);
    this.target = target;
  }

  get sizeBytes(): number {
    return encodeUtf8(this.target).length;
  }
}

class DirectoryNode extends Node {
  readonly type = 'directory';
  readonly sizeBytes = 0;
  readonly entries = new Map<string, TreeNode>();
  /** A removed directory takes no new entries, though it may still be open. */
  isRemoved = false;
  parent: DirectoryNode | undefined;

  get(name: string): TreeNode {
    const node = this.entries.get(name);
    if (node === undefined) throw new HostError('ENOENT');
    return node;
  }

  add(name: string, node: TreeNode): void {
    if (this.isRemoved) throw new HostError('ENOENT');
    if (this.entries.has(name)) throw new HostError('EEXIST');
    this.set(name, node);
  }

  set(name: string, node: TreeNode): void {
    this.entries.set(name, node);
    if (node instanceof DirectoryNode) node.parent = this;
  }

  addTree(tree: MemoryTree): void {
    for (const [name, content] of Object.entries(tree)) {
      if (typeof content === 'string' || content instanceof Uint8Array) {
        const file = new FileNode(this.volume);
        file.content.write(toBytes(content), 0);
        this.add(name, file);
      } else {
        const directory = new DirectoryNode(this.volume);
        directory.addTree(content);
        this.add(name, directory);
      }
    }
  }

  /** Whether this is `ancestor` or below it; a loop, as directories may be nested deeper than calls can be. */
  isBelow(ancestor: DirectoryNode): boolean {
    for (let node: DirectoryNode | undefined = this; node !== undefined; node = node.parent) {
      if (node === ancestor) return true;
    }
    return false;
  }
}

type TreeNode = FileNode | LinkNode | DirectoryNode;

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
    this.#node.content.write(bytes, offset);
    return bytes.length;
  }

  append(bytes: Uint8Array): number {
    return this.write(bytes, this.#node.sizeBytes);
  }

  setSize(sizeBytes: number): void {
    this.#node.content.resize(sizeBytes);
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

/** Makes a directory in memory with the content given: a guest's preopen, which the embedder can look into. */
export function memoryDirectory(tree: MemoryTree = {}): MemoryDirectory {
  const node = new DirectoryNode(new Volume());
  node.addTree(tree);
  return new MemoryDirectory(node);
}

/**
 * Makes a directory in memory that is as another one was when it was saved.
 *
 * @throws {SnapshotError} for bytes that `MemoryDirectory.save` did not give
 */
export function loadMemoryDirectory(bytes: Uint8Array): MemoryDirectory {
  return new MemoryDirectory(loadTree(bytes));
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
    return [...this.#node.entries].map(([name, { type, inode }]) => ({ name, type, inode }));
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
    this.#node.add(name, new DirectoryNode(this.#node.volume));
  }

  createLink(name: string, into: HostDirectory, newName: string): void {
    const node = this.#node.get(name);
    const target = this.#neighbour(into);
    if (target.entries.has(newName)) throw new HostError('EEXIST');
    if (node instanceof DirectoryNode) throw new HostError('EPERM');
    target.add(newName, node);
    node.linkCount++;
  }

  createSymbolicLink(name: string, target: string): void {
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
    this.#node.entries.delete(name);
    target.set(newName, node);
  }

  removeDirectory(name: string): void {
    const node = this.#node.get(name);
    if (!(node instanceof DirectoryNode)) throw new HostError('ENOTDIR');
    if (node.entries.size > 0) throw new HostError('ENOTEMPTY');
    node.isRemoved = true;
    this.#node.entries.delete(name);
  }

  removeFile(name: string): void {
    const node = this.#node.get(name);
    if (node instanceof DirectoryNode) throw new HostError('EISDIR');
    this.#node.entries.delete(name);
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
  if (options.truncate) node.content.resize(0);
  return new MemoryFile(node);
}

function removeName(node: FileNode | LinkNode): void {
  node.linkCount--;
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

// Saving: a line of JSON that tells of the nodes, and the contents of the files one behind the other

interface SavedNode {
  readonly inode: number;
  /** Access and change, in ns. */
  readonly times: readonly [string, string];
  /** One of these tells what it is. */
  readonly size?: number;
  readonly target?: string;
  /** Names, and numbers of nodes. */
  readonly entries?: readonly (readonly [string, number])[];
}

const LINE_END = 10;

/** The nodes below `root`, which is the first; one with several names comes once. */
function saveTree(root: DirectoryNode): Uint8Array {
  const numbers = new Map<TreeNode, number>([[root, 0]]);
  const nodes: TreeNode[] = [root];
  const numberOf = (node: TreeNode) => {
    if (!numbers.has(node)) numbers.set(node, nodes.push(node) - 1);
    return numbers.get(node)!;
  };
  const saved: SavedNode[] = [];
  for (let node = nodes[0]; node !== undefined; node = nodes[saved.length]) {
    const times = [String(node.accessTimeNs), String(node.modifyTimeNs)] as const;
    const common = { inode: Number(node.inode), times };
    if (node instanceof FileNode) saved.push({ ...common, size: node.sizeBytes });
    else if (node instanceof LinkNode) saved.push({ ...common, target: node.target });
    else saved.push({ ...common, entries: [...node.entries].map(([name, entry]) => [name, numberOf(entry)] as const) });
  }
  const head = encodeUtf8(`${JSON.stringify([root.volume.inodeCount, saved])}\n`);
  const contents = nodes.map((node) => (node instanceof FileNode ? node.content.bytes : new Uint8Array(0)));
  const bytes = new Uint8Array(contents.reduce((sum, content) => sum + content.length, head.length));
  bytes.set(head);
  let at = head.length;
  for (const content of contents) {
    bytes.set(content, at);
    at += content.length;
  }
  return bytes;
}

function wrongTree(): never {
  throw new SnapshotError('this is no saved directory of a memory host');
}

function loadTree(bytes: Uint8Array): DirectoryNode {
  const end = bytes.indexOf(LINE_END);
  const [inodeCount, saved] = savedNodes(decodeUtf8(bytes, 0, Math.max(end, 0)) ?? '');
  const volume = new Volume();
  let at = end + 1;
  const nodes = saved.map((node) => {
    const made = emptyNode(volume, node);
    made.inode = BigInt(node.inode);
    [made.accessTimeNs, made.modifyTimeNs] = [BigInt(node.times[0]), BigInt(node.times[1])];
    if (made instanceof FileNode) {
      if (node.size! > bytes.length - at) wrongTree();
      made.content.write(bytes.subarray(at, at + node.size!), 0);
      at += node.size!;
    }
    return made;
  });
  volume.inodeCount = inodeCount;
  const [root] = nodes;
  if (at !== bytes.length || !(root instanceof DirectoryNode)) return wrongTree();
  root.linkCount++;
  for (const [i, { entries = [] }] of saved.entries()) addEntries(nodes, i, entries);
  if (nodes.some(({ linkCount }) => linkCount < 1)) wrongTree();
  return root;
}

function emptyNode(volume: Volume, { target, entries }: SavedNode): TreeNode {
  const node =
    entries !== undefined
      ? new DirectoryNode(volume)
      : target !== undefined
        ? new LinkNode(volume, target)
        : new FileNode(volume);
  node.linkCount = 0;
  return node;
}

/** A directory comes after the one that it is in, and has one name: so there are no rings. */
function addEntries(nodes: readonly TreeNode[], number: number, entries: NonNullable<SavedNode['entries']>): void {
  const directory = nodes[number] as DirectoryNode;
  for (const [name, index] of entries) {
    const node = nodes[index];
    const isTaken =
      directory.entries.has(name) || (node instanceof DirectoryNode && (index <= number || node.linkCount > 0));
    if (node === undefined || isTaken) wrongTree();
    directory.set(name, node);
    node.linkCount++;
  }
}

/** Checks the shape of what is read. */
function savedNodes(text: string): [inodeCount: number, nodes: readonly SavedNode[]] {
  try {
    const read = JSON.parse(text) as [number, SavedNode[]];
    const isWhole = (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    const isTime = (value: unknown) => typeof value === 'string' && /^\d{1,20}$/.test(value);
    const isEntry = (value: unknown) =>
      Array.isArray(value) && typeof value[0] === 'string' && /^[^/\0]+$/.test(value[0]) && isWhole(value[1]);
    const isNode = ({ inode, times, size, target, entries }: SavedNode) =>
      isWhole(inode) &&
      Array.isArray(times) &&
      times.length === 2 &&
      times.every(isTime) &&
      [isWhole(size), typeof target === 'string', Array.isArray(entries) && entries.every(isEntry)].filter(Boolean)
        .length === 1;
    if (isWhole(read[0]) && read[1].every(isNode)) return read;
  } catch {
    // It is no JSON, or of another shape.
  }
  return wrongTree();
}
