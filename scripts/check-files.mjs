/** Checks what every source file keeps to: a doc comment first, a sane length, no words that say nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles, readText, root } from './project.mjs';
import { codeOnly, lineAt } from './source-text.mjs';

const MAX_LINES = 800;
const MAX_COLUMNS = 120;

/** Tables, one row a line: long because there is much of one kind. */
const longTables = new Set(['src/syntax/instructions.ts', 'spec-tests/generate/row-cases.ts']);

const vagueName = /(?:^|[/-])(?:utils?|helpers?|managers?|misc|common|stuff)(?:[-.]|\/)/;

/** @type {readonly [RegExp, string][]} */
const forbiddenInText = [
  [/\b(?:TODO|FIXME|XXX)\b/g, 'belongs in an issue'],
  [/@ts-ignore|@ts-expect-error/g, 'hides a type error'],
];

/** @type {readonly [RegExp, string][]} */
const forbiddenInCode = [
  [/^export default\b/gm, 'exports have names'],
  [/^(?:export )?(?:declare )?(?:const )?enum\b/gm, 'use an object or a union of strings'],
  [/^(?:export )?(?:declare )?namespace\b/gm, 'use a module'],
  [/\b\w*(?:Util|Utils|Helper|Manager|Misc)\b/g, 'say what it does'],
];

/** @returns {{ problems: string[], note: string }} */
export function checkFiles() {
  const files = ['src', 'spec-tests', 'bench', 'coremark', 'scripts', 'docs/playground'].flatMap((folder) =>
    listFiles(folder, (path) => /\.(?:ts|mjs)$/.test(path)),
  );
  const problems = files.filter((path) => !path.endsWith('.gen.ts')).flatMap(problemsOf);
  const lock = existsSync(join(root, 'package-lock.json')) ? readText('package-lock.json') : '';
  if (/"resolved": "https?:/.test(lock))
    problems.push('package-lock.json names a registry: omit-lockfile-registry-resolved');
  return { problems, note: `${files.length} files` };
}

/** @param {string} path */
function problemsOf(path) {
  const text = readText(path);
  const lines = text.split('\n');
  const problems = [];
  if (!/^(?:#!.*\n)?\/\*\*/.test(text)) problems.push(`${path}: does not open with a doc comment`);
  if (vagueName.test(path)) problems.push(`${path}: the name says nothing; name what it does`);
  if (lines.length > MAX_LINES && !longTables.has(path))
    problems.push(`${path}: ${lines.length} lines, of ${MAX_LINES} at most`);
  lines.forEach((line, index) => {
    // The formatter sees to code; what it leaves long are strings and links, which do not break.
    if (line.length <= MAX_COLUMNS || !/^\s*(?:\/\*\*|\*|\/\/)/.test(line) || line.includes('https://')) return;
    problems.push(`${path}:${index + 1}: ${line.length} columns, of ${MAX_COLUMNS} at most`);
  });
  // This file spells the words out.
  if (path === 'scripts/check-files.mjs') return problems;
  for (const [source, patterns] of /** @type {const} */ ([
    [text, forbiddenInText],
    [codeOnly(text), forbiddenInCode],
  ])) {
    for (const [pattern, advice] of patterns) {
      for (const match of source.matchAll(pattern)) {
        problems.push(`${path}:${lineAt(source, match.index)}: '${match[0].trim()}': ${advice}`);
      }
    }
  }
  return problems;
}
