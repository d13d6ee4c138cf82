/** The node host in processes of its own: order of outputs, broken pipes, input; clock and randomness. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeHost } from './index.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-node-host-'));
  buildSync({
    entryPoints: [join(import.meta.dirname, 'index.ts')],
    outfile: join(folder, 'host.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `body`, which sees `host` and `text`, as a module in a new process under a shell's redirections. */
function runScript(body: string, redirections = '', input = '') {
  const prelude = `import { nodeHost } from ${JSON.stringify(join(folder, 'host.mjs'))};
    const host = nodeHost(); const text = (s) => new TextEncoder().encode(s);`;
  const script = join(folder, 'script.mjs');
  writeFileSync(script, prelude + body);
  const command = `${JSON.stringify(process.execPath)} ${JSON.stringify(script)} ${redirections}`;
  const { stdout, stderr, status } = spawnSync('sh', ['-c', command], { input, encoding: 'utf8' });
  return { stdout, stderr, status };
}

describe('standard streams', () => {
  test('what goes to output and error appears in the order of writing', () => {
    const body = `for (let i = 0; i < 3; i++) { host.stdout.write(text('o' + i)); host.stderr.write(text('e' + i)); }
      host.stdout.write(text('.'));`;
    expect(runScript(body, '2>&1').stdout).toBe('o0e0o1e1o2e2.');
  });

  test('what was not flushed is written when the process ends', () => {
    expect(runScript(`host.stdout.write(text('late'));`).stdout).toBe('late');
  });

  test('more than the buffer holds arrives whole', () => {
    const body = `for (let i = 0; i < 100; i++) host.stdout.write(text(String(i % 10).repeat(i * 37)));
      host.stdout.flush();`;
    const expected = Array.from({ length: 100 }, (_, i) => String(i % 10).repeat(i * 37)).join('');
    expect(runScript(body).stdout).toBe(expected);
  });

  test('a reader that is gone is EPIPE, not a crash', () => {
    const body = `await new Promise((resolve) => setTimeout(resolve, 200));
      try { host.stdout.write(text('x')); host.stdout.flush(); } catch (error) { host.stderr.write(text(error.code)); }`;
    expect(runScript(body, '| true')).toMatchObject({ stderr: 'EPIPE' });
  });

  test('a reader that is gone when the process ends is no crash either', () => {
    const body = `await new Promise((resolve) => setTimeout(resolve, 200)); host.stdout.write(text('x'));`;
    expect(runScript(body, '| true')).toMatchObject({ stderr: '', status: 0 });
  });

  test('input comes whole and then ends', () => {
    const body = `const buffer = new Uint8Array(3); const counts = [];
      for (let n = -1; n !== 0; ) { n = host.stdin.read(buffer); counts.push(n); host.stdout.write(buffer.subarray(0, n)); }
      host.stdout.write(text(JSON.stringify(counts)));`;
    expect(runScript(body, '', 'abcdefgh').stdout).toBe('abcdefgh[3,3,2,0]');
  });

  test('input that is not there yet is waited for', () => {
    const body = `const buffer = new Uint8Array(3); host.stdout.write(buffer.subarray(0, host.stdin.read(buffer)));`;
    const script = join(folder, 'script.mjs');
    runScript(body);
    const command = `(sleep 0.2; printf abc) | ${JSON.stringify(process.execPath)} ${JSON.stringify(script)}`;
    expect(spawnSync('sh', ['-c', command], { encoding: 'utf8' }).stdout).toBe('abc');
  });

  test('a full device is ENOSPC', { skip: process.platform !== 'linux' }, () => {
    const body = `try { host.stdout.write(text('x')); host.stdout.flush(); } catch (error) { host.stderr.write(text(error.code)); }`;
    expect(runScript(body, '> /dev/full').stderr).toBe('ENOSPC');
  });
});

describe('clock and randomness', () => {
  test('realtime is now, monotonic does not go back, sleeping lasts', () => {
    const { clock } = nodeHost();
    expect(Math.abs(Number(clock.realtimeNs() / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    const before = clock.monotonicNs();
    clock.sleep(2_000_000n);
    expect(clock.monotonicNs() - before).toBeGreaterThanOrEqual(1_000_000n);
  });

  test('random bytes reach shared memory too', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(64));
    nodeHost().random(shared);
    expect(shared.some((byte) => byte !== 0)).toBe(true);
  });
});
