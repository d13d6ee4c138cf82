/**
 * Builds a call tree from three kinds of moments: a function is entered, control is back in a caller after a
 * call, an exception has landed. Between two moments one frame runs, and what was used belongs to it.
 *
 * Frames are told apart by the height of the control stack, so traps, exits and tail calls, of which nobody
 * tells, show at the next moment: what stood as high or higher is gone.
 */
import { codeAt, EXIT, type Fiber, isEntry, LINK, stopsOf } from '../../interpreter/index.ts';
import { CallTree } from './call-tree.ts';
import type { CodeMap } from './code-map.ts';
import { countAt, type Probing, type Removal, removeAll } from './probing.ts';

/** What the tree weighs, asked at each moment; it never falls. */
export type Measure = (t: Fiber) => number;

interface Stack {
  /** Node of each frame of ours, and the height of the control stack while it runs. */
  readonly nodes: number[];
  readonly heights: number[];
}

export class CallRecorder {
  readonly tree = new CallTree();
  private readonly measure: Measure;
  private readonly stacks = new WeakMap<Fiber, Stack>();
  private fiber: Fiber | undefined;
  private stack: Stack = { nodes: [], heights: [] };
  private former: number;

  /** @param now what `measure` stands at */
  constructor(now: number, measure: Measure = countAt) {
    this.former = now;
    this.measure = measure;
  }

  /** What was used since the last moment belongs to the frame on top, as frames stood then. */
  private charge(t: Fiber): void {
    const now = this.measure(t);
    this.chargeUpTo(now);
    if (t !== this.fiber) this.change(t);
  }

  private chargeUpTo(now: number): void {
    const { nodes } = this.stack;
    const top = nodes.length === 0 ? 0 : nodes[nodes.length - 1]!;
    this.tree.selfs[top]! += now - this.former;
    this.former = now;
  }

  private change(t: Fiber): void {
    let stack = this.stacks.get(t);
    if (stack === undefined) {
      stack = { nodes: [], heights: [] };
      this.stacks.set(t, stack);
    }
    this.fiber = t;
    this.stack = stack;
  }

  /** Drops frames that stood above `height`. */
  private cut(height: number): void {
    const { nodes, heights } = this.stack;
    while (heights.length > 0 && heights[heights.length - 1]! > height) {
      heights.pop();
      nodes.pop();
    }
  }

  enter(t: Fiber, funcidx: number): void {
    this.charge(t);
    this.cut(t.sp - 1);
    const node = this.push(funcidx, t.sp);
    this.tree.callCounts[node]! += 1;
  }

  /** A frame that stands already, the outer ones told before. */
  stand(t: Fiber, funcidx: number, height: number): void {
    this.change(t);
    this.push(funcidx, height);
  }

  private push(funcidx: number, height: number): number {
    const { nodes, heights } = this.stack;
    const node = this.tree.child(nodes.length === 0 ? 0 : nodes[nodes.length - 1]!, funcidx);
    nodes.push(node);
    heights.push(height);
    return node;
  }

  /** Control is in a frame that may have waited for others, which are gone now. */
  resume(t: Fiber): void {
    const { heights } = this.stack;
    if (t === this.fiber && (heights.length === 0 || heights[heights.length - 1]! <= t.sp)) return;
    this.charge(t);
    this.cut(t.sp);
  }

  /** An exception has landed in a frame: unlike a return, what threw has used all up to now. */
  land(t: Fiber): void {
    this.charge(t);
    this.cut(t.sp);
  }

  /** @param now what the measure stands at, at the end of the run */
  finish(now: number): void {
    this.chargeUpTo(now);
  }
}

/** @returns takes the visits out again; what was recorded stays */
export function watchCalls(probing: Probing, map: CodeMap, recorder: CallRecorder): Removal {
  const removals: Removal[] = [];
  const standing = probing.standing();
  if (standing !== undefined) recordStanding(probing, recorder, standing);
  const resumed = (t: Fiber): true => {
    recorder.resume(t);
    return true;
  };
  const listening = probing.eachCode((code) => {
    for (const check of stopsOf(code)) {
      if (map.isReturnSite(map.instrAt(check.pc))) removals.push(probing.visitAt(code, check, resumed));
    }
  });
  removals.push(
    listening,
    probing.visitEntries((t, { code }) => recorder.enter(t, code.funcidx)),
    probing.listen({ landed: (t) => recorder.land(t) }),
  );
  return removeAll(removals);
}

/** The frames of the instance in which a fiber stands. */
function recordStanding({ instance }: Probing, recorder: CallRecorder, t: Fiber): void {
  let link = 0;
  let current = t.links[0] ?? t.instance;
  const record = (pc: number, height: number) => {
    if (current === instance) recorder.stand(t, codeAt(instance.code, pc).funcidx, height);
  };
  for (let i = 0; i < t.sp; i++) {
    const call = t.OS[i]!;
    if (call === LINK) current = t.links[++link] ?? t.instance;
    else if (call !== EXIT) record(call.pc, i);
  }
  if (t.n !== null && t.n.pc >= 0 && !isEntry(t.n)) record(t.n.pc, t.sp);
}
