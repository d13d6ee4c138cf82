/** How functions and files are called in what the debugger writes. */
import { basename } from 'node:path';
import { importCount, type Module } from '../../syntax/index.ts';
import { printable } from '../output.ts';

/** `$fac`, or `function 3` for one without a name. */
export function funcLabel(module: Module, funcidx: number): string {
  const name = nameOfFunc(module, funcidx);
  return name === undefined ? `function ${funcidx}` : `$${printable(name)}`;
}

/** The name section's name, else the first export's, else the import's. */
export function nameOfFunc(module: Module, funcidx: number): string | undefined {
  const named = module.names.functions.get(funcidx);
  if (named !== undefined && named !== '') return named;
  const exported = module.exports.find(({ kind, index }) => kind === 'func' && index === funcidx);
  if (exported !== undefined) return exported.name;
  if (funcidx >= importCount(module, 'func')) return undefined;
  const entry = module.imports.filter(({ type }) => type.kind === 'func')[funcidx];
  return entry && `${entry.module}.${entry.name}`;
}

/** A variable without a name is called by its index: `local 3`. */
export function variableLabel(space: string, { name, index }: { name: string | undefined; index: number }): string {
  return name === undefined || name === '' ? `${space} ${index}` : `$${printable(name)}`;
}

/** `0x1a3`. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** `main.c` of `/home/me/main.c`: what a line has room for. */
export function shortPath(path: string): string {
  return printable(basename(path.replaceAll('\\', '/')));
}
