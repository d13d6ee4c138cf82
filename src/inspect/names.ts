/** Things of an instance by what users call them. */
import type { Instance } from '../runtime/index.ts';

/** The index of a function by the name section's name or an export; `$` in front is no part of the name. */
export function functionByName({ code: { module } }: Instance, name: string): number | undefined {
  const plain = name.startsWith('$') ? name.slice(1) : name;
  for (const [funcidx, known] of module.names.functions) if (known === plain) return funcidx;
  return module.exports.find((each) => each.kind === 'func' && each.name === plain)?.index;
}

/** The index of a global, likewise. */
export function globalByName({ code: { module } }: Instance, name: string): number | undefined {
  const plain = name.startsWith('$') ? name.slice(1) : name;
  for (const [globalidx, known] of module.names.globals) if (known === plain) return globalidx;
  return module.exports.find((each) => each.kind === 'global' && each.name === plain)?.index;
}

/** The index of a local of a function by the name section's name. */
export function localByName({ code: { module } }: Instance, funcidx: number, name: string): number | undefined {
  const plain = name.startsWith('$') ? name.slice(1) : name;
  for (const [localidx, known] of module.names.locals.get(funcidx) ?? []) if (known === plain) return localidx;
  return undefined;
}
