/** What files, links and directories in memory are: nodes of a tree, their times and numbers. */
import { encodeUtf8 } from '../../../api/index.ts';
import { type FileStat, type FileTimes, type FileType, HostError } from '../host.ts';
import { Budget, GrowingBytes, toBytes } from './bytes.ts';

/** What a directory is made of: text or bytes for a file, a nested tree for a directory. */
export interface MemoryTree {
  readonly [name: string]: string | Uint8Array | MemoryTree;
}

/** Where the times of changes come from. */
export interface TimeSource {
  realtimeNs(): bigint;
}

/** 2022-01-01T00:00:00Z, where the memory host's clock starts too. */
const FIRST_TIME_NS = BigInt(1_640_995_200) * BigInt(1e9);
/** What a change takes by a file system's own time: what is changed later is younger. */
const CHANGE_NS = BigInt(1000);

/** One file system; counts its inodes and changes, so that equal trees have equal numbers and times. */
export class Volume {
  readonly budget = new Budget();
  readonly #clock: TimeSource | undefined;
  inodeCount = 0;
  changeCount = 0;

  constructor(clock: TimeSource | undefined) {
    this.#clock = clock;
  }

  /** The time of a change, in ns since 1970. */
  changeTimeNs(): bigint {
    if (this.#clock !== undefined) return this.#clock.realtimeNs();
    this.changeCount++;
    return FIRST_TIME_NS + BigInt(this.changeCount) * CHANGE_NS;
  }

  nextInode(): bigint {
    this.inodeCount++;
    return BigInt(this.inodeCount);
  }
}

/** What all nodes of the tree have; a node lives as long as a name or an open handle leads to it. */
export abstract class Node {
  abstract readonly type: FileType;
  abstract readonly sizeBytes: number;
  readonly volume: Volume;
  inode: bigint;
  linkCount = 1;
  /** When it was made, or set; reading does not change it. */
  accessTimeNs: bigint;
  modifyTimeNs: bigint;
  /** When anything about it changed, such as its names. */
  changeTimeNs: bigint;

  constructor(volume: Volume) {
    this.volume = volume;
    this.inode = volume.nextInode();
    const now = volume.changeTimeNs();
    [this.accessTimeNs, this.modifyTimeNs, this.changeTimeNs] = [now, now, now];
  }

  /** Its content changed: for a directory, its entries. */
  touch(): void {
    this.modifyTimeNs = this.volume.changeTimeNs();
    this.changeTimeNs = this.modifyTimeNs;
  }

  /** What changed is not its content. */
  touchAbout(): void {
    this.changeTimeNs = this.volume.changeTimeNs();
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
      changeTimeNs: this.changeTimeNs,
    };
  }

  setTimes(times: FileTimes): void {
    this.accessTimeNs = times.accessTimeNs ?? this.accessTimeNs;
    this.modifyTimeNs = times.modifyTimeNs ?? this.modifyTimeNs;
    this.touchAbout();
  }
}

export class FileNode extends Node {
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

export class LinkNode extends Node {
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

export class DirectoryNode extends Node {
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

  /** @throws {HostError} ENOENT, EEXIST */
  checkFree(name: string): void {
    if (this.isRemoved) throw new HostError('ENOENT');
    if (this.entries.has(name)) throw new HostError('EEXIST');
  }

  add(name: string, node: TreeNode): void {
    this.checkFree(name);
    this.set(name, node);
    this.touch();
  }

  set(name: string, node: TreeNode): void {
    this.entries.set(name, node);
    if (node instanceof DirectoryNode) node.parent = this;
  }

  remove(name: string): void {
    this.entries.delete(name);
    this.touch();
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

export type TreeNode = FileNode | LinkNode | DirectoryNode;
