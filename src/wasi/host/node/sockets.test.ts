/** TCP on the node host: a guest that serves real connections, and what a listener does to the process. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { compile, instantiate } from '../../../api/index.ts';
import { HostExit } from '../../../syntax/index.ts';
import { Wasi } from '../../preview1/index.ts';
import { listenTcp } from './index.ts';

/** Accepts a connection, sends back what it receives until the end, and exits with the errno of what failed. */
const echo = `(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_shutdown" (func $shutdown (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (func $check (param $errno i32) (if (local.get $errno) (then (call $exit (local.get $errno)))))
  (func (export "_start") (local $fd i32)
    (call $check (call $accept (i32.const 3) (i32.const 0) (i32.const 16)))
    (local.set $fd (i32.load (i32.const 16)))
    (i32.store (i32.const 0) (i32.const 65536))
    (loop $next
      (i32.store (i32.const 4) (i32.const 65536))
      (call $check (call $recv (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 4) (i32.const 12)))
      (if (i32.load (i32.const 4)) (then
        (call $check (call $send (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 8)))
        (br $next))))
    (call $check (call $shutdown (local.get $fd) (i32.const 2)))))`;

/** Accepts a connection, sends 8 MB by one call and returns. */
const sender = `(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $send (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 130)
  (func (export "_start")
    (drop (call $accept (i32.const 3) (i32.const 0) (i32.const 16)))
    (i32.store (i32.const 4) (i32.const 8000000))
    (drop (call $send (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 8)))))`;

async function serve(program = echo) {
  const listener = await listenTcp('127.0.0.1', 0);
  const wasi = new Wasi({ listeners: [listener], isAsync: true });
  const instance = instantiate(compile(program), wasi.imports);
  return { listener, wasi, instance };
}

describe('a guest that serves', () => {
  test('sends back what comes, however much it is', async () => {
    const { listener, wasi, instance } = await serve();
    const running = instance.callAsync('_start');
    const sent = Buffer.alloc(3_000_000, 'glassbox ');
    const client = connect(listener.port, listener.host);
    client.end(sent);
    const chunks: Buffer[] = [];
    for await (const chunk of client) chunks.push(chunk);
    await running;
    wasi.close();
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  });

  test('sends by one call much more than the network takes at once', async () => {
    const { listener, wasi, instance } = await serve(sender);
    const client = connect(listener.port, listener.host);
    let receivedBytes = 0;
    client.on('data', (chunk) => {
      receivedBytes += chunk.length;
    });
    const ended = new Promise((resolve) => client.on('end', resolve));
    await instance.callAsync('_start');
    wasi.close();
    await ended;
    client.end();
    expect(receivedBytes).toBe(8_000_000);
  });

  test('is told that the other side has gone', async () => {
    const { listener, wasi, instance } = await serve();
    const running = instance.callAsync('_start');
    const client = connect(listener.port, listener.host, () => client.write('x'));
    client.on('data', () => client.resetAndDestroy());
    await expect(running).rejects.toBeInstanceOf(HostExit);
    // errno 15, connreset
    await expect(running).rejects.toMatchObject({ exitCode: 15 });
    wasi.close();
  });

  test('ends by a signal while it waits for a connection', async () => {
    const { listener, wasi, instance } = await serve();
    const controller = new AbortController();
    const running = instance.callAsync('_start', [], { signal: controller.signal });
    setTimeout(() => controller.abort(), 1);
    await expect(running).rejects.toThrow('execution aborted');
    wasi.close();
    const client = connect(listener.port, listener.host);
    const refused = await new Promise((resolve) => client.on('error', resolve));
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test('a port that is taken is EADDRINUSE', async () => {
  const listener = await listenTcp('127.0.0.1', 0);
  await expect(listenTcp('127.0.0.1', listener.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  listener.close();
});
