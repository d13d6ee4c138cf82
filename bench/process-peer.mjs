/**
 * A peer that only runs whole processes. Its start is taken off by running twice: a command that goes round `n`
 * times, and one that goes round once. The commands check their result and trap when it is wrong.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * @param {string} name
 * @param {string} path of the program
 * @param {readonly string[]} args before the module
 * @returns {import('./peer.mjs').Peer}
 */
export function processPeer(name, path, args) {
  /** @type {import('./peer.mjs').CommandPair | undefined} */
  let commands;
  return {
    name,
    async ask(question) {
      if ('load' in question) {
        commands = question.commands;
        return commands === undefined ? { error: 'it needs a command' } : { ok: true };
      }
      if (commands === undefined) return { error: 'nothing is loaded' };
      const full = await runProcess(path, [...args, commands.full]);
      const least = await runProcess(path, [...args, commands.least]);
      const failed = [full, least].find(({ code }) => code !== 0);
      if (failed !== undefined) return { error: failed.stderr.trim().split('\n').at(-1) || `exit code ${failed.code}` };
      return { ms: Math.max(0, full.ms - least.ms) * commands.scale, result: commands.result };
    },
    stop() {},
  };
}

/**
 * A kernel as a command: `_start` runs it, and traps when the result is another than expected.
 *
 * @param {string} text of a kernel
 * @param {{ n: number, result: string }} size
 */
export function commandText(text, { n, result }) {
  const type = /\(func \$run \(export "run"\).*\(result (\w+)\)/.exec(text)?.[1] ?? 'i32';
  const end = text.lastIndexOf(')');
  const start = `  (func (export "_start")
    (if (${type}.ne (call $run (i32.const ${n})) (${type}.const ${result})) (then (unreachable)))))`;
  return `${text.slice(0, end)}\n${start}\n`;
}

/**
 * @param {string} path
 * @param {readonly string[]} args
 * @param {{ stdin?: Uint8Array, cwd?: string, watchesMemory?: boolean, timeoutMs?: number }} [options] the peak of
 *   memory is looked at often, and what it was at the last look is told; only where there is /proc
 * @returns {Promise<{ ms: number, code: number, stdout: Buffer, stderr: string, peakBytes: number | undefined }>}
 */
export function runProcess(path, args, { stdin, cwd, watchesMemory = false, timeoutMs = 300_000 } = {}) {
  return new Promise((resolve) => {
    const begun = performance.now();
    const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) });
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    /** @type {Buffer[]} */
    const stdout = [];
    let stderr = '';
    /** @type {number | undefined} */
    let peakBytes;
    const watch = watchesMemory
      ? setInterval(() => {
          peakBytes = peakBytesOf(child.pid) ?? peakBytes;
        }, MEMORY_PERIOD_MS)
      : undefined;
    child.stdout.on('data', (piece) => stdout.push(piece));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
    const end = (/** @type {number} */ code) => {
      clearTimeout(timer);
      clearInterval(watch);
      resolve({ ms: performance.now() - begun, code, stdout: Buffer.concat(stdout), stderr, peakBytes });
    };
    child.on('error', (error) => {
      stderr += error.message;
      end(127);
    });
    child.on('close', (code) => end(code ?? 128));
  });
}

const MEMORY_PERIOD_MS = 10;

/** @param {number | undefined} pid */
function peakBytesOf(pid) {
  try {
    const kibibytes = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
