/**
 * Real programs from elsewhere, run on WASI preview 1: interpreters, compilers' tools, a database, a search tool. Each
 * runs twice: in the built program with this machine's files and pipes, and with everything in memory. What they
 * write is compared, by its SHA-256, with what they wrote under another engine.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compile, instantiate } from '../src/api/index.ts';
import { HostExit } from '../src/syntax/index.ts';
import { type MemoryTree, memoryDirectory, memoryHost, Wasi } from '../src/wasi/index.ts';
import { folder, type Program, programs } from './programs.ts';

interface Outcome {
  readonly exitCode: number | null;
  readonly stdout: Uint8Array;
}

function stdinOf({ stdin }: Program): Uint8Array {
  return stdin === null ? new Uint8Array(0) : readFileSync(join(folder, stdin));
}

/** @param temporary an empty folder of this run's own */
function runOnNode(program: Program, temporary: string): Promise<Outcome> {
  const granted = Object.entries(program.preopens).flatMap(([guestPath, path]) => {
    return ['--dir', `${path === 'TMP' ? temporary : join(folder, path)}::${guestPath}`];
  });
  const glassbox = fileURLToPath(new URL('../dist/glassbox.cjs', import.meta.url));
  const command = [glassbox, 'run', ...granted, join(folder, program.file), ...program.args];
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'ignore'] });
  const chunks: Uint8Array[] = [];
  child.stdout.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  // A program that does not read its input closes it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdinOf(program));
  return new Promise((resolve) => {
    child.on('close', (exitCode) => resolve({ exitCode, stdout: Buffer.concat(chunks) }));
  });
}

/** A folder of this machine, copied into memory. */
function treeOf(path: string): MemoryTree {
  const entries = readdirSync(path, { withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const at = join(path, entry.name);
      return [entry.name, entry.isDirectory() ? treeOf(at) : new Uint8Array(readFileSync(at))];
    }),
  );
}

async function runInMemory(program: Program): Promise<Outcome> {
  const host = memoryHost({ stdin: stdinOf(program) });
  const preopens = Object.entries(program.preopens).map(([guestPath, path]) => {
    return [guestPath, memoryDirectory(path === 'TMP' ? {} : treeOf(join(folder, path)))] as const;
  });
  const args = [basename(program.file), ...program.args];
  const wasi = new Wasi({ args, host, preopens: Object.fromEntries(preopens), isAsync: true });
  let exitCode = 0;
  try {
    await instantiate(compile(readFileSync(join(folder, program.file))), wasi.imports).callAsync('_start');
  } catch (error) {
    if (!(error instanceof HostExit)) throw error;
    exitCode = error.exitCode;
  } finally {
    wasi.close();
  }
  return { exitCode, stdout: host.output.stdout };
}

const backEnds = [
  ['this machine', runOnNode],
  ['memory', runInMemory],
] as const;

describe.skipIf(programs.length === 0).each(backEnds)('programs in %s', (_, run) => {
  test.each(programs.map((each) => [each.name, each] as const))('%s', async (__, program) => {
    const temporary = mkdtempSync(join(tmpdir(), 'glassbox-program-'));
    try {
      const { exitCode, stdout } = await run(program, temporary);
      expect(createHash('sha256').update(stdout).digest('hex')).toBe(program.stdout_sha256);
      expect(exitCode).toBe(program.exit_code);
    } finally {
      rmSync(temporary, { recursive: true });
    }
  });
});
