/** The built page in a browser, as the tests drive it: by keys and clicks, reading what the panels show. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../../scripts/find-chromium.mjs';
import { buildPlayground } from '../../../scripts/playground.mjs';

/** Undefined on a machine without one; `npm test` says so. */
export const chromiumPath = findChromium();

/** How a browser can be short of what pages usually have. */
export interface Mode {
  readonly name: string;
  readonly flags: readonly string[];
  /** Runs in every page before its own scripts. */
  readonly initScript?: string;
}

export const modes: readonly Mode[] = [
  { name: 'Chromium', flags: [] },
  { name: 'Chromium without a compiler', flags: ['--js-flags=--jitless'] },
  { name: 'Chromium without WebAssembly', flags: [], initScript: 'delete globalThis.WebAssembly' },
];

export interface BuiltPage {
  readonly url: string;
  remove(): void;
}

/** Builds the page as it is now, into a folder of its own. */
export async function buildPage(): Promise<BuiltPage> {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-playground-'));
  const file = await buildPlayground(join(folder, 'index.html'));
  return { url: pathToFileURL(file).href, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function launch({ flags }: Mode): Promise<Browser> {
  // Chromium's sandbox refuses root, which is who runs tests in containers.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await chromium.launch({
    executablePath: chromiumPath!,
    args: [...flags, ...sandbox, '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

/** What all panels show, for comparing moments. */
export interface Shown {
  readonly status: string;
  readonly operands: readonly string[];
  readonly locals: readonly string[];
  readonly labels: readonly string[];
  readonly frames: readonly string[];
  readonly globals: readonly string[];
  readonly memory: readonly string[];
  readonly output: string;
  readonly moment: string;
  readonly instruction: string;
  readonly instructionBytes: string;
}

export class PageUnderTest {
  readonly page: Page;
  /** Everything that went wrong in the page; tests expect none. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(8000);
    page.on('pageerror', (error) => this.errors.push(String(error.stack ?? error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.errors.push(message.text());
    });
  }

  static async open(context: BrowserContext, url: string, fragment = ''): Promise<PageUnderTest> {
    const opened = new PageUnderTest(await context.newPage());
    await opened.page.goto(url + fragment);
    // A machine that is busy with other things takes its time.
    await opened.page.waitForSelector('html[data-ready]', { state: 'attached', timeout: 20_000 }).catch((error) => {
      throw new Error(opened.errors.join('\n') || String(error));
    });
    return opened;
  }

  /** Another program, in the same page. */
  async openFragment(fragment: string): Promise<void> {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, fragment);
    await this.page.waitForSelector(`html[data-ready="${fragment}"]`, { state: 'attached' });
  }

  /** Shows the first example as a new page does, without the time that it takes to load. */
  async reset(): Promise<void> {
    this.errors.length = 0;
    await this.openFragment('');
    await this.openFragment('#example=factorial');
    await this.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await this.page.mouse.move(0, 0);
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
      await this.settle();
    }
  }

  async click(selector: string): Promise<void> {
    await this.page.click(selector);
    await this.settle();
  }

  /** Steps until an instruction is next that begins so. */
  async stepTo(instruction: string): Promise<void> {
    for (let i = 0; i < 100; i++) {
      if ((await this.status()).startsWith(`${instruction} is next`)) return;
      await this.press('F11');
    }
    throw new Error(`${instruction} is not among the next 100 instructions`);
  }

  /** Waits until nothing runs. */
  async settle(): Promise<void> {
    await this.page.waitForFunction(() => document.querySelector('main.running') === null);
  }

  async status(): Promise<string> {
    return (await this.page.textContent('#status')) ?? '';
  }

  /** Replaces the program's text as a user does. */
  async type(text: string): Promise<void> {
    await this.page.click('.cm-content');
    await this.page.keyboard.press('Control+a');
    await this.page.keyboard.insertText(text);
  }

  async text(): Promise<string> {
    return await this.page.evaluate(() =>
      Array.from(document.querySelectorAll('.cm-line'), (line) => line.textContent).join('\n'),
    );
  }

  /** Clicks beside a line's number. */
  async clickGutter(line: number): Promise<void> {
    const number = this.page.locator('.cm-lineNumbers .cm-gutterElement', { hasText: new RegExp(`^${line}$`) });
    await number.scrollIntoViewIfNeeded();
    const place = (await number.boundingBox())!;
    const gutter = (await this.page.locator('.cm-breakpoints').boundingBox())!;
    await this.page.mouse.click(gutter.x + gutter.width / 2, place.y + place.height / 2);
  }

  /** Moves the slider to a moment, as assistive technology does. */
  async scrubTo(moment: number): Promise<void> {
    await this.page.locator('#scrubber').fill(String(moment));
    await this.page.waitForFunction((count) => {
      const field = document.querySelector<HTMLInputElement>('#moment');
      return field?.value === String(count) && document.querySelector('main.running') === null;
    }, moment);
  }

  /** Drops a file onto the page. */
  async drop(name: string, bytes: Uint8Array): Promise<void> {
    await this.page.evaluate(
      ([fileName, content]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([Uint8Array.from(content)], fileName));
        for (const type of ['dragenter', 'dragover', 'drop']) {
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
        }
      },
      [name, [...bytes]] as const,
    );
    await this.page.waitForFunction((fileName) => document.body.textContent?.includes(fileName), name);
  }

  /** The name of what has the focus. */
  async focus(): Promise<string> {
    return await this.page.evaluate(() => {
      const { activeElement } = document;
      const label =
        activeElement instanceof HTMLInputElement || activeElement instanceof HTMLSelectElement
          ? activeElement.labels?.[0]
          : null;
      return (
        activeElement?.getAttribute('aria-label') ?? label?.textContent ?? activeElement?.textContent?.trim() ?? ''
      );
    });
  }

  async shown(): Promise<Shown> {
    return await this.page.evaluate(() => {
      const rows = (selector: string) =>
        Array.from(document.querySelectorAll(selector), (row) =>
          Array.from(row.children, (cell) => cell.querySelector('input')?.value ?? cell.textContent).join(' | '),
        );
      const text = (selector: string) =>
        Array.from(document.querySelectorAll(selector), (each) => each.textContent).join('');
      return {
        status: text('#status'),
        operands: rows('#operands tbody tr'),
        locals: rows('#locals tbody tr'),
        labels: rows('#labels tbody tr'),
        frames: rows('#frames button'),
        globals: rows('#globals tbody tr'),
        memory: rows('#memory tr:not([hidden])'),
        output: text('#output'),
        moment: document.querySelector<HTMLInputElement>('#moment')!.value,
        instruction: text('.at-instruction'),
        instructionBytes: text('#bytes td.at'),
      };
    });
  }
}
