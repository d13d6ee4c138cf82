/** The engines by name. */
import type { Engine, MissingEngine } from '../case.ts';
import { glassboxEngine } from './glassbox.ts';
import { hostEngine } from './host.ts';
import { wasmiEngine } from './wasmi.ts';
import { wasmtimeEngine } from './wasmtime.ts';

export { glassboxEngine } from './glassbox.ts';
export { hostEngine } from './host.ts';
export { wasmtimeEngine } from './wasmtime.ts';

/** What Glassbox can be compared with; `clear` is Glassbox itself, one instruction after the other. */
export const engineNames = ['v8', 'wasmtime', 'wasmi', 'clear'] as const;
export type EngineName = (typeof engineNames)[number];

/** @param version Glassbox's own */
export async function findEngine(name: EngineName, version: string): Promise<Engine | MissingEngine> {
  if (name === 'v8') return hostEngine();
  if (name === 'wasmtime') return wasmtimeEngine();
  return name === 'wasmi' ? wasmiEngine() : glassboxEngine('clear', version);
}

export function isMissing(found: Engine | MissingEngine): found is MissingEngine {
  return 'missing' in found;
}
