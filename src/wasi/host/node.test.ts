/** The node host in processes of its own: order of outputs, broken pipes, input, and what files do. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HostError, type OpenOptions } from './host.ts';
import { nodeHost, openDirectory } from './node.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-node-host-'));
  buildSync({
    entryPoints: [join(import.meta.dirname, 'node.ts')],
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

describe('files', () => {
  const readWrite: OpenOptions = { read: true, write: true, create: true, exclusive: false, truncate: false };

  function newFolder(): string {
    return mkdtempSync(join(folder, 'files-'));
  }

  test('are read into shared memory and written from it', () => {
    const root = openDirectory(newFolder());
    const file = root.openFile('f', readWrite);
    const bytes = new Uint8Array(new SharedArrayBuffer(4));
    bytes.set([1, 2, 3, 4]);
    file.write(bytes, 2);
    bytes.fill(9);
    expect(file.read(bytes, 1)).toBe(4);
    expect([...bytes]).toEqual([0, 1, 2, 3]);
    file.close();
    root.close();
  });

  test('a directory stays itself when it is renamed and a link takes its name', {
    skip: process.platform !== 'linux',
  }, () => {
    const path = newFolder();
    mkdirSync(join(path, 'root', 'd'), { recursive: true });
    mkdirSync(join(path, 'elsewhere'));
    writeFileSync(join(path, 'root', 'd', 'mine'), '');
    const root = openDirectory(join(path, 'root'));
    const directory = root.openDirectory('d');
    renameSync(join(path, 'root', 'd'), join(path, 'root', 'moved'));
    symlinkSync('../elsewhere', join(path, 'root', 'd'));
    expect(directory.list().map(({ name }) => name)).toEqual(['mine']);
    expect(
      directory
        .reopen()
        .list()
        .map(({ name }) => name),
    ).toEqual(['mine']);
    directory.openFile('new', readWrite).close();
    expect(readFileSync(join(path, 'root', 'moved', 'new'), 'utf8')).toBe('');
    directory.close();
    root.close();
  });

  test.each([
    ['openDirectory of a link', (root) => root.openDirectory('link'), ['ENOTDIR', 'ELOOP']],
    ['openFile of a link', (root) => root.openFile('link', readWrite), ['ELOOP']],
    ['openFile of a directory', (root) => root.openFile('d', readWrite), ['EISDIR']],
    ['openFile of what is missing', (root) => root.openFile('x', { ...readWrite, create: false }), ['ENOENT']],
    ['openFile that must be new', (root) => root.openFile('f', { ...readWrite, exclusive: true }), ['EEXIST']],
    ['removeDirectory with entries', (root) => root.removeDirectory('d'), ['ENOTEMPTY']],
    ['createLink to another host', (root) => root.createLink('f', {} as never, 'x'), ['EXDEV']],
  ] as [string, (root: ReturnType<typeof openDirectory>) => unknown, string[]][])(
    '%s fails with its code',
    (_, act, codes) => {
      const path = newFolder();
      mkdirSync(join(path, 'd'));
      writeFileSync(join(path, 'd', 'x'), '');
      writeFileSync(join(path, 'f'), '');
      symlinkSync('d', join(path, 'link'));
      const root = openDirectory(path);
      try {
        act(root);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(HostError);
        expect(codes).toContain((error as HostError).code);
      }
      root.close();
    },
  );

  test('times are kept to the microsecond, one without the other', () => {
    const path = newFolder();
    closeSync(openSync(join(path, 'f'), 'w'));
    const root = openDirectory(path);
    root.setEntryTimes('f', { accessTimeNs: 1_000_000_123_456_000n, modifyTimeNs: 2_000_000_000_000_000n });
    root.setEntryTimes('f', { modifyTimeNs: 3_000_000_000_000_000n });
    const { accessTimeNs, modifyTimeNs } = root.statEntry('f');
    expect(Number(accessTimeNs - 1_000_000_123_456_000n)).toBeCloseTo(0, -4);
    expect(modifyTimeNs).toBe(3_000_000_000_000_000n);
    root.close();
  });

  test('what is missing or no directory cannot be granted', () => {
    const path = newFolder();
    writeFileSync(join(path, 'f'), '');
    expect(() => openDirectory(join(path, 'nope'))).toThrow(HostError);
    expect(() => openDirectory(join(path, 'f'))).toThrow(HostError);
  });
});
