/**
 * What host functions do to the store through the embedding API, told to whoever writes it down. Nobody
 * listens unless a recording is on; guests' own writes are not told.
 */
import type { Global } from './global.ts';
import type { Memory } from './memory.ts';
import type { Table } from './table.ts';

export interface EffectSink {
  /** The host may read and write these bytes from now until its function returns. */
  touched(memory: Memory, byteOffset: number, byteLength: number): void;
  /** About to be grown. */
  growsMemory(memory: Memory, deltaPages: number): void;
  /** About to be changed. */
  setsElement(table: Table, index: number, ref: unknown): void;
  growsTable(table: Table, delta: number, init: unknown): void;
  /** Has been changed. */
  setGlobal(global: Global): void;
}

/** One for the agent: host functions do not say which store they change. */
export const hostEffects: { sink: EffectSink | null } = { sink: null };
