/** Options that let a program accept connections: addresses, taken ports, sockets that are handed down. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { describe, expect, test, vi } from 'vitest';
import { type Command, readArguments } from './command.ts';
import { Failure } from './failure.ts';
import { listeningOf, listenOptions } from './listening.ts';

const command = { name: 'run', usage: '', summary: '', options: listenOptions } as unknown as Command;
const read = (...line: string[]) => listeningOf(readArguments(command, line));

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

describe('--tcplisten', () => {
  test('listens on each address, in order', async () => {
    const { listeners, env } = await read('--tcplisten', '127.0.0.1:0', '--tcplisten=localhost:0');
    const sockets = listeners.map(({ host, port }) => connect(port, host));
    await vi.waitFor(() => expect(listeners.map(({ waitingCount }) => waitingCount)).toEqual([1, 1]));
    expect(env).toEqual({});
    for (const each of [
      ...sockets.map((socket) => () => socket.destroy()),
      ...listeners.map((one) => () => one.close()),
    ]) {
      each();
    }
  });

  test.each(['8080', ':8080', 'localhost:', 'localhost:x', 'localhost:65536', '::1:80'])(
    '%s is refused',
    async (text) => {
      await expect(read('--tcplisten', text)).rejects.toThrow(`does not take '${text}'`);
    },
  );

  test('a port that is taken says so, and nothing stays open', async () => {
    const server = createServer();
    const port = await portOf(server);
    const free = await portOf(createServer().unref());
    await expect(read('--tcplisten', `127.0.0.1:${port}`)).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`);
    await expect(read('--tcplisten', `127.0.0.1:${free}`)).rejects.toThrow(Failure);
    server.close();
  });
});

describe('--listenfd', () => {
  test('says when nothing is handed down', async () => {
    vi.stubEnv('LISTEN_FDS', '1');
    vi.stubEnv('LISTEN_PID', String(process.pid + 1));
    await expect(read('--listenfd')).rejects.toThrow('no sockets are handed down');
    vi.unstubAllEnvs();
  });

  test('accepts from what is handed down', { skip: process.platform === 'win32' }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'glassbox-listenfd-'));
    const outfile = join(folder, 'child.mjs');
    buildSync({
      stdin: {
        contents: `import { listeningOf } from './listening.ts';
          const { listeners, env } = await listeningOf({ values: () => [], flag: () => true });
          const [listener] = listeners;
          await listener.untilConnected().done;
          listener.tryAccept().tryWrite(new TextEncoder().encode(JSON.stringify(env)));
          setTimeout(() => process.exit(0), 50);`,
        resolveDir: import.meta.dirname,
        loader: 'ts',
      },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    const server = createServer();
    const port = await portOf(server);
    const handle = (server as unknown as { _handle: { fd: number } })._handle;
    const env = { ...process.env, LISTEN_FDS: '1', LISTEN_FDNAMES: 'web' };
    const child = spawn(process.execPath, [outfile], { env, stdio: ['ignore', 'inherit', 'inherit', handle.fd] });
    server.close();
    const client = connect(port, '127.0.0.1');
    let text = '';
    for await (const chunk of client) text += chunk;
    expect(JSON.parse(text)).toEqual({ LISTEN_FDS: '1', LISTEN_FDNAMES: 'web' });
    child.kill();
    rmSync(folder, { recursive: true });
  });
});
