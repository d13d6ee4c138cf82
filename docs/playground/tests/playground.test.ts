/**
 * The page in a real browser: as it is, without a compiler (`--jitless`), and without `WebAssembly`.
 *
 * Without a Chromium on the machine nothing is run; `npm test` says so.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compile } from '../../../src/index.ts';
import {
  type BuiltPage,
  buildPage,
  chromiumPath,
  launch,
  type Mode,
  modes,
  PageUnderTest,
  type Shown,
} from './page-under-test.ts';

const TIMEOUT_MS = 30_000;

let built: BuiltPage;
let browser: Browser;
let context: BrowserContext;
let page: PageUnderTest;

function example(name: string): string {
  return readFileSync(join(import.meta.dirname, '..', 'examples', `${name}.wat`), 'utf8');
}

function times(count: number, key: string): string[] {
  return Array<string>(count).fill(key);
}

/** Each test finds the first example in the page, and expects nothing to go wrong in it. */
function inBrowser(mode: Mode): void {
  beforeAll(async () => {
    browser = await launch(mode);
    context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    if (mode.initScript !== undefined) await context.addInitScript(mode.initScript);
    page = await PageUnderTest.open(context, built.url);
  }, TIMEOUT_MS);
  afterAll(() => browser?.close());
  beforeEach(() => page.reset());
  afterEach(() => expect(page.errors).toEqual([]));
}

describe.skipIf(chromiumPath === undefined)('playground', () => {
  beforeAll(async () => {
    built = await buildPage();
  }, TIMEOUT_MS);
  afterAll(() => built?.remove());

  describe.each(modes)('in $name', (mode) => {
    inBrowser(mode);

    test('stands before the first instruction of the first example', async () => {
      const hasWebAssembly = await page.page.evaluate(() => 'WebAssembly' in globalThis);
      expect(hasWebAssembly).toBe(mode.name === 'Chromium');
      expect(await page.shown()).toMatchObject({
        status: 'Ready: local.get $n is next in $factorial, line 6; 0 instructions executed.',
        operands: [],
        locals: ['0 | $n | i64 | 5'],
        frames: ['0 | $factorial | line 6'],
        instruction: 'local.get $n',
        instructionBytes: '2000',
      });
    });

    test('steps in, over, out and back', async () => {
      await page.press(...times(7, 'F11'));
      const before = await page.shown();
      expect(before).toMatchObject({
        instruction: 'call $factorial',
        operands: ['1 | i64 | 4 | i64.sub', '0 | i64 | 5 | local.get $n'],
        labels: ['0 | else | i64 | 0 | its end, line 13', '1 | func | i64 | 0 | return, line 13'],
      });
      await page.press('F11');
      expect((await page.shown()).frames).toEqual(['0 | $factorial | line 6', '1 | $factorial | line 12, waits']);
      await page.press('Control+F11');
      expect(await page.shown()).toEqual(before);
      await page.press('F10');
      const after = await page.shown();
      expect(after).toMatchObject({
        instruction: 'i64.mul',
        operands: ['1 | i64 | 24 | call $factorial', '0 | i64 | 5 | local.get $n'],
      });
      await page.press('Control+F10');
      expect(await page.shown()).toEqual(before);
      await page.press('F11', 'F11', 'Shift+F11');
      expect(await page.shown()).toEqual(after);
      await page.press('F10', 'F10');
      expect(await page.status()).toBe('Returned 120 after 49 instructions.');
    });

    test('shows on the way back, and where it is scrubbed to, what it showed on the way there', async () => {
      await page.openFragment('#example=text');
      const seen: Shown[] = [];
      for (let i = 0; i < 25; i++) {
        seen.push(comparable(await page.shown()));
        await page.press('F11');
      }
      for (let i = 24; i >= 18; i--) {
        await page.press('Control+F11');
        expect(comparable(await page.shown())).toEqual(seen[i]);
      }
      await page.press('F8');
      expect(await page.shown()).toMatchObject({
        status: 'Returned after 111 instructions.',
        output: 'stressed\ndesserts\n',
      });
      for (const moment of [7, 20, 1, 24, 0]) {
        await page.scrubTo(moment);
        expect(comparable(await page.shown())).toEqual(seen[moment]);
      }
    });

    test('stops at breakpoints in both directions', async () => {
      await page.openFragment('#example=exceptions');
      await page.clickGutter(10);
      await page.press('F8');
      expect(await page.status()).toMatch(/^Breakpoint: local\.get \$n is next in \$check, line 10;/);
      await page.press('F8');
      expect(await page.status()).toBe('Returned -123 after 16 instructions.');
      await page.press('Control+F8');
      expect(await page.status()).toMatch(/^Breakpoint: local\.get \$n is next in \$check, line 10;/);
      await page.press('Control+F8');
      expect(await page.shown()).toMatchObject({ moment: '0' });
    });

    test('takes a dropped module, and runs it', async () => {
      await page.drop('answer.wasm', compile('(module (func (export "answer") (result i32) (i32.const 42)))').bytes);
      expect(await page.text()).toContain('(func (;0;) (type 0) (result i32)');
      await page.click('#run');
      expect(await page.status()).toBe('Returned 42 after 1 instruction.');
    });

    test('hands a program on in a link', async () => {
      await page.openFragment('#example=sieve');
      await page.page.locator('#arguments input').fill('30');
      await page.clickGutter(17);
      await page.press('F8', 'F11');
      const before = comparable(await page.shown());
      await page.page.click('#share');
      await page.page.waitForFunction(() => location.hash.startsWith('#z.'));
      const link = await page.page.evaluate(() => location.href);
      expect(await page.status()).toBe('The link is copied.');
      expect(await page.page.evaluate(() => navigator.clipboard.readText())).toBe(link);

      const other = await PageUnderTest.open(context, built.url, new URL(link).hash);
      expect(comparable(await other.shown())).toEqual(before);
      expect(await other.text()).toBe(await page.text());
      expect(await other.page.locator('.breakpoint:visible').count()).toBe(1);
      expect(other.errors).toEqual([]);
    });
  });

  describe('its parts', () => {
    inBrowser(modes[0]!);

    test('marks what is read and written, follows it, and lets bytes be changed', async () => {
      await page.openFragment('#example=sieve');
      await page.stepTo('i32.load8_u');
      expect(await page.page.locator('#memory td.next').getAttribute('aria-label')).toBe('2: 00, next instruction');
      await page.press('F11');
      expect(await page.page.locator('#memory td.read').getAttribute('aria-label')).toBe('2: 00, read');
      await page.stepTo('i32.store8');
      await page.press('F11');
      expect(await page.page.locator('#memory td.written').getAttribute('aria-label')).toBe('4: 01, written');

      await page.page.locator('#memory td').nth(7).click();
      await page.press('0', '1', 'ArrowRight', 'ArrowRight');
      expect(await page.page.locator('#memory td').nth(7).textContent()).toBe('01');
      expect(await page.page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^a: /);
      // 7 is struck out by hand, so its square is not: 49 takes its place.
      await page.press('F8');
      expect(await page.status()).toMatch(/^Returned 15 after/);
      expect(await page.page.locator('#memory td.changed').count()).toBeGreaterThan(20);
    });

    test('says who wrote a byte last, and goes there', async () => {
      await page.openFragment('#example=sieve');
      await page.press('F8');
      await page.page
        .locator('#memory td')
        .nth(25 + 1)
        .click();
      await page.click('#memory-writer');
      expect(await page.status()).toMatch(/^i32\.store8 in \$strike_out wrote byte 0x19 last, after \d+ instructions/);
      await page.page.click('#memory-write');
      await page.settle();
      expect(await page.shown()).toMatchObject({
        instruction: 'i32.store8',
        operands: ['1 | i32 | 1 | i32.const 1', '0 | i32 | 25 | local.get $multiple'],
      });
    });

    test('lets locals be changed, and refuses what does not fit', async () => {
      const field = page.page.locator('#locals input');
      await field.fill('x');
      await field.press('Enter');
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      expect(await page.status()).toMatch(/takes an integer of 64 bits/);
      await field.fill('3');
      await field.press('Enter');
      expect(await page.status()).toBe('Changed local $n.');
      await page.press('F8');
      expect(await page.status()).toMatch(/^Returned 6 after/);
    });

    test('shows in the other panels what is pointed at in one', async () => {
      await page.press(...times(7, 'F11'));
      const pointed = async () =>
        await page.page.evaluate(() => ({
          text: Array.from(document.querySelectorAll('.cm-content .pointed'), (each) => each.textContent).join(','),
          bytes: Array.from(document.querySelectorAll('#bytes td.pointed'), (each) => each.textContent).join(' '),
          operands: document.querySelectorAll('#operands tr.pointed').length,
          locals: document.querySelectorAll('#locals tr.pointed').length,
        }));
      await page.page.hover('#operands tbody tr:nth-child(1)');
      expect(await pointed()).toMatchObject({ text: 'i64.sub', bytes: '7d', operands: 1 });
      await page.page.hover('#locals tbody tr:nth-child(1)');
      expect(await pointed()).toMatchObject({ text: 'local.get $n,local.get $n,local.get $n', locals: 1 });
      await page.page.locator('#operands button').nth(0).focus();
      expect(await pointed()).toMatchObject({ bytes: '7d' });
      await page.page.keyboard.press('Enter');
      expect(await page.page.evaluate(() => String(getSelection()))).toBe('i64.sub');
      await page.page.locator('#bytes td', { hasText: '7d' }).hover();
      expect(await pointed()).toMatchObject({ text: 'i64.sub', operands: 1 });
      await page.page.locator('.cm-line', { hasText: 'local.get $n) (i64.const' }).getByText('i64.const').hover();
      expect(await pointed()).toMatchObject({ bytes: '42 01' });
    });

    test('says what is wrong with a text, at its place, and goes on when it is mended', async () => {
      await page.type('(module\n  (func (export "f") (result i32)\n    (i32.add (i32.const 1) (i64.const 2))))');
      await page.page.waitForSelector('.cm-lintRange-error');
      expect(await page.page.textContent('.cm-lintRange-error')).toBe('i32.add');
      expect(await page.page.textContent('#problem')).toMatch(/^Line 3, column 6: type mismatch/);
      await page.type('(module\n  (func (export "f") (result i32)\n    (i32.ad');
      await page.page.waitForFunction(() => document.querySelector('#problem')?.textContent?.includes('i32.ad'));
      await page.type('(module (func (export "f") (result i32) (i32.const 7)))');
      await page.press('F8');
      expect(await page.status()).toBe('Returned 7 after 1 instruction.');
      expect(await page.page.textContent('#problem')).toBe('');
    });

    test.each([
      ['hello', { status: 'Returned after 12 instructions.', output: 'hello, glass box\n' }],
      ['list', { status: 'Returned 10 after 116 instructions.' }],
      ['exceptions', { status: 'Returned -123 after 16 instructions.' }],
    ])('runs the example %s', async (name, expected) => {
      await page.openFragment(`#example=${name}`);
      await page.press('F8');
      expect(await page.shown()).toMatchObject(expected);
    });

    test('shows structures of the guest’s heap', async () => {
      await page.openFragment('#example=list');
      await page.clickGutter(23);
      await page.press('F8');
      expect((await page.shown()).locals[0]).toMatch(/struct \$list \{\$?head: 4, \$?tail: struct \$list/);
    });

    test('tells a trap, with its place, and goes back from it', async () => {
      await page.type('(module (func $f (export "f") (result i32)\n  (i32.div_s (i32.const 1) (i32.const 0))))');
      await page.press('F8');
      expect(await page.status()).toMatch(/^Trap: integer divide by zero after 3 instructions in \$f, line 2\.$/);
      await page.press('Control+F11');
      expect(await page.shown()).toMatchObject({ instruction: 'i32.div_s' });
    });

    test('stays alive through a long run, which can be paused and gone back in', async () => {
      await page.openFragment('#example=collatz');
      await page.page.locator('#arguments input').fill('100000000');
      await page.page.locator('#arguments input').press('Tab');
      await page.page.keyboard.press('F8');
      await page.page.waitForFunction(() => document.querySelector('#status')?.textContent === 'Running …');
      // The page is painted again and again, and the run goes on.
      const isRunning = await page.page.evaluate(async () => {
        for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
        return document.querySelector('main.running') !== null;
      });
      expect(isRunning).toBe(true);
      await page.press('F8');
      const { status, moment } = await page.shown();
      expect(status).toMatch(/^Paused: /);
      expect(Number(moment)).toBeGreaterThan(10_000);
      await page.scrubTo(4321);
      expect((await page.shown()).moment).toBe('4321');
    });

    test('can be used with the keyboard alone', async () => {
      await page.page.keyboard.press('Tab');
      expect(await page.focus()).toBe('Skip to the program');
      await page.page.keyboard.press('Enter');
      await page.page.keyboard.press('Tab');
      expect(await page.focus()).toBe('Program text');
      for (let i = 0; i < 11; i++) await page.page.keyboard.press('ArrowDown');
      await page.press('F9', 'F8');
      expect(await page.status()).toMatch(/^Breakpoint: call \$factorial is next in \$factorial, line 12/);
      const stops = new Set<string>();
      for (let i = 0; i < 40; i++) {
        await page.page.keyboard.press('Tab');
        stops.add(await page.focus());
      }
      for (const wanted of ['Example', 'Restart', 'Step', 'Run', 'local $n, i64', 'Moment in the history']) {
        expect(
          [...stops].some((stop) => stop.includes(wanted)),
          `${wanted} in ${[...stops].join('; ')}`,
        ).toBe(true);
      }
      await page.page.keyboard.press('F1');
      expect(await page.page.locator('#help').isVisible()).toBe(true);
      await page.page.keyboard.press('Escape');
      expect(await page.page.locator('#help').isVisible()).toBe(false);
    });

    test.each(['light', 'dark'] as const)('has nothing that axe finds fault with, %s', async (colorScheme) => {
      await page.page.emulateMedia({ colorScheme });
      await page.openFragment('#example=sieve');
      await page.clickGutter(29);
      await page.press('F8', 'F11');
      const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      await page.page.evaluate(axe);
      const faults = await page.page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: AxeFault[] }> } };
        interface AxeFault {
          id: string;
          nodes: { html: string; failureSummary: string }[];
        }
        const { violations } = await axe.run();
        return violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('; ')}`,
        );
      });
      expect(faults).toEqual([]);
    });

    test('refuses a file that is no module, and a link that is damaged, with words', async () => {
      await page.drop('broken.wasm', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99));
      expect(await page.status()).toMatch(/^broken\.wasm is no module: /);
      await page.openFragment('#z.AAAA');
      await page.page.waitForFunction(() => document.querySelector('#status')?.textContent?.startsWith('The link'));
      expect(await page.status()).toMatch(/^The link could not be opened: the link is damaged/);
    });

    test('fits a narrow window', async () => {
      await page.page.setViewportSize({ width: 420, height: 800 });
      const overflow = await page.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await page.page.setViewportSize({ width: 1440, height: 900 });
      expect(overflow).toBeLessThanOrEqual(0);
    });

    test('all examples are complete programs', () => {
      for (const name of ['factorial', 'sieve', 'text', 'list', 'exceptions', 'hello', 'collatz']) {
        expect(compile(example(name)).exports().length).toBeGreaterThan(0);
      }
    });
  });
});

/** Why the guest stands where it does depends on the way there. */
function comparable(shown: Shown): Shown {
  return { ...shown, status: shown.status.replace(/^(?:Ready|Paused|Breakpoint): /, '') };
}
