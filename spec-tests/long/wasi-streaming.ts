/**
 * A guest like `cat` copies 1 GB from a pipe to a pipe: under `glassbox run`, and under Node's own WASI in the same
 * rounds. Memory must stay as it is however much passes; throughput is told, not judged.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseModule } from '../../src/text/index.ts';

const GIGABYTE = 2 ** 30;
const CHUNK = new Uint8Array(65_536).fill(0x61);
/** Much more than buffers and garbage take, much less than what passes. */
const MAX_GROWTH_BYTES = 64 * 2 ** 20;

const cat = `(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func (export "_start") (local $errno i32)
    (loop $next
      (i32.store (i32.const 0) (i32.const 65536))
      (i32.store (i32.const 4) (i32.const 65536))
      (local.set $errno (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (if (local.get $errno) (then (call $exit (local.get $errno))))
      (if (i32.eqz (i32.load (i32.const 8))) (then (return)))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (local.set $errno (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))
      (if (local.get $errno) (then (call $exit (local.get $errno))))
      (br $next))))`;

/** Tells at the end how much memory the process has had at most. */
const reportPeak = `process.on('exit', () => {
  require('node:fs').writeSync(2, 'peak ' + process.resourceUsage().maxRSS * 1024 + '\\n');
});`;

const nodeWasi = `const { WASI } = require('node:wasi');
const wasi = new WASI({ version: 'preview1', returnOnExit: true });
const bytes = require('node:fs').readFileSync(process.argv[1]);
WebAssembly.instantiate(bytes, wasi.getImportObject()).then(({ instance }) => wasi.start(instance));`;

interface Copy {
  readonly byteCount: number;
  readonly durationMs: number;
  readonly peakBytes: number;
}

/** Feeds a process with so many bytes, as it takes them, and counts what it gives back. */
function copyThrough(args: readonly string[], byteCount: number, progress: (text: string) => void): Promise<Copy> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { stdio: 'pipe' });
  let received = 0;
  let stderr = '';
  child.stdout.on('data', (chunk: Uint8Array) => {
    received += chunk.length;
    progress(`${Math.round(received / 2 ** 20)} MiB`);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let left = byteCount;
  const fill = () => {
    while (left > 0) {
      left -= CHUNK.length;
      if (!child.stdin.write(CHUNK)) return;
    }
    child.stdin.end();
  };
  child.stdin.on('drain', fill).on('error', () => undefined);
  fill();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const peak = /^peak (\d+)$/m.exec(stderr);
      if (code !== 0 || peak === null || received !== byteCount) {
        reject(new Error(`exit code ${code}, ${received} of ${byteCount} bytes\n${stderr}`));
      } else resolve({ byteCount, durationMs: performance.now() - start, peakBytes: Number(peak[1]) });
    });
  });
}

function text(name: string, { byteCount, durationMs, peakBytes }: Copy): string {
  const rate = byteCount / 2 ** 20 / (durationMs / 1000);
  return `${name} ${rate.toFixed(0)} MiB/s, at most ${(peakBytes / 2 ** 20).toFixed(0)} MiB`;
}

export async function main(progress: (text: string) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-streaming-'));
  try {
    const file = join(folder, 'cat.wasm');
    const peak = join(folder, 'peak.cjs');
    writeFileSync(file, parseModule(cat).bytes);
    writeFileSync(peak, reportPeak);
    const program = resolve('dist/glassbox.cjs');
    const ours = ['--require', peak, program, 'run', file];
    const theirs = ['--require', peak, '--no-warnings', '--eval', nodeWasi, file];
    const small = await copyThrough(ours, GIGABYTE / 16, progress);
    const glassbox = await copyThrough(ours, GIGABYTE, progress);
    const node = await copyThrough(theirs, GIGABYTE, progress);
    const growth = glassbox.peakBytes - small.peakBytes;
    const lines = [text('glassbox', glassbox), text('64 MiB only', small), text('node:wasi', node)].join('; ');
    if (growth > MAX_GROWTH_BYTES) throw new Error(`memory grows with what passes: ${lines}`);
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
