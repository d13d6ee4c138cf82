/**
 * Keeps the documents true: examples marked `runnable` run and print what the document says, links and
 * named files exist, and comments in the sources refer to headings that exist.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules', '.cache', 'glassbox', 'documents');

const documents = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'].concat(
  readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);

function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** A program in a document, and what the `output` block after it says that it prints. */
interface Example {
  readonly path: string;
  readonly line: number;
  readonly code: string;
  readonly output: string | undefined;
}

function examplesIn(path: string): Example[] {
  const text = textOf(path);
  const pattern = /^```js runnable\n([\s\S]*?)^```\n(?:\s*^```text output\n([\s\S]*?)^```$)?/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    path,
    line: text.slice(0, match.index).split('\n').length,
    code: match[1]!,
    output: match[2],
  }));
}

/** The package as the examples import it, built from the sources: `index.js` and `node.js`. */
const builtPackage = join(cache, String(process.pid));

async function buildPackage(): Promise<void> {
  await build({
    entryPoints: [join(root, 'src/index.ts'), join(root, 'src/node.ts')],
    outdir: builtPackage,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
  });
  await build({
    entryPoints: [join(root, 'src/wasi/host/node/thread-worker.ts')],
    outfile: join(builtPackage, 'thread-worker.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
  });
}

/** Writes a program beside the built package; returns the file. */
function written({ path, line, code }: Example): string {
  const file = join(builtPackage, `${path.replaceAll('/', '-')}-${line}.mjs`);
  writeFileSync(file, code.replaceAll("'glassbox'", "'./index.mjs'").replaceAll("'glassbox/node'", "'./node.mjs'"));
  return file;
}

const examples = documents.flatMap(examplesIn);

describe('examples', () => {
  beforeAll(buildPackage);
  afterAll(() => rmSync(builtPackage, { recursive: true, force: true }));

  test('there are some, each with its output', () => {
    expect(examples.length).toBeGreaterThan(5);
    expect(examples.filter(({ output }) => output === undefined)).toEqual([]);
  });

  test.each(examples)('$path:$line prints what it says', (example) => {
    const printed = execFileSync(process.execPath, [written(example)], { cwd: root, encoding: 'utf8' });
    expect(printed).toBe(example.output);
  });
});

/** A command line in a document, and what follows it up to the next one: what it prints. */
interface ConsoleCommand {
  readonly command: string;
  readonly output: string;
}

/** Commands begin with `$ `; one that reads a here-document goes on to its `END`. */
function commandsIn(block: string): ConsoleCommand[] {
  const parts = block.split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const [, command = '', output = ''] = /^(.*<<'END'\n[\s\S]*?^END\n|.*\n)([\s\S]*)$/m.exec(part) ?? [];
    return { command, output };
  });
}

/** A block of command lines, which run one after the other in a folder of their own. */
interface ConsoleExample {
  readonly path: string;
  readonly line: number;
  readonly commands: readonly ConsoleCommand[];
}

function consoleExamplesIn(path: string): ConsoleExample[] {
  const text = textOf(path);
  return [...text.matchAll(/^```console runnable\n([\s\S]*?)^```$/gm)].map((match) => ({
    path,
    line: text.slice(0, match.index).split('\n').length,
    commands: commandsIn(match[1]!),
  }));
}

/** A folder with the documents' programs, and `glassbox` as a command. */
function consoleFolder(): { folder: string; env: NodeJS.ProcessEnv } {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-console-'));
  cpSync(join(root, 'docs/examples'), folder, { recursive: true });
  const bin = join(folder, '.bin');
  mkdirSync(bin);
  const program = join(root, 'dist/glassbox.cjs');
  writeFileSync(join(bin, 'glassbox'), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, { mode: 0o755 });
  return { folder, env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' } };
}

describe('command lines', () => {
  const { folder, env } = consoleFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(documents.flatMap(consoleExamplesIn))('$path:$line print what it says', ({ commands }) => {
    expect(commands.length).toBeGreaterThan(0);
    for (const { command, output } of commands) {
      const { stdout, stderr } = spawnSync('sh', ['-c', `exec 2>&1\n${command}`], {
        cwd: folder,
        env,
        encoding: 'utf8',
      });
      expect(stdout + stderr, command).toBe(output);
    }
  });
});

/** The anchors of a document, as GitHub makes them of headings. */
function anchorsOf(path: string): Set<string> {
  const headings = withoutCode(textOf(path)).matchAll(/^#{1,6} +(.*)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^( *)```[\s\S]*?^ *```$/gm, '');
}

/** What is wrong with a reference from `path`, `undefined` when nothing is. */
function problemOf(path: string, target: string): string | undefined {
  const [file = '', anchor] = target.split('#');
  const found = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file));
  if (!existsSync(join(root, found))) return `${path}: ${target} does not exist`;
  if (anchor === undefined || anchorsOf(found).has(anchor)) return undefined;
  return `${path}: ${found} has no heading #${anchor}`;
}

function isProblem(problem: string | undefined): problem is string {
  return problem !== undefined;
}

describe.each(documents)('%s', (path) => {
  test('links to what exists', () => {
    const targets = [...withoutCode(textOf(path)).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
    const local = targets.filter((target) => !/^https?:/.test(target));
    expect(local.map((target) => problemOf(path, target)).filter(isProblem)).toEqual([]);
  });

  test('names files that exist', () => {
    const folders = 'src|docs|scripts|spec-tests|examples|bench|coremark|\\.ci';
    const paths = [...textOf(path).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]*)\``, 'g'))].map(
      (match) => match[1]!,
    );
    expect(paths.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });
});

test('comments in sources refer to documents and headings that exist', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name}`);
  const problems = sources.flatMap((path) => {
    const targets = [...textOf(path).matchAll(/\bdocs\/[\w-]+\.md(?:#[\w-]+)?/g)].map(([target]) => target);
    return targets.map((target) => problemOf('README.md', target)?.replace('README.md', path)).filter(isProblem);
  });
  expect(problems).toEqual([]);
});

test('the architecture tells which folder may import which', () => {
  const layers = textOf('scripts/check-layers.mjs').matchAll(/^ {2}(\w+): \{\s*core: \w+,\s*may: \[([^\]]*)\]/gm);
  const enforced = [...layers].map(([, folder, may]) => [folder, may!.replaceAll("'", '')]);
  const rows = textOf('docs/architecture.md').matchAll(/^\| `src\/(\w+)` .*\| ([\w, ]*)\|$/gm);
  const written = [...rows].map(([, folder, may]) => [folder, may!.trim()]);
  expect(written).toEqual(enforced);
});

test('the embedding guide lists every error that is thrown', () => {
  const code = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => textOf(`src/${name}`))
    .join('\n');
  const classes = [...textOf('src/syntax/errors.ts').matchAll(/^export class (\w+)/gm)].map((match) => match[1]!);
  const thrown = classes.filter((name) => code.includes(`new ${name}(`));
  const listed = [...textOf('docs/embedding.md').matchAll(/^\| `(\w+)` +\| `ERR_/gm)].map((match) => match[1]!);
  expect(listed.sort()).toEqual(thrown.sort());
});

test('every document is within reach of the README', () => {
  const reached = new Set<string>(['README.md']);
  for (const path of reached) {
    for (const [, target] of withoutCode(textOf(path)).matchAll(/\]\(([^)\s#]+\.md)[^)]*\)/g)) {
      if (!/^https?:/.test(target!)) reached.add(posix.normalize(posix.join(posix.dirname(path), target!)));
    }
  }
  expect(documents.filter((path) => !reached.has(path))).toEqual([]);
});
