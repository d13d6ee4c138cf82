/**
 * The `wasmi` program as an engine, when it is on PATH: one process a case that makes the first call on a fresh
 * instance and prints its results. It shows neither memory nor globals, and cannot give imports.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ending, Engine, MissingEngine, Observation, Outcome, PreparedCase, RunLimits } from '../case.ts';
import { i64Bits, trapKinds, type Words } from './observe.ts';

const HOW_TO_GET = 'install Rust and then: cargo install wasmi_cli (the program is wasmi_cli or wasmi)';
const PROGRAMS = ['wasmi_cli', 'wasmi'];

/** wasmi's words for traps are the specification suite's. */
const words: Words = [
  [/unreachable/, ['unreachable']],
  [/out of bounds memory access/, ['memory-out-of-bounds']],
  [/undefined element|out of bounds table access/, ['undefined-element', 'table-out-of-bounds']],
  [/uninitialized element/, ['uninitialized-element']],
  [/indirect call type mismatch/, ['indirect-call-type']],
  [/divide by zero/, ['integer-divide-by-zero']],
  [/integer overflow/, ['integer-overflow']],
  [/invalid conversion to integer/, ['invalid-conversion']],
];

interface Said {
  readonly ok: boolean;
  readonly late: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

function runProgram(program: string, args: readonly string[], timeoutMs: number): Promise<Said | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const isMissing = error !== null && (error as NodeJS.ErrnoException).code === 'ENOENT';
      resolve(isMissing ? undefined : { ok: error === null, late: error?.killed ?? false, stdout, stderr });
    });
  });
}

/** Its printed results, such as `[5]` or `5`, as bits. */
function resultBits(stdout: string): string[] {
  return (stdout.match(/-?\d+/g) ?? []).map((digits) => i64Bits(BigInt(digits)));
}

function outcomeOf({ ok, late, stdout, stderr }: Said): Outcome {
  const ran = (ending: Ending): Outcome => {
    const nothing = { log: [], memories: [], state: [] };
    const start: Observation = { ending: { kind: 'results', bits: [] }, ...nothing };
    return { kind: 'ran', observations: [start, { ending, ...nothing }] };
  };
  if (late) return ran({ kind: 'inconclusive', reason: 'time', message: 'out of time' });
  if (ok) return ran({ kind: 'results', bits: resultBits(stdout) });
  if (/call stack exhausted/.test(stderr))
    return ran({ kind: 'inconclusive', reason: 'stack', message: stderr.trim() });
  const traps = trapKinds(stderr, words);
  if (traps.length > 0 && !/instantiat/.test(stderr)) return ran({ kind: 'trap', traps, message: stderr.trim() });
  return { kind: 'unsupported', message: stderr.trim() };
}

class WasmiEngine implements Engine {
  readonly name = 'wasmi';
  readonly version: string;
  readonly seesState = false;
  private readonly program: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'glassbox-wasmi-'));

  constructor(program: string, version: string) {
    this.program = program;
    this.version = version;
  }

  async run(cases: readonly PreparedCase[], limits: RunLimits): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const each of cases) outcomes.push(await this.runOne(each, limits));
    return outcomes;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async runOne({ bytes, importsLog, calls }: PreparedCase, { timeoutMs }: RunLimits): Promise<Outcome> {
    const [first] = calls;
    if (importsLog || first === undefined) return { kind: 'unsupported', message: 'the program gives no imports' };
    const path = join(this.folder, 'case.wasm');
    writeFileSync(path, bytes);
    const said = await runProgram(
      this.program,
      ['--invoke', first.name, path, ...first.args.map((bits) => String(BigInt.asIntN(64, BigInt(`0x${bits}`))))],
      timeoutMs,
    );
    return said === undefined ? { kind: 'died', message: `${this.program} is gone` } : outcomeOf(said);
  }
}

export async function wasmiEngine(): Promise<Engine | MissingEngine> {
  for (const program of PROGRAMS) {
    const said = await runProgram(program, ['--version'], 10_000);
    if (said?.ok) return new WasmiEngine(program, said.stdout.trim().replace(/^\S+\s+/, ''));
  }
  return { name: 'wasmi', missing: HOW_TO_GET };
}
