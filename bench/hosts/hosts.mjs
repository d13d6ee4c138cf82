/**
 * Hosts without a JIT: node's `--jitless`, QuickJS and Hermes. In the latter two, one script with all engines and
 * tasks runs, and prints a line of JSON a series.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { portableLibrary, portableScript } from '../../scripts/portable.mjs';
import { findProgram } from '../find-program.mjs';
import { estimate } from '../statistics.mjs';

/** @typedef {import('../rounds.mjs').Task} Task */
/** @typedef {import('../rounds.mjs').TaskTimes} TaskTimes */
/** @typedef {(script: string) => Promise<string>} RunScript runs a script and gives what it printed */

const MAX_OUTPUT_BYTES = 1 << 26;
const QUICKJS_STACK_BYTES = 1 << 20;

/**
 * @param {string} command
 * @param {readonly string[]} args before the script's path
 * @returns {RunScript}
 */
function withProgram(command, args) {
  return async (script) => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-host-'));
    const path = join(folder, 'script.js');
    writeFileSync(path, script);
    const { status, stdout, stderr, error } = spawnSync(command, [...args, path], {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    rmSync(folder, { recursive: true });
    if (status !== 0)
      throw new Error(`${command}: ${error?.message ?? (stderr.trim().slice(-2000) || `exit code ${status}`)}`);
    return stdout;
  };
}

/** QuickJS compiled to WebAssembly, from npm. @type {RunScript} */
async function inQuickjsModule(script) {
  const { getQuickJS } = await import('quickjs-emscripten');
  const quickjs = await getQuickJS();
  const runtime = quickjs.newRuntime({ maxStackSizeBytes: QUICKJS_STACK_BYTES });
  const context = runtime.newContext();
  /** @type {string[]} */
  const lines = [];
  const print = context.newFunction('print', (text) => {
    lines.push(context.getString(text));
  });
  context.setProp(context.global, 'print', print);
  const result = context.evalCode(script);
  if (result.error) throw new Error(`quickjs-emscripten: ${JSON.stringify(context.dump(result.error))}`);
  result.value.dispose();
  print.dispose();
  context.dispose();
  runtime.dispose();
  return lines.join('\n');
}

/** Whether Python has the package `quickjs`, which is the native one. */
function hasPythonQuickjs() {
  return spawnSync('python3', ['-c', 'import quickjs']).status === 0;
}

/**
 * The host of a name, and what it is.
 *
 * @param {string} name
 * @returns {{ about: string, run: RunScript } | { missing: string }}
 */
export function findHost(name) {
  if (name === 'hermes') {
    const path = findProgram('hermes');
    const flags = ['-O', '-w'];
    if (path !== undefined) return { about: 'Hermes', run: withProgram(path, flags) };
    return {
      missing:
        'hermes is not on PATH nor in the folders of GLASSBOX_PEERS; ' +
        'npm install hermes-engine-cli somewhere brings it (130 MB) into node_modules/hermes-engine-cli/linux64-bin',
    };
  }
  if (name === 'quickjs') {
    const path = findProgram('qjs');
    if (path !== undefined) return { about: 'QuickJS (qjs)', run: withProgram(path, ['--script']) };
    if (hasPythonQuickjs()) {
      const runner = fileURLToPath(new URL('run_quickjs.py', import.meta.url));
      return { about: "QuickJS (Python's package quickjs)", run: withProgram('python3', [runner]) };
    }
    return { about: 'QuickJS (quickjs-emscripten, itself in WebAssembly)', run: inQuickjsModule };
  }
  if (name === 'quickjs-emscripten') return { about: 'quickjs-emscripten', run: inQuickjsModule };
  throw new Error(`no host is called ${name}; there are jitless, quickjs, quickjs-emscripten, hermes`);
}

/** @returns {Promise<string>} one script: the library and what times it */
export async function hostScript() {
  const runner = await portableScript({ entry: 'bench/hosts/in-host.mjs', globalName: 'inHost' });
  return `${await portableLibrary()}\n${runner}`;
}

/**
 * @param {readonly Task[]} tasks
 * @param {object} options
 * @param {RunScript} options.run
 * @param {number} options.rounds
 * @param {readonly string[]} options.engines
 * @param {string} options.library the built library's address
 * @param {(text: string) => void} options.say
 * @returns {Promise<TaskTimes[]>}
 */
export async function timeInHost(tasks, { run, rounds, engines, library, say }) {
  const { compile } = await import(library);
  const script = await hostScript();
  const times = [];
  for (const { name, about, text, size } of tasks) {
    say(name);
    const hex = Buffer.from(compile(text).bytes).toString('hex');
    const task = { name, hex, n: size.n, result: size.result };
    const call = `inHost.timeTask(glassbox, ${JSON.stringify(task)}, ${JSON.stringify(engines)}, ${rounds}, inHost.isSameNumber)`;
    const stdout = await run(`${script}\nprint('series ' + JSON.stringify(${call}));\n`);
    const line = stdout.split('\n').find((one) => one.startsWith('series ')) ?? '';
    /** @type {TaskTimes} */
    const one = { name, about, n: size.n, peers: {} };
    /** @type {import('./in-host.mjs').HostSeries[]} */
    const series = JSON.parse(line.slice('series '.length));
    for (const { engine, roundsMs, instructions, error } of series) {
      if (roundsMs === undefined) say(`  ${engine} is left out of ${name}: ${error}`);
      else one.peers[engine] = { ...estimate(roundsMs), roundsMs, ...(instructions ? { instructions } : {}) };
    }
    times.push(one);
  }
  return times;
}
