/** Coverage as a table of functions. */
import { type CoverageData, functionsOf, isReached, type Reached, totalsOf } from './coverage-data.ts';
import { countText, shareText, tableText } from './text-table.ts';

function reachedText({ hit, of }: Reached): string {
  return `${countText(hit)} of ${countText(of)}`;
}

/** @param wantsAll also list functions that were never called */
export function coverageText(data: CoverageData, wantsAll: boolean): string {
  const functions = functionsOf(data);
  const totals = totalsOf(functions);
  const shown = wantsAll ? functions : functions.filter(isReached);
  const rows = shown.map(({ name, instructions, outcomes }) => [
    reachedText(instructions),
    shareText(instructions.hit, instructions.of),
    outcomes.of === 0 ? '' : reachedText(outcomes),
    outcomes.of === 0 ? '' : shareText(outcomes.hit, outcomes.of),
    name,
  ]);
  const line = (what: string, reached: Reached) =>
    `${what.padEnd(13)} ${reachedText(reached)} (${shareText(reached.hit, reached.of)})\n`;
  const hiddenCount = functions.length - shown.length;
  return [
    `coverage of ${data.title}\n`,
    line('instructions', totals.instructions),
    line('branches', totals.outcomes),
    line('functions', totals.functions),
    '\n',
    tableText(['instructions', '', 'branches', '', 'function'], ['right', 'right', 'right', 'right', 'left'], rows),
    hiddenCount === 0 ? '' : `${countText(hiddenCount)} functions that never ran are not shown\n`,
  ].join('');
}
