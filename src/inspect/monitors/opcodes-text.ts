/** A histogram of instructions, static and executed, as a table and as JSON. */
import { instructions } from '../../syntax/index.ts';
import { countText, shareText, tableText } from './text-table.ts';

export interface OpcodeCount {
  readonly mnemonic: string;
  /** In the module's functions. */
  readonly staticCount: number;
  readonly executedCount: number;
}

export interface PairCount {
  /** One after the other, as executed; across calls and returns too. */
  readonly mnemonics: readonly [string, string];
  readonly count: number;
}

/** Counts by mnemonic, the most executed first. */
export function opcodeCounts(ids: Uint16Array, counts: Float64Array): OpcodeCount[] {
  const statics = new Float64Array(instructions.length);
  const executed = new Float64Array(instructions.length);
  ids.forEach((id, instr) => {
    statics[id]! += 1;
    executed[id]! += counts[instr]!;
  });
  return instructions
    .map(({ name }, id) => ({ mnemonic: name, staticCount: statics[id]!, executedCount: executed[id]! }))
    .filter(({ staticCount }) => staticCount > 0)
    .sort((a, b) => b.executedCount - a.executedCount || b.staticCount - a.staticCount);
}

/** @param limit rows of each table at most */
export function opcodesText(opcodes: readonly OpcodeCount[], pairs: readonly PairCount[], limit: number): string {
  const executed = opcodes.reduce((sum, { executedCount }) => sum + executedCount, 0);
  const statics = opcodes.reduce((sum, { staticCount }) => sum + staticCount, 0);
  const rows = opcodes
    .slice(0, limit)
    .map(({ mnemonic, executedCount, staticCount }) => [
      countText(executedCount),
      shareText(executedCount, executed),
      countText(staticCount),
      shareText(staticCount, statics),
      mnemonic,
    ]);
  const numbers = ['right', 'right', 'right', 'right', 'left'] as const;
  const table = tableText(['executed', '', 'static', '', 'instruction'], numbers, rows);
  const head = `${countText(executed)} instructions executed, ${countText(statics)} in the module\n${table}`;
  if (pairs.length === 0) return head;
  const pairRows = pairs
    .slice(0, limit)
    .map(({ mnemonics, count }) => [countText(count), shareText(count, executed), mnemonics.join(', ')]);
  return `${head}\n${tableText(['executed', '', 'pair'], ['right', 'right', 'left'], pairRows)}`;
}
