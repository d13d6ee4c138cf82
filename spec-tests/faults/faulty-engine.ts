/**
 * Glassbox with a fault: its sources are bundled into a temporary folder, some of them changed on the way. What comes
 * out is an engine for campaigns, and what `glassbox wast` runs scripts with.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Engine } from '../../src/diff/index.ts';
import type { runScript } from '../../src/script/index.ts';
import type { Change, Fault } from './fault.ts';

const INTERPRETER = resolve('src/interpreter');

/** The dispatch loops: one, or several generated from one table. */
const isLoop = (path: string) => /loop[\w-]*\.gen\.ts$/.test(path);

/** Changes the loop's operations of some names. @returns how many */
function changeOps(text: string, { ops, from, to }: Extract<Change, { ops: RegExp }>): [string, number] {
  let changed = 0;
  const result = text.replace(
    /( +(?:case \d+: )?\/\/ (\S+): .*\n)((?:(?! +case \d+: | +default:| +\/\/ \S+: ).*\n)*)/g,
    (whole, head, name, body) => {
      if (!ops.test(name)) return whole;
      const faulty = body.replace(from, to);
      if (faulty !== body) changed++;
      return head + faulty;
    },
  );
  return [result, changed];
}

function changeText(path: string, text: string, change: Change): [string, number] {
  if ('ops' in change) return isLoop(path) ? changeOps(text, change) : [text, 0];
  if (path !== join(INTERPRETER, change.path)) return [text, 0];
  const start = change.after === undefined ? 0 : text.indexOf(change.after);
  if (start < 0) return [text, 0];
  const parts = text.slice(start).split(change.from);
  if (change.after !== undefined)
    parts.splice(1, parts.length, ...[parts.slice(1).join(change.from)].slice(0, parts.length - 1));
  return [text.slice(0, start) + parts.join(change.to), parts.length - 1];
}

/** In how many places a fault's changes find their text. */
export function changeCount(fault: Fault): number {
  return fault.changes.reduce((sum, change) => {
    const path = join(INTERPRETER, 'ops' in change ? 'loop.gen.ts' : change.path);
    return sum + (existsSync(path) ? changeText(path, readFileSync(path, 'utf8'), change)[1] : 0);
  }, 0);
}

/** Glassbox with a fault. */
export interface FaultyGlassbox {
  readonly engine: Engine;
  readonly runScript: typeof runScript;
}

const ENTRY = `export { glassboxEngine } from './src/diff/engines/glassbox.ts';
export { runScript } from './src/script/index.ts';`;

/** @throws {Error} when the fault's text is nowhere */
export async function faultyGlassbox(fault: Fault): Promise<FaultyGlassbox> {
  let changed = 0;
  const plugin: Plugin = {
    name: 'fault',
    setup({ onLoad }) {
      onLoad({ filter: /src.(interpreter|runtime|atomics).*\.ts$/ }, ({ path }) => {
        let contents = readFileSync(path, 'utf8');
        for (const change of fault.changes) {
          const [text, count] = changeText(path, contents, change);
          contents = text;
          changed += count;
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-fault-'));
  const outfile = join(folder, 'engine.mjs');
  try {
    await build({
      ...{ stdin: { contents: ENTRY, resolveDir: resolve('.') }, bundle: true, outfile, format: 'esm' },
      ...{ platform: 'node', target: 'node20', logLevel: 'error', plugins: [plugin] },
    });
    if (changed === 0 || !existsSync(outfile)) throw new Error(`the fault '${fault.name}' changes nothing`);
    const built = await import(pathToFileURL(outfile).href);
    return { engine: built.glassboxEngine('fast', `with ${fault.name}`), runScript: built.runScript };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
