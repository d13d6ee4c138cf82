/**
 * The words of differential testing: what a case is, what an engine observes of it, when two observations
 * differ, and who makes cases and looks into differences. Types and nothing else, so that generators,
 * engines, comparison, shrinking and the locator agree without knowing each other.
 *
 * A case is written once and prepared once (prepare.ts); every engine gets the same bytes. A prepared module takes
 * and gives integers alone, so that neither NaN bits nor vectors are lost at an engine's border.
 */
import type { TrapKind } from '../syntax/index.ts';

/**
 * A value's bits as lower-case hexadecimal digits: 8 for i32 and f32, 16 for i64 and f64, 32 for v128, highest
 * first. A reference is `null`, or 8 digits that become an i31 where the parameter's type can hold one.
 */
export type Bits = string;

/** One call of a function of the module by its index; arguments in the order of its parameters. */
export interface Call {
  readonly funcidx: number;
  readonly args: readonly Bits[];
}

/**
 * Which NaNs are the same. `after`: every float operation whose NaN an engine may choose is followed by code
 * that makes it the canonical one, so payloads that only move are compared to the bit. `before`: NaNs become
 * canonical where their bits would show (stores, reinterpretation, signs, results), so that arithmetic stands
 * as it was written. `none`: nothing is inserted; for engines that all make canonical NaNs.
 */
export type NanMode = 'after' | 'before' | 'none';

/** Loop iterations and calls that one call may make: shallow enough for every engine's stack. */
export const CASE_FUEL = 400;

/** What one case is: all of it follows from `name` and `seed`. */
export interface Case {
  /** The generator's name, or the path of a file. */
  readonly name: string;
  readonly seed: number;
  /** The module as generated; valid. */
  readonly bytes: Uint8Array;
  readonly calls: readonly Call[];
  /** What imported functions return follows from it; 0: zeros and nulls. */
  readonly importSeed: number;
  readonly nans: NanMode;
  /** Loop iterations and calls that one call may make before it traps; 0: the module ends by itself. */
  readonly fuel: number;
  /** What the engines know that the case is for; absent: not known. */
  readonly profile?: Profile | undefined;
}

/** A call of an export of a prepared module; arguments are i64 (16 digits). */
export interface PreparedCall {
  readonly name: string;
  readonly args: readonly Bits[];
}

/**
 * What engines are given: a module whose exports take and give i64 (16 digits). The only
 * import, if any, is the function `glassbox` `log` of `[i32 i64] -> []`.
 */
export interface PreparedCase {
  /** `NAME:SEED` of its case. */
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly importsLog: boolean;
  readonly calls: readonly PreparedCall[];
  /** The export that gives the state beside memories, and what each of its results is: `global 3`, `table 0 length`. */
  readonly state: { readonly name: string; readonly labels: readonly string[] } | undefined;
  /** Exports that are memories. */
  readonly memories: readonly string[];
  /** The exported i32 global that every call starts with `fuel` in; absent: not bounded so. */
  readonly fuelGlobal: string | undefined;
  readonly fuel: number;
}

/** Why a run says nothing about semantics. Counted, never equal to anything. */
export type InconclusiveReason = 'stack' | 'time' | 'memory' | 'engine-limit';

/** How a call, or the instantiation, ended. */
export type Ending =
  | { readonly kind: 'results'; readonly bits: readonly Bits[] }
  /** Several kinds where an engine does not tell them apart; none where its words are not known. */
  | { readonly kind: 'trap'; readonly traps: readonly TrapKind[]; readonly message: string }
  /** An exception that no handler caught: tag index and payload. */
  | { readonly kind: 'exception'; readonly tagidx: number; readonly payload: readonly Bits[] }
  | { readonly kind: 'inconclusive'; readonly reason: InconclusiveReason; readonly message: string };

/** A memory as a sparse list: blocks of 4 KiB that are not all zero, by number, with a hash. */
export interface MemoryState {
  readonly byteLength: number;
  readonly blocks: readonly (readonly [number, string])[];
}

/** A call of `glassbox` `log`: which import or exception, and the bits of one value. */
export type LogEntry = readonly [number, Bits];

/** What is seen after the instantiation and after each call. */
export interface Observation {
  readonly ending: Ending;
  /** What was logged during this step. */
  readonly log: readonly LogEntry[];
  readonly memories: readonly MemoryState[];
  /** Results of the state's export; empty where an engine cannot see state. */
  readonly state: readonly Bits[];
  /** Wasm instructions that the step took, where an engine counts them as Glassbox does. */
  readonly instructions?: number;
}

/**
 * What came of a case in one engine. `ran`: one observation for the instantiation, then one a call; fewer when one was
 * inconclusive or the instantiation failed. `unsupported`: the engine does not take the module. `died`: the engine
 * itself failed, which is a difference by itself.
 */
export type Outcome =
  | { readonly kind: 'ran'; readonly observations: readonly Observation[] }
  | { readonly kind: 'unsupported'; readonly message: string }
  | { readonly kind: 'died'; readonly message: string };

/** What one case may use in an engine. */
export interface RunLimits {
  /** For all steps together. */
  readonly timeoutMs: number;
  readonly maxMemoryBytes: number;
}

/** An engine that is here. */
export interface Engine {
  /** `glassbox`, `glassbox-clear`, `v8`, `wasmtime`, `wasmi`, … */
  readonly name: string;
  readonly version: string;
  /** Sees memories, state and the log; without, only endings are compared. */
  readonly seesState: boolean;
  /** Runs several cases; outcomes in their order. Engines that live elsewhere gain by batches. */
  run(cases: readonly PreparedCase[], limits: RunLimits): Promise<Outcome[]>;
  close(): void;
}

/** An engine that is not here. */
export interface MissingEngine {
  readonly name: string;
  /** What is missing and how to get it. */
  readonly missing: string;
}

/** What two engines disagree in; `step` 0 is the instantiation, then the calls from 1. */
export interface Difference {
  readonly step: number;
  /** What differs first, in this order. */
  readonly kind:
    | 'instantiation'
    | 'ending'
    | 'trap'
    | 'results'
    | 'log'
    | 'memory'
    | 'state'
    | 'instructions'
    | 'acceptance'
    | 'death';
  /** One line: what ours is and what theirs is. */
  readonly text: string;
  readonly ours: { readonly engine: string; readonly text: string };
  readonly theirs: { readonly engine: string; readonly text: string };
}

/** A comparison's verdict. */
export type Verdict =
  | { readonly kind: 'same'; readonly calls: number }
  | { readonly kind: 'inconclusive'; readonly reason: InconclusiveReason | 'unsupported'; readonly message: string }
  | { readonly kind: 'different'; readonly difference: Difference };

/**
 * What a generated module may use. `host`: what Node 20's V8 knows without flags, legacy exceptions among it;
 * `standard`: all of WebAssembly 3.0, threads and the proposals that wasmtime has, hence no legacy exceptions;
 * `common`: what every engine has, hence neither exceptions nor threads; `all`: everything.
 */
export type Profile = 'host' | 'standard' | 'common' | 'all';

/** Makes valid modules; the same seed and profile always make the same one. */
export interface Generator {
  readonly name: string;
  /** What is missing and how to get it; the generator is not used then. */
  readonly missing?: string | undefined;
  /** Its modules end by themselves: loops are not bounded once more. */
  readonly isBounded?: boolean | undefined;
  /** Its modules in each round of a campaign: more for those that are cheap and find much; 1 unless told. */
  readonly share?: number | undefined;
  /** What to call in one of its modules; made up unless told. */
  calls?(bytes: Uint8Array, seed: number): Call[];
  next(seed: number, profile: Profile): Uint8Array | Promise<Uint8Array>;
  close?(): void;
}

/** The first instruction that two engines executed differently. */
export interface Location {
  /** Its name in the instruction table. */
  readonly instruction: string;
  readonly funcidx: number;
  /** Of the instruction in the case's module. */
  readonly byteOffset: number;
  /** For people: wat around it and both operand stacks. */
  readonly text: string;
}

/** Finds the first differing instruction of a case; `undefined` when the difference does not show in a trace. */
export type Locate = (testCase: Case, ours: Engine, theirs: Engine, limits: RunLimits) => Promise<Location | undefined>;
