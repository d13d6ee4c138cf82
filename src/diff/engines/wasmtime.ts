/**
 * wasmtime as an engine: its Python package in a child process. A module that makes the child die or hang is found by
 * running the batch's cases one by one.
 */
import type {
  Ending,
  Engine,
  InconclusiveReason,
  LogEntry,
  MemoryState,
  MissingEngine,
  Observation,
  Outcome,
  PreparedCase,
  RunLimits,
} from '../case.ts';
import { ChildFailure, LineChild } from './child.ts';
import { crc32, endingWithLog, trapKinds, type Words } from './observe.ts';
import { wasmtimeServer } from './wasmtime-server.ts';

const HOW_TO_GET = "install Python 3 and wasmtime's package: python3 -m pip install wasmtime==50.0.1";
const START_TIMEOUT_MS = 60_000;
/** Beyond the cases' own limits. */
const GRACE_MS = 20_000;

/** wasmtime's words for traps. */
const words: Words = [
  [/wasm .unreachable. instruction/, ['unreachable']],
  [/out of bounds memory access/, ['memory-out-of-bounds']],
  [/undefined element/, ['undefined-element', 'table-out-of-bounds']],
  [/out of bounds table access/, ['table-out-of-bounds']],
  [/uninitialized element/, ['uninitialized-element']],
  [/indirect call type mismatch/, ['indirect-call-type']],
  [/integer divide by zero/, ['integer-divide-by-zero']],
  [/integer overflow/, ['integer-overflow']],
  [/invalid conversion to integer/, ['invalid-conversion']],
  [/unaligned atomic|misaligned/, ['unaligned-atomic']],
  [/out of bounds array access/, ['array-out-of-bounds']],
  [/cast failure/, ['cast-failure']],
  [/non-shared memory/, ['expected-shared-memory']],
  [
    /null \w*\s?reference/,
    [
      'null-reference',
      'null-function-reference',
      'null-exception-reference',
      'null-structure-reference',
      'null-array-reference',
      'null-i31-reference',
    ],
  ],
];

/** Its words, and the system's, for memory that cannot be had: they say nothing about the module. */
const noMemory =
  /allocation size too large|GC heap out of memory|resource limit|exceeds the limit|out of memory|cannot allocate memory/i;

interface StepAnswer {
  readonly results?: readonly string[];
  readonly trap?: string;
  readonly log: readonly LogEntry[];
  readonly memories: readonly MemoryState[];
  readonly state: readonly string[];
}

type CaseAnswer = { readonly steps: readonly StepAnswer[] } | { readonly refused: string };

function endingOf({ results, trap }: StepAnswer): Ending {
  if (trap === undefined) return { kind: 'results', bits: results ?? [] };
  const message = trap.split('\n').find((line) => /wasm trap|Caused by/.test(line) && !/Caused/.test(line)) ?? trap;
  if (/call stack exhausted/.test(trap)) return { kind: 'inconclusive', reason: 'stack', message };
  if (/interrupt/.test(trap)) return { kind: 'inconclusive', reason: 'time', message };
  if (noMemory.test(trap)) return { kind: 'inconclusive', reason: 'memory', message };
  if (/thrown Wasm exception|uncaught exception/i.test(trap)) return { kind: 'exception', tagidx: -1, payload: [] };
  return { kind: 'trap', traps: trapKinds(trap, words), message: message.trim() };
}

function outcomeOf(answer: CaseAnswer): Outcome {
  if ('refused' in answer) return refusal(answer.refused);
  const observations = answer.steps.map((step): Observation => {
    const { log, memories, state } = step;
    return { ending: endingWithLog(endingOf(step), log), log, memories, state };
  });
  return { kind: 'ran', observations };
}

/**
 * Most cases are compiled as fast as can be, one in so many as wasmtime does it by itself: that takes twice the time
 * (measured, wasmtime 50). Which ones follows from the case's seed, also while it is made small and replayed.
 */
const OPTIMISED_ONE_IN = 8;

function isOptimised(id: string): boolean {
  return crc32(Buffer.from(id.slice(id.lastIndexOf(':')))) % OPTIMISED_ONE_IN === 0;
}

class WasmtimeEngine implements Engine {
  readonly name = 'wasmtime';
  readonly version: string;
  readonly seesState = true;
  private readonly child: LineChild;

  constructor(child: LineChild, version: string) {
    this.child = child;
    this.version = version;
  }

  async run(cases: readonly PreparedCase[], limits: RunLimits): Promise<Outcome[]> {
    try {
      return await this.ask(cases, limits);
    } catch (error) {
      if (!(error instanceof ChildFailure)) throw error;
      if (cases.length === 1) return [failedOutcome(error)];
      const outcomes: Outcome[] = [];
      for (const each of cases) outcomes.push(...(await this.run([each], limits)));
      return outcomes;
    }
  }

  close(): void {
    this.child.close();
  }

  private async ask(cases: readonly PreparedCase[], limits: RunLimits): Promise<Outcome[]> {
    // A child that has just been started says who it is first.
    if (!this.child.isRunning) await this.child.read(START_TIMEOUT_MS);
    const message = {
      limits,
      cases: cases.map(({ id, bytes, importsLog, calls, state, memories, fuelGlobal, fuel }) => ({
        bytes: Buffer.from(bytes).toString('base64'),
        ...{ importsLog, calls, memories, fuel, isOptimised: isOptimised(id) },
        state: state?.name ?? null,
        fuelGlobal: fuelGlobal ?? null,
      })),
    };
    const answer = await this.child.ask(JSON.stringify(message), cases.length * limits.timeoutMs + GRACE_MS);
    return (JSON.parse(answer) as CaseAnswer[]).map(outcomeOf);
  }
}

function refusal(message: string): Outcome {
  return noMemory.test(message) ? inconclusive('memory', message) : { kind: 'unsupported', message };
}

function inconclusive(reason: InconclusiveReason, message: string): Outcome {
  const ending: Ending = { kind: 'inconclusive', reason, message };
  return { kind: 'ran', observations: [{ ending, log: [], memories: [], state: [] }] };
}

function failedOutcome({ kind, message }: ChildFailure): Outcome {
  return kind === 'died' ? { kind: 'died', message } : inconclusive('time', message);
}

/** @param settings of wasmtime's `Config`, such as `{ cranelift_opt_level: 'none' }` */
export async function wasmtimeEngine(
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Engine | MissingEngine> {
  const python = process.env.GLASSBOX_PYTHON ?? 'python3';
  const child = new LineChild(python, ['-c', wasmtimeServer, JSON.stringify(settings)]);
  try {
    const { version } = JSON.parse(await child.read(START_TIMEOUT_MS)) as { version: string };
    return new WasmtimeEngine(child, version);
  } catch (error) {
    child.close();
    return { name: 'wasmtime', missing: `${HOW_TO_GET} (${python}: ${lastLine(String((error as Error).message))})` };
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
