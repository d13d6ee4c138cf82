/**
 * Random modules by binaryen's `wasm-opt -ttf`, which makes a valid module of any bytes. The tool is itself
 * WebAssembly in a script; it runs in this process, compiled once: 30 ms a module instead of 600.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What V8 11.3 runs of what the tool knows. */
const hostFeatures = [
  'sign-ext',
  'nontrapping-float-to-int',
  'bulk-memory',
  'bulk-memory-opt',
  'mutable-globals',
  'multivalue',
  'reference-types',
  'simd',
  'tail-call',
  'threads',
];
/** What Glassbox runs besides. */
const otherFeatures = ['exception-handling', 'gc', 'memory64', 'multimemory', 'relaxed-simd', 'extended-const'];

export type TtfProfile = 'host' | 'all';

interface Host {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<object>;
}

const engine = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;

/** How the tool's script is told what to do, and tells what became of it. */
interface ToolModule {
  readonly arguments: readonly string[];
  readonly print: (text: string) => void;
  readonly printErr: (text: string) => void;
  readonly postRun: readonly (() => void)[];
}

type ToolScript = (
  module: ToolModule,
  require: NodeJS.Require,
  exported: object,
  path: string,
  folder: string,
  ownProcess: object,
  webAssembly: object,
) => void;

export class TtfGenerator {
  private readonly folder = mkdtempSync(join(tmpdir(), 'glassbox-ttf-'));
  private readonly path: string;
  private readonly script: ToolScript;
  private readonly require: NodeJS.Require;
  private compiled: Promise<object> | undefined;

  constructor() {
    this.require = createRequire(import.meta.url);
    this.path = join(dirname(this.require.resolve('binaryen')), 'bin', 'wasm-opt');
    const source = readFileSync(this.path, 'utf8').replace(/^#!.*/, '');
    const parameters = ['Module', 'require', 'module', '__filename', '__dirname', 'process', 'WebAssembly'];
    this.script = new Function(...parameters, source) as ToolScript;
  }

  /** Makes a module of any bytes. NaNs become zeros in it, so that no engine's choice of their bits shows. */
  async generate(seedBytes: Uint8Array, profile: TtfProfile): Promise<Uint8Array> {
    const input = join(this.folder, 'input');
    const output = join(this.folder, 'output.wasm');
    writeFileSync(input, seedBytes);
    rmSync(output, { force: true });
    const features = profile === 'host' ? hostFeatures : [...hostFeatures, ...otherFeatures];
    const options = ['-ttf', '--mvp-features', ...features.map((name) => `--enable-${name}`), '--denan'];
    const said = await this.run([input, ...options, '-o', output]);
    try {
      return new Uint8Array(readFileSync(output));
    } catch (error) {
      throw new Error(`wasm-opt made no module: ${said}`, { cause: error });
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  private run(args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const said: string[] = [];
      const print = (text: string) => said.push(text);
      const postRun = [() => resolve(said.join('\n'))];
      // The exit code is the tool's, not ours.
      const ownProcess = Object.create(process, { exitCode: { value: 0, writable: true } });
      const instantiate = async (bytes: Uint8Array, imports: object) => {
        this.compiled ??= engine.compile(bytes);
        const module = await this.compiled;
        return { module, instance: await engine.instantiate(module, imports) };
      };
      const webAssembly = Object.create(engine, { instantiate: { value: instantiate } });
      try {
        const tool = { arguments: args, print, printErr: print, postRun };
        this.script(tool, this.require, { exports: {} }, this.path, dirname(this.path), ownProcess, webAssembly);
      } catch (error) {
        reject(error);
      }
    });
  }
}
