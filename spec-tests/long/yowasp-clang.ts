/**
 * A big program from npm: LLVM of `@yowasp/clang`, 75 MB of code, tells its version and compiles a function of C to
 * an object file. The package is no dependency: GLASSBOX_CLANG names the folder where it was unpacked, else nothing
 * is run.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { validate } from '../../src/api/index.ts';

const HOW_TO_GET_IT = `not run: the package is not part of the project. To get it:
  npm pack @yowasp/clang && tar xzf yowasp-clang-*.tgz
  GLASSBOX_CLANG=$PWD/package npm run long yowasp-clang`;

const TIME_LIMIT_MS = 1_800_000;

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly peakBytes: number;
}

const reportPeak = `process.on('exit', () => {
  require('node:fs').writeSync(2, 'peak ' + process.resourceUsage().maxRSS * 1024 + '\\n');
});`;

/** Runs the program. @throws {Error} unless it exits with 0 */
function run(args: readonly string[]): Promise<Outcome> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: TIME_LIMIT_MS });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const durationMs = performance.now() - start;
      if (code !== 0) reject(new Error(`${code ?? signal} after ${durationMs} ms\n${output.stdout}${output.stderr}`));
      else resolve({ ...output, durationMs, peakBytes: Number(/^peak (\d+)$/m.exec(output.stderr)?.[1]) });
    });
  });
}

function text(what: string, { stderr, durationMs, peakBytes }: Outcome): string {
  const instructions = /^instructions +([\d,]+)$/m.exec(stderr)?.[1];
  const running = /^time +(.+)$/m.exec(stderr)?.[1];
  const seconds = (durationMs / 1000).toFixed(1);
  const peak = (peakBytes / 2 ** 20).toFixed(0);
  return `${what}: ${instructions} instructions, ${seconds} s (running ${running}), at most ${peak} MiB`;
}

export async function main(progress: (text: string) => void): Promise<string> {
  const folder = process.env.GLASSBOX_CLANG ?? '';
  const llvm = join(folder, 'gen', 'llvm.core.wasm');
  if (folder === '' || !existsSync(llvm)) return HOW_TO_GET_IT;
  const work = mkdtempSync(join(tmpdir(), 'glassbox-clang-'));
  try {
    const peak = join(work, 'peak.cjs');
    writeFileSync(peak, reportPeak);
    mkdirSync(join(work, 'usr'));
    mkdirSync(join(work, 'c'));
    spawnSync('tar', ['xf', join(folder, 'gen', 'llvm-resources.tar'), '-C', join(work, 'usr')]);
    writeFileSync(join(work, 'c', 'add.c'), 'int add(int a, int b) { return a + b; }\n');
    const program = resolve('dist/glassbox.cjs');
    const clang = ['--require', peak, program, 'run', '--stats', '--argv0', 'clang'];
    const granted = ['--dir', `${join(work, 'usr')}::/usr`, '--dir', `${join(work, 'c')}::/c`];
    progress('--version');
    const version = await run([...clang, llvm, '--version']);
    if (!/^clang version \d+/.test(version.stdout)) throw new Error(`no version: ${version.stdout}`);
    progress('compiling');
    const options = ['--target=wasm32-wasip1', '-O1', '-c', '/c/add.c', '-o', '/c/add.o'];
    const compiled = await run([...clang, ...granted, llvm, ...options]);
    const object = readFileSync(join(work, 'c', 'add.o'));
    if (!validate(object)) throw new Error('the object file is no module');
    return [text('version', version), text('compile', compiled)].join('; ');
  } finally {
    rmSync(work, { recursive: true });
  }
}
