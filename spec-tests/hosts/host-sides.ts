/** Hosts that run Glassbox: this process, QuickJS, Chromium. Each has the built library and the tests' work loaded. */
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { chromium } from 'playwright-core';
import { getQuickJS, type QuickJSContext } from 'quickjs-emscripten';
import { findChromium } from '../../scripts/find-chromium.mjs';
import type { Work } from './work.ts';

export type WorkName = keyof Work;

/** Does a piece of work in a host. */
export interface HostSide {
  readonly name: string;
  run<Name extends WorkName>(name: Name, ...args: Parameters<Work[Name]>): Promise<Awaited<ReturnType<Work[Name]>>>;
  close(): Promise<void>;
}

export const chromiumPath = findChromium();
const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** The work and the library as one script. It imports the library as built. */
export async function bundleWork(): Promise<string> {
  const options: BuildOptions = {
    entryPoints: [fileURLToPath(new URL('./work.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2020',
    plugins: [
      {
        name: 'built-library',
        setup({ onResolve }) {
          onResolve({ filter: /\/src\/index\.ts$/ }, () => ({ path: library }));
        },
      },
    ],
  };
  const { outputFiles } = await build(options);
  return outputFiles![0]!.text;
}

export async function nodeSide(script: string): Promise<HostSide> {
  // In a scope of its own, which has the host's globals.
  const work = new Function(`${script}; return globalThis.work;`)() as Work;
  return {
    name: 'Node',
    run: async (name, ...args) => (work[name] as (...values: unknown[]) => Promise<never>)(...args),
    close: async () => undefined,
  };
}

function callText(name: WorkName, args: readonly unknown[]): string {
  return `work.${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')}).then((value) => JSON.stringify(value))`;
}

export async function quickjsSide(script: string): Promise<HostSide> {
  const context: QuickJSContext = (await getQuickJS()).newContext();
  const { runtime } = context;
  context.unwrapResult(context.evalCode(script, 'work.js')).dispose();
  return {
    name: 'QuickJS',
    async run(name, ...args) {
      const promise = context.unwrapResult(context.evalCode(callText(name, args)));
      const settled = context.resolvePromise(promise);
      promise.dispose();
      const jobs = runtime.executePendingJobs();
      if (jobs.error) throw new Error(`in QuickJS: ${JSON.stringify(context.dump(jobs.error))}`);
      const value = context.unwrapResult(await settled);
      const text = context.getString(value);
      value.dispose();
      return JSON.parse(text);
    },
    close: async () => context.dispose(),
  };
}

export async function chromiumSide(script: string): Promise<HostSide> {
  // Chromium's sandbox refuses root, which is who runs tests in containers.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({
    executablePath: chromiumPath!,
    args: [...sandbox, '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const page = await browser.newPage();
  await page.addScriptTag({ content: script });
  return {
    name: 'Chromium',
    run: async (name, ...args) => JSON.parse(await page.evaluate(callText(name, args))),
    close: () => browser.close(),
  };
}
