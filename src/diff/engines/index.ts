/** The engines by name, and what modules each of them takes. */
import type { Engine, MissingEngine, Profile } from '../case.ts';
import { glassboxEngine, type OwnCode } from './glassbox.ts';
import { hostEngine } from './host.ts';
import { wasmiEngine } from './wasmi.ts';
import { wasmtimeEngine } from './wasmtime.ts';

export { glassboxEngine } from './glassbox.ts';
export { hostEngine } from './host.ts';
export { wasmtimeEngine } from './wasmtime.ts';

/** Other code and other loops of Glassbox itself, to stand beside what it does unless told. */
const ownCode = {
  clear: { lowering: 'clear' },
  switch: { loop: 'switch' },
  halves: { loop: 'halves' },
  handlers: { loop: 'handlers' },
} as const satisfies Record<string, OwnCode>;

/** Engines of others, and the profile whose modules each takes. */
const otherProfiles = { v8: 'host', wasmtime: 'standard', wasmi: 'common' } as const satisfies Record<string, Profile>;

export type OwnName = keyof typeof ownCode;
export type OtherName = keyof typeof otherProfiles;
export type EngineName = OwnName | OtherName;

/** What Glassbox can be compared with. */
export const engineNames = [...keysOf(otherProfiles), ...keysOf(ownCode)];
/** Unless told: the engines of others, and the clear code. */
export const usualEngineNames: readonly EngineName[] = [...keysOf(otherProfiles), 'clear'];

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[];
}

function isOwn(name: string): name is OwnName {
  return name in ownCode;
}

/** @param version Glassbox's own */
export async function findEngine(name: EngineName, version: string): Promise<Engine | MissingEngine> {
  if (isOwn(name)) return glassboxEngine(ownCode[name], version, name);
  if (name === 'v8') return hostEngine();
  return name === 'wasmtime' ? wasmtimeEngine() : wasmiEngine();
}

export function isMissing(found: Engine | MissingEngine): found is MissingEngine {
  return 'missing' in found;
}

/** The profiles of a campaign: each engine's own, and beside several what all of them have. */
export function profilesFor(names: readonly EngineName[]): Profile[] {
  const profiles = names.flatMap((name): Profile[] => (isOwn(name) ? [] : [otherProfiles[name]]));
  if (profiles.length === 0) return ['all'];
  return profiles.length === 1 ? profiles : [...new Set<Profile>([...profiles, 'common'])];
}

/** Has the engine all that modules of a profile may use? Whoever is not known is asked. */
export function takesProfile(engine: string, profile: Profile | undefined): boolean {
  const own = (otherProfiles as Readonly<Record<string, Profile | undefined>>)[engine];
  return own === undefined || profile === undefined || profile === 'common' || profile === own;
}
