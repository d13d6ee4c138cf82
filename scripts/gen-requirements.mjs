/**
 * Writes which tests show which requirement of threads, between `<!-- generated: requirements -->` and `<!-- end -->`
 * in docs/threads.md. Tests say what they show at the beginning of their names: `B1.4: …`. A requirement without
 * tests fails, as does a test of one that is not listed. `--check` only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { markdownTable } from './markdown-table.mjs';
import { listFiles, root, say } from './project.mjs';

const DOCUMENT = 'docs/threads.md';

/** @type {Readonly<Record<string, string>>} */
const requirements = {
  'B1.1': 'Tables of handles and descriptors are one for all threads, guarded, and outlive a thread that dies',
  'B1.2': 'Each thread has an interpreter of its own over one memory; what they share adds up',
  'B1.3': 'All 67 atomic instructions, wait and notify; what the memory model forbids is never seen',
  'B1.4': 'Threads are started by WASI, with numbers of their own; every refusal is an answer',
  'B1.5': 'The first of trap, exit and cancellation decides, and ends every thread wherever it is',
  'B1.6': 'Globals, tables, limits and what looks on belong to one thread',
  'B1.7': 'Shared-everything threads are refused by that name',
};

/** Requirement → file → how many tests, or groups of tests, name it. @type {Map<string, Map<string, number>>} */
const shown = new Map(Object.keys(requirements).map((id) => [id, new Map()]));
const problems = [];
for (const folder of ['src', 'spec-tests', 'docs', 'bench']) {
  for (const path of listFiles(folder, (name) => name.endsWith('.test.ts'))) {
    for (const [, id = ''] of readFileSync(join(root, path), 'utf8').matchAll(/['"`]([A-Z]\d+\.\d+): /g)) {
      const files = shown.get(id);
      if (files === undefined) problems.push(`${path} tests ${id}, which no requirement is called`);
      else files.set(path, (files.get(path) ?? 0) + 1);
    }
  }
}
for (const [id, files] of shown) if (files.size === 0) problems.push(`no test shows ${id}`);

const rows = [...shown].map(([id, files]) => {
  const links = [...files].sort().map(([path, count]) => `[${basename(path, '.test.ts')}](../${path}) ${count}`);
  return [id, requirements[id] ?? '', links.join(', ')];
});
const table = markdownTable([['id', 'what is required', 'tests and groups of tests that show it'], ...rows]);
const before = readFileSync(join(root, DOCUMENT), 'utf8');
const after = before.replace(
  /(<!-- generated: requirements -->\n)[\s\S]*?(<!-- end -->)/,
  (_, start, end) => `${start}\n${table}\n\n${end}`,
);
if (after !== before) {
  if (process.argv.includes('--check')) problems.push(`${DOCUMENT} would change`);
  else writeFileSync(join(root, DOCUMENT), after);
}
if (problems.length > 0) {
  say(problems.join('\n'));
  process.exitCode = 1;
}
