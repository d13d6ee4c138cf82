/** A peer as the benchmark sees it: a child process that loads a module and times its `run`. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** @typedef {{ ms: number, result: string, instructions?: number }} Timing */

/** @type {Record<string, { command: string, args: readonly string[], missing: string }>} */
const programs = {
  glassbox: { command: process.execPath, args: [peerFile('glassbox.mjs')], missing: 'build it: npm run build' },
  wasm3: { command: 'python3', args: [peerFile('peer_wasm3.py')], missing: 'pip install pywasm3==0.5.0' },
  host: { command: process.execPath, args: [peerFile('host.mjs')], missing: 'this node has no WebAssembly' },
  polywasm: { command: process.execPath, args: [peerFile('polywasm.mjs')], missing: 'npm ci' },
};

export const peerNames = Object.keys(programs);

/** @param {string} name */
function peerFile(name) {
  return fileURLToPath(new URL(`peers/${name}`, import.meta.url));
}

/** What to do about a peer that is missing. */
export function missingAdvice(/** @type {string} */ name) {
  return programs[name]?.missing ?? '';
}

/**
 * Starts a peer. Its `ask` resolves to the answer, or to an `error`.
 *
 * @param {string} name
 */
export function startPeer(name) {
  const program = programs[name];
  if (program === undefined) throw new Error(`no peer is called ${name}; there are ${peerNames.join(', ')}`);
  const child = spawn(program.command, program.args, { stdio: ['pipe', 'pipe', 'pipe'] });
  /** @type {((answer: any) => void)[]} */
  const waiting = [];
  let stderr = '';
  let ended = false;
  const end = (/** @type {string} */ reason) => {
    ended = true;
    for (const resolve of waiting.splice(0)) resolve({ error: reason });
  };
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.on('error', (error) => end(error.message));
  child.on('close', () => end(stderr.trim().split('\n').at(-1) ?? 'it ended'));
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line)));
  return {
    name,
    /**
     * @param {{ load: string } | { run: number }} question
     * @returns {Promise<Partial<Timing> & { ok?: boolean, error?: string }>}
     */
    ask(question) {
      if (ended) return Promise.resolve({ error: stderr.trim().split('\n').at(-1) ?? 'it ended' });
      return new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${JSON.stringify(question)}\n`);
      });
    },
    stop() {
      child.stdin.end();
    },
  };
}
