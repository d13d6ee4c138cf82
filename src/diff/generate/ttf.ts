/**
 * Random modules by binaryen's `wasm-opt -ttf`, which makes a valid module of any bytes. The tool is itself
 * WebAssembly in a script; it runs in this process, compiled once: 30 ms a module instead of 600. It is a package for
 * development: without it, or without WebAssembly in the host, this generator is missing.
 */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Generator, Profile } from '../case.ts';
import { Random, seedWord } from '../random.ts';

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

const MAX_SEED_BYTES = 1500;
const MIN_SEED_BYTES = 20;

interface Host {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<object>;
}

const engine = (globalThis as unknown as { readonly WebAssembly?: Host }).WebAssembly;

/** How the tool's script is told what to do, and tells what became of it. */
interface ToolModule {
  readonly arguments: readonly string[];
  readonly print: (text: string) => void;
  readonly printErr: (text: string) => void;
  readonly postRun: readonly (() => void)[];
}

type ToolScript = (
  module: ToolModule,
  require: (name: string) => unknown,
  exported: object,
  path: string,
  folder: string,
  ownProcess: object,
  webAssembly: object,
) => void;

/** The tool's script: beside the program, or where it was started. */
function findTool(): { readonly path: string; readonly require: NodeJS.Require } | undefined {
  for (const from of [process.argv[1], join(process.cwd(), 'package.json')]) {
    if (from === undefined || !isAbsolute(from)) continue;
    const require = createRequire(from);
    try {
      return { path: join(dirname(require.resolve('binaryen')), 'bin', 'wasm-opt'), require };
    } catch {
      // The other place may have it.
    }
  }
  return undefined;
}

const STDERR = 2;

/** `require` without a way to the terminal: the tool warns there, past `printErr`, of what it has made up itself. */
function quiet(require: NodeJS.Require): (name: string) => unknown {
  const writeSync = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) =>
    fd === STDERR ? length : fs.writeSync(fd, bytes, offset, length, position);
  return (name) => (name === 'fs' || name === 'node:fs' ? { ...fs, writeSync } : require(name));
}

class TtfGenerator implements Generator {
  readonly name = 'ttf';
  /** One of its cases takes the time of fifteen others. */
  readonly share = 1;
  readonly isBounded = true;
  /** Made when it is first needed: who only asks for the name leaves nothing behind. */
  private folder: string | undefined;
  private readonly path: string;
  private script: ToolScript | undefined;
  private readonly require: NodeJS.Require;
  private readonly host: Host;
  private compiled: Promise<object> | undefined;
  /** The tool keeps its state in files: one module after the other. */
  private last: Promise<unknown> = Promise.resolve();

  constructor({ path, require }: { readonly path: string; readonly require: NodeJS.Require }, host: Host) {
    this.path = path;
    this.require = require;
    this.host = host;
  }

  private load(): ToolScript {
    const source = fs.readFileSync(this.path, 'utf8').replace(/^#!.*/, '');
    const parameters = ['Module', 'require', 'module', '__filename', '__dirname', 'process', 'WebAssembly'];
    return new Function(...parameters, source) as ToolScript;
  }

  /** Makes a module of random bytes. NaNs become zeros in it, so that no engine's choice of their bits shows. */
  next(seed: number, profile: Profile): Promise<Uint8Array> {
    const random = new Random(Math.imul(seedWord(seed), 0x9e37_79b1));
    const seedBytes = random.bytes(MIN_SEED_BYTES + random.below(MAX_SEED_BYTES));
    const made = this.last.then(() => this.generate(seedBytes, profile));
    this.last = made.catch(() => undefined);
    return made;
  }

  close(): void {
    if (this.folder !== undefined) fs.rmSync(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }

  private async generate(seedBytes: Uint8Array, profile: Profile): Promise<Uint8Array> {
    this.folder ??= fs.mkdtempSync(join(tmpdir(), 'glassbox-ttf-'));
    const input = join(this.folder, 'input');
    const output = join(this.folder, 'output.wasm');
    fs.writeFileSync(input, seedBytes);
    fs.rmSync(output, { force: true });
    const features = featuresOf(profile);
    // It makes the withdrawn form of exception handlers, and turns them into the other in the end.
    const passes = profile === 'standard' ? ['--denan', '--emit-exnref'] : ['--denan'];
    const options = ['-ttf', '--mvp-features', ...features.map((name) => `--enable-${name}`), ...passes];
    const said = await this.run([input, ...options, '-o', output]);
    try {
      return new Uint8Array(fs.readFileSync(output));
    } catch (error) {
      throw new Error(`wasm-opt made no module: ${said}`, { cause: error });
    }
  }

  private run(args: readonly string[]): Promise<string> {
    this.script ??= this.load();
    const { script } = this;
    return new Promise((resolve, reject) => {
      const said: string[] = [];
      const print = (text: string) => said.push(text);
      const postRun = [() => resolve(said.join('\n'))];
      // The exit code is the tool's, not ours.
      const ownProcess = Object.create(process, { exitCode: { value: 0, writable: true } });
      const imported = async (module: object, imports: object) => ({
        module,
        instance: await this.host.instantiate(module, imports),
      });
      const instantiate = async (bytes: Uint8Array, imports: object) => {
        this.compiled = this.host.compile(bytes);
        return imported(await this.compiled, imports);
      };
      // Its own way begins with taking the binary out of a text, which is a twentieth of a campaign's time (measured).
      const { compiled } = this;
      const instantiateWasm = (imports: object, receive: (instance: object, module: object) => void) => {
        compiled
          ?.then((module) => imported(module, imports))
          .then(({ instance, module }) => receive(instance, module), reject);
        return {};
      };
      const ready = compiled === undefined ? {} : { instantiateWasm };
      const webAssembly = Object.create(this.host, { instantiate: { value: instantiate } });
      try {
        const tool = { arguments: args, print, printErr: print, postRun, ...ready };
        script(tool, quiet(this.require), { exports: {} }, this.path, dirname(this.path), ownProcess, webAssembly);
      } catch (error) {
        reject(error);
      }
    });
  }
}

function featuresOf(profile: Profile): readonly string[] {
  if (profile === 'common') return hostFeatures.filter((each) => each !== 'threads');
  return profile === 'host' ? hostFeatures : [...hostFeatures, ...otherFeatures];
}

/** Binaryen's generator, or what it lacks. */
export function ttfGenerator(): Generator {
  const tool = findTool();
  if (tool === undefined) return missing("install binaryen's package: npm install --save-dev binaryen@132");
  if (engine === undefined)
    return missing('it runs in the host, which has no WebAssembly: run in Node without --jitless');
  return new TtfGenerator(tool, engine);
}

function missing(reason: string): Generator {
  return { name: 'ttf', missing: reason, next: () => Promise.reject(new Error(reason)) };
}
