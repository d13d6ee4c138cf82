/** The calls of a run so far as a tree: one node for each function that another called, with how often. */
import type { Session } from '../../api/index.ts';

interface CallNode {
  readonly funcidx: number;
  count: number;
  readonly children: Map<number, CallNode>;
}

/** Paths beyond are counted with the function that they lead on from. */
const MAX_NODES = 100_000;

export class CallTracker {
  private readonly root: CallNode = { funcidx: -1, count: 0, children: new Map() };
  private readonly open: { readonly depth: number; readonly node: CallNode }[] = [];
  private nodeCount = 0;
  /** The furthest moment that was seen: calls before it are counted already when a recording is replayed. */
  private furthest = -1;

  constructor(session: Session) {
    session.onEnter(({ depth, funcidx, instructionCount }) => {
      if (instructionCount <= this.furthest) return;
      this.furthest = instructionCount;
      this.enter(depth, funcidx);
    });
  }

  /** Frames that stood as high are gone, whichever way. */
  private enter(depth: number, funcidx: number): void {
    const { open } = this;
    while (open.length > 0 && open[open.length - 1]!.depth >= depth) open.pop();
    const parent = open[open.length - 1]?.node ?? this.root;
    let node = parent.children.get(funcidx);
    if (node === undefined) {
      node = this.nodeCount >= MAX_NODES ? parent : { funcidx, count: 0, children: new Map() };
      this.nodeCount++;
      if (node !== parent) parent.children.set(funcidx, node);
    }
    node.count++;
    open.push({ depth, node });
  }

  /** One line a path, as trees are drawn; @param maxDepth levels to show */
  rows(label: (funcidx: number) => string, maxDepth: number, maxRows: number): string[] {
    const rows: string[] = [];
    const stack: { node: CallNode; prefix: string; isLast: boolean; depth: number }[] = [];
    const push = (node: CallNode, prefix: string, depth: number): void => {
      const children = [...node.children.values()];
      for (let i = children.length - 1; i >= 0; i--) {
        stack.push({ node: children[i]!, prefix, isLast: i === children.length - 1, depth });
      }
    };
    push(this.root, '', 0);
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { node, prefix, isLast, depth } = top;
      if (rows.length >= maxRows) {
        rows.push('…');
        break;
      }
      const branch = depth === 0 ? '' : isLast ? '└─ ' : '├─ ';
      const times = node.count === 1 ? '' : `  ×${node.count}`;
      const isCut = depth + 1 >= maxDepth && node.children.size > 0;
      rows.push(`${prefix}${branch}${label(node.funcidx)}${times}${isCut ? '  …' : ''}`);
      if (!isCut) push(node, depth === 0 ? '' : `${prefix}${isLast ? '   ' : '│  '}`, depth + 1);
    }
    return rows;
  }
}
