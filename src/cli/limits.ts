/** What a guest may use, and what it has used: options and numbers that the commands which run guests share. */
import type { Store, StoreOptions } from '../api/index.ts';
import { type Arguments, type Option, quantity } from './command.ts';
import { countText, durationText, parseBytes, parseCount, parseDurationMs } from './quantities.ts';

export const limitOptions: readonly Option[] = [
  { name: 'fuel', value: 'N', help: 'stop after N instructions' },
  { name: 'timeout', value: 'TIME', help: 'stop after 300ms, 5s, 2m; plain numbers are seconds' },
  { name: 'max-memory', value: 'SIZE', help: 'the most all memories may grow to: 64K, 16M, 2G' },
];

export const statsOption: Option = { name: 'stats', help: 'write to standard error what the run took' };

export function storeOptionsOf(args: Arguments): StoreOptions {
  const fuel = quantity(args, 'fuel', parseCount, 'a whole number of instructions');
  const timeoutMs = quantity(args, 'timeout', parseDurationMs, '300ms, 5s or 2m');
  const maxMemoryBytes = quantity(args, 'max-memory', parseBytes, '64K, 16M or 2G');
  return {
    ...(fuel === undefined ? {} : { fuel }),
    ...(timeoutMs === undefined ? {} : { timeoutMs, clock: () => performance.now() }),
    ...(maxMemoryBytes === undefined ? {} : { maxMemoryBytes }),
  };
}

const PAGE_BYTES = 0x10000;

/** What `--stats` writes. */
export function statsText(store: Store, durationMs: number): string {
  return [
    `instructions  ${countText(store.instructionCount)}\n`,
    `calls         ${countText(store.callCount)}\n`,
    `memory pages  ${countText(Math.ceil(store.memoryBytes / PAGE_BYTES))}\n`,
    `time          ${durationText(durationMs)}\n`,
  ].join('');
}
