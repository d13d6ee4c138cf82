/**
 * Operand stacks as they are at every place of a function, sharing what they have in common, and the joins
 * where paths meet. It answers which instructions may have produced an operand.
 *
 *     a stack is its topmost run; a run points at the run below it:
 *       run │ below │ height with it │ node of its first operand │
 *     node ≥ 0     byte offset of the instruction that pushed the whole run
 *     node < 0     ~element: operands of a run are consecutive elements of a join
 *     a join has an edge for each path into it: a stack whose topmost operands are what the path brings
 *
 * So an instruction costs one run whatever it pushes, a branch one edge whatever it carries, and joins are
 * followed only when somebody asks: hostile code stays linear, loops need no iteration.
 */
import { IntList } from './int-list.ts';

/** The empty stack. */
export const EMPTY = 0;
/** Runs and edges looked at for one operand; code that people write is far below it. */
const MAX_STEPS = 2 ** 18;

/** A set of byte offsets, ascending. */
export interface Producers {
  readonly byteOffsets: readonly number[];
  /** The search was given up: there may be more. */
  readonly isCut: boolean;
}

export class OperandGraph {
  private readonly below = new IntList();
  private readonly heights = new IntList();
  private readonly nodes = new IntList();
  private readonly joinArity = new IntList();
  /** First edge of each join, −1 for none; `edgeNext` goes on. */
  private readonly joinEdge = new IntList();
  private readonly edgeStack = new IntList();
  private readonly edgeNext = new IntList();
  /** First element of each range that was given out, and the join it belongs to. */
  private readonly rangeStart = new IntList();
  private readonly rangeJoin = new IntList();
  private elementCount = 0;

  constructor() {
    this.below.push(0);
    this.heights.push(0);
    this.nodes.push(0);
  }

  height(stack: number): number {
    return this.heights.at(stack);
  }

  /** The stack with `count` operands more, all made by the instruction at `byteOffset`. */
  pushMade(stack: number, count: number, byteOffset: number): number {
    return this.push(stack, count, byteOffset);
  }

  private push(stack: number, count: number, node: number): number {
    if (count === 0) return stack;
    this.heights.push(this.height(stack) + count);
    this.nodes.push(node);
    return this.below.push(stack);
  }

  /** The stack without what is above `height`. */
  cut(stack: number, height: number): number {
    let at = stack;
    while (this.height(this.below.at(at)) >= height && at !== EMPTY) at = this.below.at(at);
    if (this.height(at) <= height) return at;
    return this.push(this.below.at(at), height - this.height(this.below.at(at)), this.nodes.at(at));
  }

  newJoin(arity: number): number {
    this.joinArity.push(arity);
    return this.joinEdge.push(-1);
  }

  /** A path into the join, which brings the topmost operands of `stack`. */
  addEdge(join: number, stack: number): void {
    const first = this.joinEdge.at(join);
    if (first >= 0 && this.edgeStack.at(first) === stack) return;
    this.edgeStack.push(stack);
    this.joinEdge.set(join, this.edgeNext.push(first));
  }

  /** The stack with the join's operands on top. */
  pushJoined(stack: number, join: number): number {
    const arity = this.joinArity.at(join);
    if (arity === 0) return stack;
    this.rangeStart.push(this.elementCount);
    this.rangeJoin.push(join);
    const node = ~this.elementCount;
    this.elementCount += arity;
    return this.push(stack, arity, node);
  }

  /** The stack with `count` operands that nothing makes: unreachable code has as many as it needs. */
  pushNothing(stack: number, count: number): number {
    return this.pushJoined(stack, this.newJoin(count));
  }

  /** The nodes of a stack's operands, bottom first. */
  nodesOf(stack: number): number[] {
    const nodes: number[] = [];
    for (let at = stack; at !== EMPTY; at = this.below.at(at)) {
      const first = this.nodes.at(at);
      for (let i = this.height(at) - this.height(this.below.at(at)) - 1; i >= 0; i--) {
        nodes.push(first < 0 ? first - i : first);
      }
    }
    return nodes.reverse();
  }

  /** The instructions that may have made the operand behind a node. */
  producers(node: number): Producers {
    if (node >= 0) return { byteOffsets: [node], isCut: false };
    const found = new Set<number>();
    const seen = new Set<number>([node]);
    const waiting = [node];
    let steps = 0;
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const range = this.rangeStart.lastNotAbove(~at);
      const join = this.rangeJoin.at(range);
      const fromTop = this.joinArity.at(join) - (~at - this.rangeStart.at(range));
      for (let edge = this.joinEdge.at(join); edge >= 0; edge = this.edgeNext.at(edge)) {
        const stack = this.edgeStack.at(edge);
        let run = stack;
        const index = this.height(stack) - fromTop;
        while (this.height(this.below.at(run)) > index) {
          run = this.below.at(run);
          steps++;
        }
        const first = this.nodes.at(run);
        if (++steps > MAX_STEPS) return { byteOffsets: ascending(found), isCut: true };
        if (first >= 0) found.add(first);
        else {
          const element = first - (index - this.height(this.below.at(run)));
          if (seen.has(element)) continue;
          seen.add(element);
          waiting.push(element);
        }
      }
    }
    return { byteOffsets: ascending(found), isCut: false };
  }
}

function ascending(values: ReadonlySet<number>): number[] {
  return [...values].sort((a, b) => a - b);
}
