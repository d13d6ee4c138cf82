/**
 * Compares what the text parser assembles with wasmtime's assembler (`wat2wasm` of its Python package),
 * module by module of the official suites. Both binaries are decoded and re-encoded without custom
 * sections, so that only meaning counts: long forms of segments and of page sizes are no difference.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeModule } from '../../src/decoder/index.ts';
import { encodeDecoded } from '../../src/encoder/index.ts';
import { GlassboxError } from '../../src/syntax/index.ts';
import { type ModuleSource, parseModule, parseScript } from '../../src/text/index.ts';
import { findSuites } from '../suites.ts';

/** Reads a JSON string a line, writes each one's binary in hexadecimal, or an empty line. */
const assembler = `
import sys, json, wasmtime
for line in sys.stdin:
    try: print(bytes(wasmtime.wat2wasm(json.loads(line))).hex())
    except Exception: print()
`;

/** Where the two differ on purpose: the specification is on our side. */
const known: Readonly<Record<string, string>> = {
  'core/spec/gc/array.wast': 'we write a data count for a data index in a constant expression too',
  'core/spec/gc/type-subtyping.wast': 'only final types without supertypes stand for inline function types',
  'core/spec/type-rec.wast': 'a group of one definition is a definition, with or without rec',
};

const MAX_OUTPUT_BYTES = 2 ** 28;
const MIN_COMPARED = 5000;

interface Text {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

function textsOf(root: string, path: string): Text[] {
  const source = readFileSync(join(root, path), 'utf8');
  return parseScript(source).flatMap((command) => {
    const module: ModuleSource | string | undefined = 'module' in command ? command.module : undefined;
    if (typeof module !== 'object' || module.form !== 'text') return [];
    const text = source.slice(module.start, module.end).replace(/^\(module\s+definition\b/, '(module');
    return [{ path, name: `${path}:${module.position.line}`, text }];
  });
}

/** The meaning of a binary: canonical, without custom sections. */
function meaningOf(bytes: Uint8Array): string {
  const encoded = encodeDecoded({ ...decodeModule(bytes), customs: [] });
  return Buffer.from(encoded).toString('hex');
}

type Outcome = 'same' | 'known' | 'refused' | string;

function compare({ path, name, text }: Text, theirs: string): Outcome {
  if (theirs === '') return 'refused';
  try {
    const { bytes } = parseModule(text);
    if (Buffer.from(bytes).toString('hex') === theirs) return 'same';
    if (meaningOf(bytes) === meaningOf(Buffer.from(theirs, 'hex'))) return 'same';
    return known[path] === undefined ? `${name} is assembled otherwise` : 'known';
  } catch (error) {
    if (!(error instanceof GlassboxError)) throw error;
    return `${name}: ${error.message}`;
  }
}

export async function main(progress: (text: string) => void = () => {}): Promise<string> {
  const root = findSuites();
  if (root === undefined) return 'not run: the official suites were not found';
  const paths = ['core/spec', 'core/proposals', 'core/threads', 'wasmtime-core'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
  const scripts = paths.filter(
    (path) => path.endsWith('.wast') && !/custom-descriptors|stack-switching|component/.test(path),
  );
  const texts = scripts.sort().flatMap((path) => textsOf(root, path));
  progress(`${texts.length} modules`);
  const input = texts.map(({ text }) => JSON.stringify(text)).join('\n');
  const { status, stdout } = spawnSync('python3', ['-c', assembler], {
    input,
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (status !== 0) return "not run: Python has no package 'wasmtime'";
  const binaries = stdout.split('\n');
  const outcomes = texts.map((text, i) => compare(text, binaries[i] as string));
  const count = (outcome: Outcome) => outcomes.filter((other) => other === outcome).length;
  const failures = outcomes.filter((outcome) => !['same', 'known', 'refused'].includes(outcome));
  if (failures.length > 0) throw new Error(failures.join('\n'));
  if (count('same') < MIN_COMPARED) throw new Error(`only ${count('same')} modules were compared`);
  return `${count('same')} modules the same, ${count('known')} differ for known reasons, ${count('refused')} refused by wasmtime`;
}
