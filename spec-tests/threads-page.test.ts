/** Guests with threads in a page: each thread a Web Worker, with a compiler in the host and without. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve } from '../examples/threads-in-a-page/serve.mjs';
import { findChromium } from '../scripts/find-chromium.mjs';
import { guest } from './threads/fixtures.ts';

const chromiumPath = findChromium();
const all = '(drop (call $must_spawn (i32.const 1))) (drop (call $must_spawn (i32.const 2)))';

/** A guest's text, and how it ends. */
const programs: readonly (readonly [name: string, text: string, end: string])[] = [
  [
    'B1.2: atomics and notifications: 2 × 100,000',
    guest(
      `${all} (call $await (i32.const 2)) (i32.atomic.load (i32.const 8))`,
      `(loop $next
        (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $next (i32.lt_s (local.get $i) (i32.const 100000)))) (call $done)`,
    ),
    'returned 200000; 0 workers left',
  ],
  [
    'B1.5: an exit ends a thread that spins and one that waits',
    guest(
      `${all} (call $sleep (i32.const 100)) (call $exit (i32.const 7)) (i32.const 0)`,
      '(if (i32.eq (local.get $arg) (i32.const 1)) (then (call $spin)) (else (call $park)))',
    ),
    'exit code 7; 0 workers left',
  ],
  [
    'B1.5: a trap of a thread ends all',
    guest(`${all} (call $park) (i32.const 0)`, 'unreachable'),
    'unreachable; 0 workers left',
  ],
  [
    'B1.4: twenty threads, one after the other',
    guest(
      `(loop $next
        (drop (call $must_spawn (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (call $await (local.get $i))
        (br_if $next (i32.lt_s (local.get $i) (i32.const 20))))
      (i32.load (i32.const 8))`,
      '(drop (i32.atomic.rmw.add (i32.const 8) (local.get $arg))) (call $done)',
    ),
    'returned 190; 0 workers left',
  ],
];

if (chromiumPath === undefined) {
  console.warn('\n*** THREADS WERE NOT TESTED IN WEB WORKERS: there is no Chromium on this machine. ***\n');
}

describe.skipIf(chromiumPath === undefined).each([
  ['Chromium', []],
  ['Chromium without a compiler', ['--js-flags=--jitless']],
])('Web Workers in %s', (_, flags) => {
  const errors: string[] = [];
  let server: Awaited<ReturnType<typeof serve>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await serve(0);
    // Chromium's sandbox refuses root, which is who runs tests in containers.
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const args = [...flags, ...sandbox, '--disable-gpu', '--disable-dev-shm-usage'];
    browser = await chromium.launch({ executablePath: chromiumPath!, args });
    page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
    page.on('console', (message) => errors.push(message.text()));
    await page.goto(server.url);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test('B1.4: the page runs its program: the exit code is what four threads have counted', async () => {
    const outcome = page.locator('#outcome', { hasText: 'left' });
    expect(await outcome.textContent({ timeout: 60_000 })).toBe('exit code 40; 0 workers left');
  });

  test.each(programs)('%s', async (__, text, end) => {
    // The page's own function.
    const call = `runThreads(${JSON.stringify(text)}, { entry: 'main' })`;
    expect([await page.evaluate(call), errors]).toEqual([end, []]);
  });

  test('B1.5: the embedder calls off what spins', async () => {
    const text = guest(`${all} (call $spin) (i32.const 0)`, '(call $spin)');
    const call = `(() => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 300);
      return runThreads(${JSON.stringify(text)}, { entry: 'main', signal: abort.signal });
    })()`;
    expect(await page.evaluate(call)).toBe('execution aborted; 0 workers left');
  });

  test('B1.5: a worker that cannot begin ends the group', async () => {
    const call = `runThreads(${JSON.stringify(guest('(i32.const 0)', ''))}, { entry: 'main', importsUrl: '/missing.js' })`;
    expect(await page.evaluate(call)).toMatch(/^a thread's worker has failed: .*; 0 workers left$/);
  });
});
