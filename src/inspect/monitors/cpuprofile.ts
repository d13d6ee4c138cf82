/**
 * A call tree as the `.cpuprofile` that Chrome's DevTools and editors read. It knows time only, so an
 * instruction is shown as a microsecond.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
import type { CallTree } from './call-tree.ts';

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly scriptId: string;
      readonly url: string;
      /** From 0; −1: none. Readers that show places take the byte offset as a column, as V8 gives it for wasm. */
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
    readonly hitCount: number;
    readonly children: readonly number[];
  }[];
  /** Microseconds. */
  readonly startTime: number;
  readonly endTime: number;
  /** Node of each sample; it lasts until the next one. */
  readonly samples: readonly number[];
  /** Before each sample. */
  readonly timeDeltas: readonly number[];
}

const ROOT_ID = 1;

/**
 * @param url of the module, as readers show it
 * @param nameOf a function's name
 * @param offsetOf byte offset of a function's body
 * @param scale microseconds of one unit of the tree's weight
 */
export function cpuProfile(
  tree: CallTree,
  url: string,
  nameOf: (funcidx: number) => string,
  offsetOf: (funcidx: number) => number,
  scale: number,
): CpuProfile {
  const nodes: CpuProfile['nodes'][number][] = [];
  const samples: number[] = [];
  const timeDeltas: number[] = [];
  let untilNext = 0;
  // The sum is rounded, not the parts, so that nothing is lost.
  let exactTime = 0;
  let endTime = 0;
  for (let node = 0; node < tree.size; node++) {
    const isRoot = node === 0;
    const funcidx = tree.funcidxs[node]!;
    exactTime += tree.selfs[node]! * scale;
    const duration = Math.round(exactTime) - endTime;
    endTime += duration;
    nodes.push({
      id: node + ROOT_ID,
      callFrame: {
        functionName: isRoot ? '(root)' : nameOf(funcidx),
        scriptId: '0',
        url: isRoot ? '' : url,
        lineNumber: isRoot ? -1 : 0,
        columnNumber: isRoot ? -1 : offsetOf(funcidx),
      },
      // Readers weigh nodes by their share of all hits.
      hitCount: duration,
      children: tree.children(node).map((child) => child + ROOT_ID),
    });
    if (duration === 0) continue;
    samples.push(node + ROOT_ID);
    timeDeltas.push(untilNext);
    untilNext = duration;
  }
  // The last sample, too, needs one after it to end at.
  samples.push(ROOT_ID);
  timeDeltas.push(untilNext);
  return { nodes, startTime: 0, endTime, samples, timeDeltas };
}
