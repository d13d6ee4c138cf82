/** What a guest may use, and what it has used: options and numbers that the commands which run guests share. */
import { type LoopName, loopNames, type Store, type StoreOptions } from '../api/index.ts';
import { nowMs } from './clock.ts';
import { type Arguments, choice, type Option, quantity } from './command.ts';
import { countText, durationText, parseBytes, parseCount, parseDurationMs } from './quantities.ts';

export const loopOption: Option = {
  name: 'loop',
  value: 'NAME',
  help: `the dispatch loop: ${loopNames.join(', ')} (default: the fastest just then)`,
};

export const limitOptions: readonly Option[] = [
  { name: 'fuel', value: 'N', help: 'stop after N instructions' },
  { name: 'timeout', value: 'TIME', help: 'stop after 300ms, 5s, 2m; plain numbers are seconds' },
  { name: 'max-memory', value: 'SIZE', help: 'the most all memories may grow to: 64K, 16M, 2G' },
  loopOption,
];

export const statsOption: Option = { name: 'stats', help: 'write to standard error what the run took' };

export function storeOptionsOf(args: Arguments): StoreOptions {
  const fuel = quantity(args, 'fuel', parseCount, 'a whole number of instructions');
  const timeoutMs = quantity(args, 'timeout', parseDurationMs, '300ms, 5s or 2m');
  const maxMemoryBytes = quantity(args, 'max-memory', parseBytes, '64K, 16M or 2G');
  const loop = loopNameOf(args);
  return {
    ...(fuel === undefined ? {} : { fuel }),
    ...(timeoutMs === undefined ? {} : { timeoutMs, clock: nowMs }),
    ...(maxMemoryBytes === undefined ? {} : { maxMemoryBytes }),
    ...(loop === undefined ? {} : { loop }),
  };
}

/** @throws {Failure} for a name that no loop has */
export function loopNameOf(args: Arguments): LoopName | undefined {
  return args.value('loop') === undefined ? undefined : choice(args, 'loop', loopNames);
}

const PAGE_BYTES = 0x10000;

/** What `--stats` writes. */
export function statsText(
  store: Pick<Store, 'instructionCount' | 'callCount' | 'memoryBytes'>,
  durationMs: number,
): string {
  return [
    `instructions  ${countText(store.instructionCount)}\n`,
    `calls         ${countText(store.callCount)}\n`,
    `memory pages  ${countText(Math.ceil(store.memoryBytes / PAGE_BYTES))}\n`,
    `time          ${durationText(durationMs)}\n`,
  ].join('');
}
