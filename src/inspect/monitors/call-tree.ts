/**
 * A call tree: functions by the path of calls that led to them, with what each used itself. It is built by
 * profile.ts and read by the formats, all without recursion, since guests' stacks are deep.
 */

/** Nodes of one tree; paths beyond are counted with the function that they lead on from. */
const MAX_NODES = 1_000_000;
/** Function index of the root. */
export const ROOT = -1;

/** Nodes in the order of their first call: a node's parent always stands before it. Node 0 is the root. */
export class CallTree {
  readonly funcidxs: number[] = [ROOT];
  readonly parents: number[] = [-1];
  readonly callCounts: number[] = [0];
  /** Used by the function itself, not by what it calls: instructions or milliseconds. */
  readonly selfs: number[] = [0];
  private readonly childrenOf: (Map<number, number> | undefined)[] = [undefined];

  get size(): number {
    return this.funcidxs.length;
  }

  /** The child of `node` for a call of `funcidx`, made when it is the first. */
  child(node: number, funcidx: number): number {
    const children = this.childrenOf[node];
    const known = children?.get(funcidx);
    if (known !== undefined) return known;
    if (this.size >= MAX_NODES) return node;
    const child = this.size;
    this.funcidxs.push(funcidx);
    this.parents.push(node);
    this.callCounts.push(0);
    this.selfs.push(0);
    this.childrenOf.push(undefined);
    if (children === undefined) this.childrenOf[node] = new Map([[funcidx, child]]);
    else children.set(funcidx, child);
    return child;
  }

  children(node: number): readonly number[] {
    return [...(this.childrenOf[node]?.values() ?? [])];
  }

  /** Of each node, what it and all below it used. */
  totals(): number[] {
    const totals = [...this.selfs];
    for (let node = this.size - 1; node > 0; node--) totals[this.parents[node]!]! += totals[node]!;
    return totals;
  }

  /** Calls `enter` and `leave` around each node, the root left out; children in the order of `order`. */
  walk(
    enter: (node: number, depth: number) => void,
    leave: (node: number) => void,
    order: (children: readonly number[]) => readonly number[] = (children) => children,
  ): void {
    const open: { node: number; children: readonly number[]; at: number }[] = [
      { node: 0, children: order(this.children(0)), at: 0 },
    ];
    while (open.length > 0) {
      const top = open[open.length - 1]!;
      const child = top.children[top.at++];
      if (child !== undefined) {
        enter(child, open.length - 1);
        open.push({ node: child, children: order(this.children(child)), at: 0 });
        continue;
      }
      open.pop();
      if (top.node !== 0) leave(top.node);
    }
  }

  /** By function: calls, what it used itself, and with all it called; recursion counts once. */
  byFunction(): ReadonlyMap<number, FunctionUse> {
    const totals = this.totals();
    const uses = new Map<number, { callCount: number; self: number; total: number; open: number }>();
    const use = (node: number) => {
      const funcidx = this.funcidxs[node]!;
      const known = uses.get(funcidx) ?? { callCount: 0, self: 0, total: 0, open: 0 };
      uses.set(funcidx, known);
      return known;
    };
    this.walk(
      (node) => {
        const known = use(node);
        known.callCount += this.callCounts[node]!;
        known.self += this.selfs[node]!;
        if (known.open++ === 0) known.total += totals[node]!;
      },
      (node) => {
        use(node).open--;
      },
    );
    return uses;
  }
}

export interface FunctionUse {
  readonly callCount: number;
  readonly self: number;
  readonly total: number;
}
