/** Trees as bytes: a line of JSON that tells of the nodes, and the contents of the files one behind the other. */
import { decodeUtf8, encodeUtf8 } from '../../../api/index.ts';
import { SnapshotError } from '../../../syntax/index.ts';
import { DirectoryNode, FileNode, LinkNode, type TimeSource, type TreeNode, Volume } from './tree.ts';

interface SavedNode {
  readonly inode: number;
  /** Of access, modification and change, in ns. */
  readonly times: readonly [string, string, string];
  /** One of these tells what it is. */
  readonly size?: number;
  readonly target?: string;
  /** Names, and numbers of nodes. */
  readonly entries?: readonly (readonly [string, number])[];
}

const LINE_END = 10;

/** The nodes below `root`, which is the first; one with several names comes once. */
export function saveTree(root: DirectoryNode): Uint8Array {
  const numbers = new Map<TreeNode, number>([[root, 0]]);
  const nodes: TreeNode[] = [root];
  const numberOf = (node: TreeNode) => {
    if (!numbers.has(node)) numbers.set(node, nodes.push(node) - 1);
    return numbers.get(node)!;
  };
  const saved: SavedNode[] = [];
  for (let node = nodes[0]; node !== undefined; node = nodes[saved.length]) {
    const times = [String(node.accessTimeNs), String(node.modifyTimeNs), String(node.changeTimeNs)] as const;
    const common = { inode: Number(node.inode), times };
    if (node instanceof FileNode) saved.push({ ...common, size: node.sizeBytes });
    else if (node instanceof LinkNode) saved.push({ ...common, target: node.target });
    else saved.push({ ...common, entries: [...node.entries].map(([name, entry]) => [name, numberOf(entry)] as const) });
  }
  const head = encodeUtf8(`${JSON.stringify([root.volume.inodeCount, root.volume.changeCount, saved])}\n`);
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

export function loadTree(bytes: Uint8Array, clock: TimeSource | undefined): DirectoryNode {
  const end = bytes.indexOf(LINE_END);
  const [inodeCount, changeCount, saved] = savedNodes(decodeUtf8(bytes, 0, Math.max(end, 0)) ?? '');
  const volume = new Volume(clock);
  let at = end + 1;
  const nodes = saved.map((node) => {
    const made = emptyNode(volume, node);
    made.inode = BigInt(node.inode);
    [made.accessTimeNs, made.modifyTimeNs, made.changeTimeNs] = node.times.map(BigInt) as [bigint, bigint, bigint];
    if (made instanceof FileNode) {
      if (node.size! > bytes.length - at) wrongTree();
      made.content.write(bytes.subarray(at, at + node.size!), 0);
      at += node.size!;
    }
    return made;
  });
  volume.inodeCount = inodeCount;
  volume.changeCount = changeCount;
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
function savedNodes(text: string): [inodeCount: number, changeCount: number, nodes: readonly SavedNode[]] {
  try {
    const read = JSON.parse(text) as [number, number, SavedNode[]];
    const isWhole = (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    const isTime = (value: unknown) => typeof value === 'string' && /^\d{1,20}$/.test(value);
    const isEntry = (value: unknown) =>
      Array.isArray(value) && typeof value[0] === 'string' && /^[^/\0]+$/.test(value[0]) && isWhole(value[1]);
    const isNode = ({ inode, times, size, target, entries }: SavedNode) =>
      isWhole(inode) &&
      Array.isArray(times) &&
      times.length === 3 &&
      times.every(isTime) &&
      [isWhole(size), typeof target === 'string', Array.isArray(entries) && entries.every(isEntry)].filter(Boolean)
        .length === 1;
    if (isWhole(read[0]) && isWhole(read[1]) && read[2].every(isNode)) return read;
  } catch {
    // It is no JSON, or of another shape.
  }
  return wrongTree();
}
