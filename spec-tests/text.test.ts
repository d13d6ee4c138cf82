/**
 * The text parser on the official suites: every script is read, every module assembles or is refused
 * with the suite's words, and host and binaryen agree about what was assembled.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../src/decoder/index.ts';
import { encodeDecoded } from '../src/encoder/index.ts';
import { GlassboxError, indexSpaces, type Module, valTypesText } from '../src/syntax/index.ts';
import { type ModuleSource, parseScript, type ScriptCommand } from '../src/text/index.ts';
import { findSuites } from './suites.ts';

const root = findSuites();

/** Proposals whose text Glassbox does not read. */
const unreadProposals = /stack-switching|component|custom-descriptors|shared-everything|wasi-threads/;
/** Scripts with modules of other proposals, which do not assemble. */
const unreadScripts: Readonly<Record<string, string>> = {
  'wasm-tools/compact-imports/compact-imports.wast': 'several imports of one module name (compact imports)',
  'wasm-tools/memory-discard.wast': 'memory.discard (memory control)',
  'wasm-tools/wat-numerics.wast': 'numbers in data segments (numeric values in text)',
};
/** What the suite wants refused and is accepted, or with other words. */
const otherwise: Readonly<Record<string, string>> = {
  'core/proposals/threads/memory.wast': 'bounds of 64 bits are well-formed since 3.0, and invalid',
};

/** Scripts of what Node 20 has: it lacks several proposals of 3.0. */
const inBothSets =
  /^core\/spec\/(simd\/(?!simd_memory-multi)|[if](32|64)|float_|int_|br\.|call\.|names|load|store|func\.)/;
const host = (globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } }).WebAssembly;

interface Entry {
  /** `path:line`. */
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly command: ScriptCommand;
  readonly module: ModuleSource;
}

function scriptPaths(folder: string): string[] {
  const paths = readdirSync(join(root!, folder), { recursive: true, encoding: 'utf8' });
  return paths
    .map((path) => join(folder, path))
    .filter((path) => /\.wast?$/.test(path) && !unreadProposals.test(path))
    .sort();
}

function modulesOf(path: string): Entry[] {
  const source = readFileSync(join(root!, path), 'utf8');
  const entries: Entry[] = [];
  const visit = (command: ScriptCommand) => {
    if (command.kind === 'thread') command.commands.forEach(visit);
    const module = 'module' in command ? command.module : undefined;
    if (typeof module !== 'object') return;
    entries.push({ name: `${path}:${command.position.line}`, path, source, command, module });
  };
  parseScript(source).forEach(visit);
  return entries;
}

/** What kind of failure a function ends in. @throws what is no error of ours */
function failureOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof GlassboxError) return error.message;
    throw error;
  }
}

const isMalformed = ({ command }: Entry) => command.kind.startsWith('assert_malformed');
/** A module that must decode: not one that the script says is wrong. */
const isSound = ({ command }: Entry) => !/^assert_(malformed|invalid)/.test(command.kind);

describe.runIf(root !== undefined)('the official suites as text', () => {
  const entries =
    root === undefined ? [] : ['core', 'wasmtime-core', 'wasm-tools'].flatMap(scriptPaths).flatMap(modulesOf);
  const core = entries.filter(({ path }) => path.startsWith('core/'));

  it('reads every script', () => {
    expect(entries.length).toBeGreaterThan(8000);
  });

  it('assembles every module that is not asserted to be wrong', () => {
    const failures = entries
      .filter((entry) => isSound(entry) && entry.module.form !== 'binary' && unreadScripts[entry.path] === undefined)
      .flatMap(({ name, module }) => {
        const failure = failureOf(() => decodeModule(module.assemble().bytes));
        return failure === undefined ? [] : [`${name}: ${failure}`];
      });
    expect(failures).toEqual([]);
  });

  it.each(Object.entries(unreadScripts))('does not read %s: %s', (path) => {
    const failures = modulesOf(path).map(({ module }) => failureOf(() => module.assemble()));
    expect(failures.some((failure) => failure !== undefined)).toBe(true);
  });

  it("refuses what is malformed with the suite's words", () => {
    const refused = core.filter((entry) => isMalformed(entry) && entry.module.form === 'quote');
    expect(refused.length).toBeGreaterThan(1200);
    const failures = refused.flatMap(({ name, path, module, command }) => {
      const words = 'message' in command ? (command.message as string) : '';
      const failure = failureOf(() => decodeModule(module.assemble().bytes));
      return failure?.includes(words) || otherwise[path] !== undefined ? [] : [`${name}: ${words} ← ${failure}`];
    });
    expect(failures).toEqual([]);
  });

  it('assembles to canonical binaries, which decoding and encoding keep', () => {
    const changed = entries
      .filter((entry) => isSound(entry) && entry.module.form === 'text' && unreadScripts[entry.path] === undefined)
      .filter(({ module }) => {
        const { bytes } = module.assemble();
        return !Buffer.from(encodeDecoded(decodeModule(bytes))).equals(bytes);
      });
    expect(changed.map(({ name }) => name)).toEqual([]);
  });

  it('agrees with the host about which modules of the specification are valid', () => {
    const texts = core.filter(({ path, module }) => path.startsWith('core/spec') && module.form === 'text');
    const invalid = texts.filter(({ command }) => command.kind === 'assert_invalid');
    const accepted = invalid.filter(({ module }) => host.validate(module.assemble().bytes));
    expect(accepted.map(({ name }) => name)).toEqual([]);
    const sound = texts.filter((entry) => isSound(entry) && inBothSets.test(entry.path));
    expect(sound.length).toBeGreaterThan(600);
    const refused = sound.filter(({ module }) => !host.validate(module.assemble().bytes));
    expect(refused.map(({ name }) => name)).toEqual([]);
  });

  it('agrees with binaryen about the interface of the modules that binaryen reads', async () => {
    const { default: binaryen } = await import('binaryen');
    const texts = core.filter(
      ({ path, module, command }) =>
        /^core\/spec\/[^/]*$/.test(path) && module.form === 'text' && command.kind === 'module',
    );
    let compared = 0;
    const differing: string[] = [];
    for (const { name, source, module } of texts) {
      const other = binaryenBinary(binaryen, source.slice(module.start, module.end));
      if (other === undefined) continue;
      compared++;
      const [theirs, ours] = [other, module.assemble().bytes].map((bytes) => interfaceOf(decodeModule(bytes)));
      if (JSON.stringify(theirs) !== JSON.stringify(ours)) differing.push(name);
    }
    expect(compared).toBeGreaterThan(950);
    // Binaryen takes a table's maximum of 2^32 - 1 for none.
    expect(differing).toEqual(['core/spec/table.wast:10']);
  });
});

/** A feature of binaryen's whose imports no other engine reads yet. */
const COMPACT_IMPORTS = 1 << 26;

type Binaryen = typeof import('binaryen').default;

/** Binaryen's binary of a text, `undefined` where it does not read it. */
function binaryenBinary(binaryen: Binaryen, text: string): Uint8Array | undefined {
  try {
    const module = binaryen.parseText(text);
    module.setFeatures(binaryen.Features.All & ~COMPACT_IMPORTS);
    const bytes = module.emitBinary();
    module.dispose();
    return bytes;
  } catch {
    return undefined;
  }
}

/** Binaryen merges equal types and so numbers them otherwise. */
function withoutIndices(types: string): string {
  return types.replace(/\d+\)/g, 'type)');
}

/** What an embedder sees of a module, type indices resolved. */
function interfaceOf(module: Module) {
  const spaces = indexSpaces(module);
  const funcText = (typeidx: number) => {
    const comp = module.types[typeidx]?.comp;
    const text =
      comp?.kind === 'func' ? `${valTypesText(comp.params)} -> ${valTypesText(comp.results)}` : 'no function';
    return withoutIndices(text);
  };
  return {
    // Binaryen sorts imports and exports; the types of functions are among "funcs".
    imports: module.imports.map(({ module: from, name, type }) => `${type.kind} ${from} ${name}`).sort(),
    funcs: spaces.funcs.map(funcText),
    memories: spaces.memories,
    tables: spaces.tables,
    globals: spaces.globals.map(({ content, mutable }) => `${withoutIndices(valTypesText([content]))} ${mutable}`),
    exports: module.exports.map(({ name, kind, index }) => `${name} ${kind} ${index}`).sort(),
    datas: module.datas.map(({ mode, contentOffset, contentLength }) => [
      mode,
      Buffer.from(module.bytes.subarray(contentOffset, contentOffset + contentLength)).toString('hex'),
    ]),
  };
}
