/**
 * A peer as the benchmark sees it: who it is, how it is started, and its answers. Most are child processes that load a
 * module and time its `run`; the others are programs that only run whole processes (process-peer.mjs).
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findProgram } from './find-program.mjs';
import { processPeer } from './process-peer.mjs';

/** @typedef {{ ms: number, result: string, instructions?: number }} Timing */
/** @typedef {Partial<Timing> & { ok?: boolean, error?: string }} Answer */
/**
 * What is asked: `path` is the module, `full` and `least` are it as commands that run `n` and 1 and check the result.
 */
/** @typedef {{ load: string, commands?: CommandPair } | { run: number }} Question */
/** @typedef {{ full: string, least: string, result: string, scale: number }} CommandPair */
/** @typedef {{ name: string, ask: (question: Question) => Promise<Answer>, stop: () => void }} Peer */
/** @typedef {{ about: string, missing: string, start: (nodeFlags: readonly string[]) => Peer | undefined }} PeerKind */

/**
 * @param {string} name
 * @param {string} file
 * @param {readonly string[]} [args]
 */
function inNode(name, file, args = []) {
  return (/** @type {readonly string[]} */ flags) =>
    startChild(name, process.execPath, [...flags, peerFile(file), ...args]);
}

/**
 * @param {string} name
 * @param {string} file
 * @param {readonly string[]} [args]
 */
function inPython(name, file, args = []) {
  return () => startChild(name, 'python3', [peerFile(file), ...args]);
}

/**
 * @param {string} name
 * @param {string} program
 * @param {readonly string[]} args before the module
 */
function asProcess(name, program, args) {
  return () => {
    const path = findProgram(program);
    return path === undefined ? undefined : processPeer(name, path, args);
  };
}

const unbuilt = 'build it: npm run build';
const notFound = 'not on PATH nor in the folders of GLASSBOX_PEERS';
const noWasmtime = 'pip install wasmtime';

/** @type {Readonly<Record<string, PeerKind>>} */
export const peerKinds = {
  glassbox: {
    about: 'Glassbox, its loops in turns',
    missing: unbuilt,
    start: inNode('glassbox', 'glassbox.mjs'),
  },
  'glassbox-switch': {
    about: 'Glassbox, one function of many cases',
    missing: unbuilt,
    start: inNode('glassbox-switch', 'glassbox.mjs', ['switch']),
  },
  'glassbox-halves': {
    about: 'the same with i64 as halves',
    missing: unbuilt,
    start: inNode('glassbox-halves', 'glassbox.mjs', ['halves']),
  },
  'glassbox-handlers': {
    about: 'Glassbox, a function an operation',
    missing: unbuilt,
    start: inNode('glassbox-handlers', 'glassbox.mjs', ['handlers']),
  },
  'glassbox-other': {
    about: 'another build of Glassbox',
    missing: "GLASSBOX_OTHER names another build's index.js",
    start: (flags) => {
      const { GLASSBOX_OTHER: path } = process.env;
      if (path === undefined) return undefined;
      const args = [peerFile('glassbox.mjs'), '', pathToFileURL(resolve(path)).href];
      return startChild('glassbox-other', process.execPath, [...flags, ...args]);
    },
  },
  naive: { about: 'an interpreter as one writes it first', missing: '', start: inNode('naive', 'naive.mjs') },
  wasm3: {
    about: 'interpreter in C',
    missing: 'pip install pywasm3==0.5.0',
    start: inPython('wasm3', 'peer_wasm3.py'),
  },
  wasmi: { about: 'interpreter in Rust', missing: notFound, start: asProcess('wasmi', 'wasmi', []) },
  pulley: {
    about: "wasmtime's interpreter",
    missing: noWasmtime,
    start: inPython('pulley', 'peer_wasmtime.py', ['pulley64']),
  },
  'wazero-int': {
    about: "wazero's interpreter, in Go",
    missing: notFound,
    start: asProcess('wazero-int', 'wazero', ['run', '-interpreter']),
  },
  polywasm: { about: 'compiles to JavaScript', missing: 'npm ci', start: inNode('polywasm', 'polywasm.mjs') },
  wasm2js: { about: 'the same, by binaryen', missing: 'npm ci', start: inNode('wasm2js', 'wasm2js.mjs') },
  host: { about: "node's own WebAssembly", missing: 'this node has none', start: inNode('host', 'host.mjs') },
  wasmtime: { about: 'compiler, Cranelift', missing: noWasmtime, start: inPython('wasmtime', 'peer_wasmtime.py') },
  wazero: { about: 'compiler, in Go', missing: notFound, start: asProcess('wazero', 'wazero', ['run']) },
};

export const peerNames = Object.keys(peerKinds);

/** Those that are compared unless others are named: Glassbox's single loops are not. */
export const usualPeers = peerNames.filter((name) => !name.startsWith('glassbox-'));

/** @param {string} file */
function peerFile(file) {
  return fileURLToPath(new URL(`peers/${file}`, import.meta.url));
}

/**
 * What to do about a peer that is missing.
 *
 * @param {string} name
 */
export function missingAdvice(name) {
  return peerKinds[name]?.missing ?? '';
}

/**
 * Starts a peer. Its `ask` resolves to the answer, or to an `error`.
 *
 * @param {string} name
 * @param {readonly string[]} [nodeFlags] for those that run in node
 * @returns {Peer}
 */
export function startPeer(name, nodeFlags = []) {
  const kind = peerKinds[name];
  if (kind === undefined) throw new Error(`no peer is called ${name}; there are ${peerNames.join(', ')}`);
  const absent = { name, ask: async () => ({ error: 'it is missing' }), stop() {} };
  return kind.start(nodeFlags) ?? absent;
}

/**
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Peer}
 */
function startChild(name, command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  /** @type {((answer: Answer) => void)[]} */
  const waiting = [];
  let stderr = '';
  /** @type {string | undefined} */
  let ended;
  const end = (/** @type {string} */ reason) => {
    ended ??= reason;
    for (const resolve of waiting.splice(0)) resolve({ error: ended });
  };
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.on('error', (error) => end(error.message));
  child.on('close', () => end(reasonIn(stderr)));
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line)));
  return {
    name,
    ask(question) {
      if (ended !== undefined) return Promise.resolve({ error: ended });
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

/**
 * The line of a stack trace that says what happened: node's stands in the middle, Python's at the end.
 *
 * @param {string} stderr
 */
function reasonIn(stderr) {
  const lines = stderr.trim().split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? (lines.at(-1) || 'it ended');
}
