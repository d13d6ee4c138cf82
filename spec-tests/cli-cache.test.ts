/** The built program's module cache: kept, found, shared by processes, ignored when damaged or out of reach. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../src/api/index.ts';

const root = join(import.meta.dirname, '..');
const program = join(root, 'dist', 'glassbox.cjs');
const scratch = mkdtempSync(join(tmpdir(), 'glassbox-cache-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const path = join(scratch, 'answer.wasm');
writeFileSync(path, compile('(module (func (export "answer") (result i32) (i32.const 42)))').bytes);

function environment(extra: Record<string, string>) {
  return { ...process.env, XDG_CACHE_HOME: join(scratch, 'home'), ...extra };
}

function run(options: readonly string[], env: Record<string, string> = {}) {
  const args = [program, 'run', ...options, '--invoke', 'answer', path];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: environment(env) });
  return { status, stdout, stderr };
}

const answer = { status: 0, stdout: '42\n', stderr: '' };

describe('the module cache', () => {
  test('has a file for a module after its first run, and one for the code that ran after its second', () => {
    const folder = join(scratch, 'kept');
    const filesAfterRun = () => {
      expect(run(['--cache-dir', folder])).toEqual(answer);
      return readdirSync(folder).sort();
    };
    const file = expect.stringMatching(/^[0-9a-f]{64}\.module$/);
    expect(filesAfterRun()).toEqual([file]);
    const names = filesAfterRun();
    expect(names).toEqual([file, file]);
    expect(filesAfterRun()).toEqual(names);
  });

  test('is left alone by small modules, by --no-cache and by an empty GLASSBOX_CACHE_DIR', () => {
    const folder = join(scratch, 'unused');
    expect(run([])).toEqual(answer);
    expect(run(['--no-cache', '--cache-dir', folder])).toEqual(answer);
    expect(run([], { GLASSBOX_CACHE_DIR: '' })).toEqual(answer);
    expect(readdirSync(scratch)).not.toContain('unused');
    expect(readdirSync(scratch)).not.toContain('home');
  });

  test('is where GLASSBOX_CACHE_DIR says', () => {
    const folder = join(scratch, 'named');
    expect(run([], { GLASSBOX_CACHE_DIR: folder })).toEqual(answer);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test('warns of a damaged file and writes it anew', () => {
    const folder = join(scratch, 'damaged');
    for (let i = 0; i < 2; i++) run(['--cache-dir', folder]);
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      const whole = readFileSync(file);
      writeFileSync(file, whole.subarray(0, 50));
      const damaged = run(['--cache-dir', folder]);
      expect(damaged).toMatchObject({ status: 0, stdout: '42\n' });
      expect(damaged.stderr).toMatch(/^warning: the module cache's entry [0-9a-f]{64} is cut off; it is not used\n$/);
      expect(readFileSync(file)).toEqual(whole);
    }
    expect(run(['--cache-dir', folder])).toEqual(answer);
  });

  test('that cannot be made is told of once', () => {
    const folder = join(path, 'below-a-file');
    const { status, stdout, stderr } = run(['--cache-dir', folder]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '42\n' });
    expect(stderr).toMatch(/^warning: cannot (read|write) the module cache: ENOTDIR.*\n$/);
  });

  test('is shared by processes that start at once', async () => {
    const folder = join(scratch, 'shared');
    const args = [program, 'run', '--cache-dir', folder, '--invoke', 'answer', path];
    const outputs = await Promise.all(
      Array.from({ length: 6 }, () => {
        const child = spawn(process.execPath, args, { env: environment({}) });
        let text = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
        return new Promise((resolve) => child.on('close', () => resolve(text)));
      }),
    );
    expect(outputs).toEqual(Array(6).fill('42\n'));
    expect(run(['--cache-dir', folder])).toEqual(answer);
    expect(readdirSync(folder)).toHaveLength(2);
  });
});
