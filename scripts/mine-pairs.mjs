/**
 * Finds the operations that most often follow one another, and writes them to src/interpreter/slot-pairs.gen.ts: runs
 * the real programs (bench/programs.mjs) in a build that counts them. Each program weighs the same. Not part of
 * `npm run gen`: the programs are not part of the project. Afterwards run `npm run gen`.
 *
 *   node scripts/mine-pairs.mjs [COUNT]      as many pairs; what `npm run check` allows bounds them
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { programEngines, realPrograms, runProgram } from '../bench/programs.mjs';
import { loadTs } from './load-ts.mjs';
import { root, say } from './project.mjs';

const DEFAULT_COUNT = 76;
const TARGET = join(root, 'src/interpreter/slot-pairs.gen.ts');
/** They move control whatever they find, or have no case of their own: dispatch is not what they cost. */
const alone = /^(enter|check|br_table|call.*|return.*|unreachable)$/;

const counting = `
import { writeFileSync } from 'node:fs';
import { slotOpNames } from './slot-numbers.ts';
const size = slotOpNames.length;
const counts = new Float64Array(size * size);
let all = 0, before = null;
function note(n) {
  all++;
  if (before !== null && before.next === n) counts[before.op * size + n.op]++;
  before = n;
}
process.on('exit', () => {
  const pairs = [...counts.entries()].filter(([, count]) => count > 0);
  writeFileSync(process.env.GLASSBOX_PAIRS, JSON.stringify({
    all, pairs: pairs.map(([key, count]) => [slotOpNames[Math.floor(key / size)], slotOpNames[key % size], count]),
  }));
});
`;

/**
 * A build of the program that counts pairs, and makes none.
 *
 * @param {string} outfile
 */
async function buildCounting(outfile) {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile,
    define: { PACKAGE_VERSION: '"mined"', BUILD_VERSION: '"mined"' },
    logLevel: 'error',
    plugins: [
      {
        name: 'counting',
        setup({ onLoad }) {
          onLoad({ filter: /interpreter.loop\.gen\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replace(' switch (n.op) {', ' note(n); switch (n.op) {') + counting,
            loader: 'ts',
          }));
          // The loop that counts runs from the beginning.
          onLoad({ filter: /interpreter.turns\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replace("stage: Stage = 'handlers'", "stage: Stage = 'switch'"),
            loader: 'ts',
          }));
          onLoad({ filter: /interpreter.lower.pairs\.ts$/ }, () => ({
            contents: 'export const pair = () => undefined;',
            loader: 'ts',
          }));
        },
      },
    ],
  });
}

/** @param {readonly string[]} hotNames */
async function mine(hotNames) {
  const isEligible = new Set(hotNames.filter((name) => !alone.test(name) && !name.includes('; ')));
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-pairs-'));
  /** @type {Map<string, number>} */
  const shares = new Map();
  try {
    const program = join(folder, 'glassbox.mjs');
    await buildCounting(program);
    const programs = realPrograms();
    if (programs.length === 0)
      throw new Error('no programs here; GLASSBOX_PROGRAMS names a folder with a manifest.json');
    for (const real of programs) {
      process.env.GLASSBOX_PAIRS = join(folder, 'pairs.json');
      const { glassbox } = programEngines(program);
      const { error } = glassbox === undefined ? { error: 'no engine' } : await runProgram(real, glassbox);
      if (error !== undefined) throw new Error(`${real.name}: ${error}`);
      /** @type {{ all: number, pairs: [string, string, number][] }} */
      const { all, pairs } = JSON.parse(readFileSync(process.env.GLASSBOX_PAIRS, 'utf8'));
      if (all === 0)
        throw new Error(`${real.name}: nothing was counted; loop.gen.ts has no \`switch (n.op)\` any more`);
      say(`${real.name}: ${all} operations`);
      for (const [first, second, count] of pairs) {
        if (!isEligible.has(first) || !isEligible.has(second) || first === 'br') continue;
        const name = `${first}; ${second}`;
        shares.set(name, (shares.get(name) ?? 0) + count / all / programs.length);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return [...shares].sort(([, left], [, right]) => right - left);
}

const { hotOpNames } = await loadTs('src/interpreter/hot-names.gen.ts');
const mined = (await mine(hotOpNames)).slice(0, Number(process.argv[2] ?? DEFAULT_COUNT));
const lines = mined.map(([name, share]) => `  '${name}', // ${(share * 100).toFixed(2)}`);
writeFileSync(
  TARGET,
  `/**
 * Pairs of operations that follow one another in real programs, and what share of all operations begins one, in
 * percent. Written by scripts/mine-pairs.mjs; do not edit.
 */
export const pairNames: readonly string[] = [
${lines.join('\n')}
];
`,
);
say(
  `${mined.length} pairs, ${mined.reduce((sum, [, share]) => sum + share * 100, 0).toFixed(1)} % of all operations begin one`,
);
