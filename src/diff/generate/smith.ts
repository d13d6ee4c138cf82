/** Random modules by `wasm-tools smith`, when it is on PATH: another mind's idea of what modules are. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Generator, Profile } from '../case.ts';
import { Random, seedWord } from '../random.ts';

const SEED_BYTES = 3000;
const TIMEOUT_MS = 20_000;
const MAX_MODULE_BYTES = 2 ** 24;

/** Nothing is imported, all is exported, and small seeds give functions too. */
const common = {
  'export-everything': true,
  'max-imports': 0,
  'min-funcs': 2,
  'max-funcs': 8,
  'max-instructions': 120,
  'max-memory32-bytes': 131_072,
  'max-table-elements': 100,
  'custom-descriptors-enabled': false,
  'compact-imports-enabled': false,
  'acquire-release-atomics-enabled': false,
  'multibyte-array-access-enabled': false,
  'shared-everything-threads-enabled': false,
};
const hostSwitches = {
  'gc-enabled': false,
  'exceptions-enabled': false,
  'relaxed-simd-enabled': false,
  'memory64-enabled': false,
  'extended-const-enabled': false,
  'custom-page-sizes-enabled': false,
  'wide-arithmetic-enabled': false,
  'max-memories': 1,
  'tail-call-enabled': true,
  'threads-enabled': true,
};
const otherSwitches = {
  'gc-enabled': true,
  'exceptions-enabled': true,
  'relaxed-simd-enabled': true,
  'memory64-enabled': true,
  'custom-page-sizes-enabled': true,
  'wide-arithmetic-enabled': true,
  'max-memories': 3,
  'max-memory64-bytes': 131_072,
  'tail-call-enabled': true,
  'threads-enabled': false,
};

function switchesOf(profile: Profile): Readonly<Record<string, boolean | number>> {
  if (profile === 'common') return { ...hostSwitches, 'threads-enabled': false };
  return profile === 'host' ? hostSwitches : otherSwitches;
}

function optionsOf(profile: Profile): string[] {
  const switches = { ...common, ...switchesOf(profile) };
  return Object.entries(switches).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

class SmithGenerator implements Generator {
  readonly name = 'smith';
  private readonly program: string;
  private folder: string | undefined;

  constructor(program: string) {
    this.program = program;
  }

  next(seed: number, profile: Profile): Uint8Array {
    this.folder ??= mkdtempSync(join(tmpdir(), 'glassbox-smith-'));
    const input = join(this.folder, 'seed');
    writeFileSync(input, new Random(Math.imul(seedWord(seed), 0x85eb_ca77)).bytes(SEED_BYTES));
    const { stdout, stderr, status, error } = spawnSync(this.program, ['smith', ...optionsOf(profile), input], {
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_MODULE_BYTES,
    });
    if (status !== 0) throw new Error(`wasm-tools smith made no module: ${error?.message ?? String(stderr)}`);
    return new Uint8Array(stdout);
  }

  close(): void {
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }
}

/** The tool's generator, or what it lacks. @param program its name, or a path */
export function smithGenerator(program = process.env.GLASSBOX_WASM_TOOLS ?? 'wasm-tools'): Generator {
  const { status } = spawnSync(program, ['--version'], { timeout: TIMEOUT_MS });
  if (status === 0) return new SmithGenerator(program);
  const missing = 'put wasm-tools on PATH: cargo install wasm-tools';
  return {
    name: 'smith',
    missing,
    next() {
      throw new Error(missing);
    },
  };
}
