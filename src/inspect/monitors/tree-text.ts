/** A call tree as indented text, the heaviest calls first, what is too light left out. */
import type { CallTree } from './call-tree.ts';
import { countText, shareText, tableText } from './text-table.ts';

export interface TreeTextOptions {
  readonly nameOf: (funcidx: number) => string;
  /** How a weight reads. */
  readonly weightText?: (weight: number) => string;
  /** Calls below this share of all are left out: 0 to 1. */
  readonly minShare: number;
  /** Lines at most. */
  readonly limit: number;
}

/** Deeper calls are not indented further. */
const MAX_INDENT = 40;

/** One line a call path: total and its share, self, calls, name. Ends in a newline. */
export function treeText(tree: CallTree, unit: string, options: TreeTextOptions): string {
  const { nameOf, weightText = countText, minShare, limit } = options;
  const totals = tree.totals();
  const whole = totals[0]!;
  const isShown = (node: number) => whole === 0 || totals[node]! >= minShare * whole;
  const rows: string[][] = [];
  let hiddenCount = 0;
  const heaviestFirst = (children: readonly number[]) => {
    const shown = children.filter(isShown).sort((a, b) => totals[b]! - totals[a]!);
    hiddenCount += children.length - shown.length;
    return shown;
  };
  tree.walk(
    (node, depth) => {
      if (rows.length >= limit) {
        hiddenCount++;
        return;
      }
      rows.push([
        weightText(totals[node]!),
        shareText(totals[node]!, whole),
        weightText(tree.selfs[node]!),
        countText(tree.callCounts[node]!),
        `${'  '.repeat(Math.min(depth, MAX_INDENT))}${nameOf(tree.funcidxs[node]!)}`,
      ]);
    },
    () => undefined,
    heaviestFirst,
  );
  const table = tableText(
    ['total', '', 'self', 'calls', 'function'],
    ['right', 'right', 'right', 'right', 'left'],
    rows,
  );
  const hidden = hiddenCount === 0 ? '' : `${countText(hiddenCount)} lighter calls are not shown\n`;
  return `${weightText(whole)} ${unit}\n${table}${hidden}`;
}
