/**
 * The `wasmi` program as an engine, when it is on PATH: one process a case that makes the first call on a fresh
 * instance and prints its results. It shows neither memory nor globals, and logs nothing.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeModule } from '../../decoder/index.ts';
import { encodeDecoded } from '../../encoder/index.ts';
import type { Ending, Engine, MissingEngine, Observation, Outcome, PreparedCase, RunLimits } from '../case.ts';
import { i64Bits, trapKinds, type Words } from './observe.ts';

const HOW_TO_GET = 'install Rust and then: cargo install wasmi_cli (the program is wasmi, or wasmi_cli)';
const PROGRAMS = ['wasmi', 'wasmi_cli'];
/** A backtrace names functions of its own, whatever went wrong. */
const ENVIRONMENT = { ...process.env, RUST_BACKTRACE: '0' };
const END = 0x0b;

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

/** How a run of the program ended. */
export interface Said {
  readonly ok: boolean;
  readonly late: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** After its time: what it has said meanwhile may wait to be read, because this process was busy. */
const GRACE_MS = 200;

/** @returns undefined where there is no such program */
function runProgram(program: string, args: readonly string[], timeoutMs: number): Promise<Said | undefined> {
  return new Promise((resolve) => {
    let late = false;
    const child = execFile(program, args, { env: ENVIRONMENT }, (error, stdout, stderr) => {
      clearTimeout(timer);
      const isMissing = error !== null && (error as NodeJS.ErrnoException).code === 'ENOENT';
      resolve(isMissing ? undefined : { ok: error === null, late, stdout, stderr });
    });
    const kill = () => {
      late = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(() => {
      timer = setTimeout(kill, GRACE_MS);
    }, timeoutMs);
  });
}

/** The module with a function of its own in place of the import, which does nothing: nobody reads its log here. */
function withoutLog(bytes: Uint8Array): Uint8Array {
  const module = decodeModule(bytes);
  const body = { byteOffset: bytes.length, byteLength: 1 };
  const stub = module.imports.flatMap(({ type, byteOffset }) =>
    type.kind === 'func' ? [{ typeidx: type.typeidx, locals: [], body, entry: { byteOffset, byteLength: 0 } }] : [],
  );
  return encodeDecoded({
    ...module,
    bytes: Uint8Array.of(...bytes, END),
    imports: [],
    funcs: [...stub, ...module.funcs],
  });
}

/** Its printed results, one a line, as bits. */
function resultBits(stdout: string): string[] {
  return (stdout.match(/-?\d+/g) ?? []).map((digits) => i64Bits(BigInt(digits)));
}

const nothingSeen = { log: [], memories: [], state: [] };

function ran(...endings: readonly Ending[]): Outcome {
  return { kind: 'ran', observations: endings.map((ending): Observation => ({ ending, ...nothingSeen })) };
}

/** What the program said of one call, its last words first: `Error: failed during execution of call3: …`. */
export function wasmiOutcome({ ok, late, stdout, stderr }: Said): Outcome {
  const started: Ending = { kind: 'results', bits: [] };
  if (late) return ran(started, { kind: 'inconclusive', reason: 'time', message: 'out of time' });
  if (ok) return ran(started, { kind: 'results', bits: resultBits(stdout) });
  const [, where, message] = /^Error: failed (during execution of|to instantiate)[^:]*: (.*)$/m.exec(stderr) ?? [];
  if (message === undefined) return { kind: 'unsupported', message: stderr.trim() };
  const before = where === 'to instantiate' ? [] : [started];
  if (/call stack exhausted/.test(message)) return ran(...before, { kind: 'inconclusive', reason: 'stack', message });
  return ran(...before, { kind: 'trap', traps: trapKinds(message, words), message });
}

/** Processes at a time: most of a short one's time is waiting to be started and read. */
const LANES = 4;

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
    const outcomes = new Array<Outcome>(cases.length);
    let next = 0;
    const work = async (lane: number) => {
      for (let i = next++; i < cases.length; i = next++) outcomes[i] = await this.runOne(cases[i]!, limits, lane);
    };
    await Promise.all(Array.from({ length: LANES }, (_, lane) => work(lane)));
    return outcomes;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async runOne(
    { bytes, importsLog, calls }: PreparedCase,
    { timeoutMs }: RunLimits,
    lane: number,
  ): Promise<Outcome> {
    const [first] = calls;
    if (first === undefined) return { kind: 'unsupported', message: 'there is nothing to call' };
    const path = join(this.folder, `case${lane}.wasm`);
    writeFileSync(path, importsLog ? withoutLog(bytes) : bytes);
    const said = await runProgram(
      this.program,
      ['--invoke', first.name, path, ...first.args.map((bits) => String(BigInt.asIntN(64, BigInt(`0x${bits}`))))],
      timeoutMs,
    );
    return said === undefined ? { kind: 'died', message: `${this.program} is gone` } : wasmiOutcome(said);
  }
}

export async function wasmiEngine(): Promise<Engine | MissingEngine> {
  for (const program of PROGRAMS) {
    const said = await runProgram(program, ['--version'], 10_000);
    if (said?.ok) return new WasmiEngine(program, said.stdout.trim().replace(/^\S+\s+/, ''));
  }
  return { name: 'wasmi', missing: HOW_TO_GET };
}
