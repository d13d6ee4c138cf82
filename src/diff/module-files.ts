/**
 * Modules from files: binaries, texts, and test scripts, whose invocations become calls. A folder stands for all such
 * files below it.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { decodeModule } from '../decoder/index.ts';
import {
  F64,
  type FuncType,
  GlassboxError,
  I64,
  indexSpaces,
  isRef,
  type Module,
  V128,
  type ValType,
} from '../syntax/index.ts';
import { parseModule, parseScript, type ScriptAction, type ScriptConst } from '../text/index.ts';
import { validateModule } from '../validator/index.ts';
import type { Bits, Call } from './case.ts';
import { wordBits } from './prepare/index.ts';

export interface FileModule {
  /** The path, and for a script's module the line. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The script's invocations; empty when there are none. */
  readonly calls: readonly Call[];
}

/** Invocations of one module that are taken. */
const MAX_CALLS = 100;
const KINDS = /\.(wasm|wat|wast)$/;

/** The module files that a path stands for. @throws what reading a folder throws */
export function moduleFilesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => KINDS.test(name))
    .sort()
    .map((name) => join(path, name));
}

/**
 * The valid modules of a file; the others are not for engines to differ in. @throws {GlassboxError} for a lone module
 * that is not valid
 */
export function modulesIn(path: string): FileModule[] {
  const bytes = readFileSync(path);
  const name = relative('.', path).replaceAll('\\', '/');
  if (path.endsWith('.wast')) return scriptModules(name, new TextDecoder().decode(bytes));
  const binary = bytes[0] === 0 ? new Uint8Array(bytes) : parseModule(new TextDecoder().decode(bytes)).bytes;
  validateModule(decodeModule(binary));
  return [{ name, bytes: binary, calls: [] }];
}

function scriptModules(path: string, text: string): FileModule[] {
  const found: { name: string; bytes: Uint8Array; module: Module; id: string | undefined; calls: Call[] }[] = [];
  for (const command of parseScript(text)) {
    if (command.kind === 'module') {
      const bytes = assembled(() => command.module.assemble().bytes);
      if (bytes === undefined) continue;
      const name = `${path}@${command.position.line}`;
      found.push({ name, bytes, module: decodeModule(bytes), id: command.module.id, calls: [] });
    } else if ('action' in command && command.action?.kind === 'invoke') {
      const { action } = command;
      const named = found.filter(({ id }) => id !== undefined && id === action.module);
      const target = action.module === undefined ? found.at(-1) : named.at(-1);
      const call = target && callOf(target.module, action);
      if (call !== undefined && target!.calls.length < MAX_CALLS) target!.calls.push(call);
    }
  }
  return found;
}

function assembled(assemble: () => Uint8Array): Uint8Array | undefined {
  try {
    const bytes = assemble();
    validateModule(decodeModule(bytes));
    return bytes;
  } catch (error) {
    if (error instanceof GlassboxError) return undefined;
    throw error;
  }
}

function callOf(module: Module, { name, args }: Extract<ScriptAction, { kind: 'invoke' }>): Call | undefined {
  const funcidx = module.exports.find((each) => each.kind === 'func' && each.name === name)?.index;
  if (funcidx === undefined || funcidx < indexSpaces(module).funcs.length - module.funcs.length) return undefined;
  const { params } = module.types[indexSpaces(module).funcs[funcidx]!]!.comp as FuncType;
  const bits = params.map((type, i) => constantBits(type, args[i]));
  return bits.includes(undefined) ? undefined : { funcidx, args: bits as Bits[] };
}

function constantBits(type: ValType, value: ScriptConst | undefined): Bits | undefined {
  if (value === undefined) return undefined;
  if (value.kind === 'number') {
    return type === I64 || type === F64 ? wordBits(value.hi) + wordBits(value.lo) : wordBits(value.lo);
  }
  if (value.kind === 'v128') {
    return type === V128 ? Buffer.from(value.bytes).reverse().toString('hex') : undefined;
  }
  return isRef(type) && value.kind === 'ref.null' ? 'null' : undefined;
}
