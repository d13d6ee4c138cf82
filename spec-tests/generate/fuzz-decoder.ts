/**
 * Fuzzes decoder, validator, encoder and printer with random and damaged modules:
 *
 * - a valid module decodes, validates, and comes back the same from the encoder;
 * - any bytes give a module or a typed error, in a second and in bounded memory;
 * - what both Glassbox and the host's WebAssembly can judge, they judge alike.
 */
import { decodeModule } from '../../src/decoder/index.ts';
import { encodeDecoded } from '../../src/encoder/index.ts';
import {
  DecodeError,
  GlassboxError,
  InternalError,
  indexSpaces,
  type Module,
  ValidationError,
} from '../../src/syntax/index.ts';
import { parseModule, printModule } from '../../src/text/index.ts';
import { validateModule } from '../../src/validator/index.ts';
import { host } from './host.ts';
import { usesHostFeaturesOnly } from './host-features.ts';
import { mutate, mutateCode } from './mutate.ts';
import { generateModule, type Profile } from './random-module.ts';
import { Random, Tape } from './tape.ts';

const MAX_MS = 1000;
const MAX_BYTES = 256 * 2 ** 20;
const MAX_TAPE = 600;
/** Modules kept as material for splices. */
const POOL_SIZE = 200;

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  /** Real modules, damaged as the generated ones are. */
  readonly seeds?: readonly Uint8Array[];
  readonly progress?: (text: string) => void;
}

export interface FuzzResult {
  readonly cases: number;
  /** How many were valid, and for how many the host's verdict was asked and the same. */
  readonly valid: number;
  readonly compared: number;
  /** Of one case. */
  readonly slowestMs: number;
  /** Errors by class. */
  readonly errors: ReadonlyMap<string, number>;
}

/** A case that broke a promise; `bytes` in hexadecimal reproduce it. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
  constructor(what: string, seed: number, bytes: Uint8Array, cause?: unknown) {
    super(`${what} (seed ${seed}): ${Buffer.from(bytes).toString('hex')}`, { cause });
  }
}

/** Decodes and validates; errors that are not typed, slow or large cases are failures. */
function judge(
  bytes: Uint8Array,
  seed: number,
): { module: Module | undefined; error: GlassboxError | undefined; ms: number } {
  const heapBefore = process.memoryUsage().heapUsed;
  const start = performance.now();
  let module: Module | undefined;
  let error: GlassboxError | undefined;
  try {
    module = decodeModule(bytes);
    validateModule(module);
  } catch (thrown) {
    const isTyped = thrown instanceof GlassboxError && !(thrown instanceof InternalError);
    if (!isTyped) throw new FuzzFailure(`untyped error ${thrown}`, seed, bytes, thrown);
    error = thrown;
  }
  const ms = performance.now() - start;
  if (ms > MAX_MS) throw new FuzzFailure(`took ${Math.round(ms)} ms`, seed, bytes);
  const grown = process.memoryUsage().heapUsed - heapBefore;
  if (grown > MAX_BYTES) throw new FuzzFailure(`took ${grown} bytes`, seed, bytes);
  return { module, error, ms };
}

/** The place of an error lies within the input. */
function checkPlace(error: GlassboxError, bytes: Uint8Array, seed: number): void {
  if (!(error instanceof DecodeError || error instanceof ValidationError)) return;
  const isInside = error.byteOffset >= 0 && error.byteOffset <= bytes.length;
  if (!isInside) throw new FuzzFailure(`place outside of the module: ${error.message}`, seed, bytes);
}

/**
 * What V8 11.3 takes although the specification forbids it: atomic accesses of less than their natural
 * alignment, and element segments of numbers that have no elements.
 */
const hostLeniencies = ['atomic alignment must be natural', 'malformed reference type'] as const;

function isHostLeniency({ message }: GlassboxError): boolean {
  return hostLeniencies.some((reason) => message.includes(reason));
}

/** Whether the host agrees, where it can judge: its yes must be ours, and ours its, for features it knows. */
function agreesWithHost(
  bytes: Uint8Array,
  module: Module | undefined,
  error: GlassboxError | undefined,
  seed: number,
): boolean {
  if (error !== undefined) {
    if (host.validate(bytes) && !isHostLeniency(error))
      throw new FuzzFailure(`the host accepts what we reject: ${error}`, seed, bytes);
    return true;
  }
  if (module === undefined || !usesHostFeaturesOnly(module)) return false;
  // The canonical form: the long spellings of types are later features.
  const canonical = encodeDecoded(module);
  if (host.validate(canonical)) return true;
  let reason = '';
  try {
    new host.Module(canonical);
  } catch (hostError) {
    reason = String(hostError);
  }
  throw new FuzzFailure(`the host rejects what we accept: ${reason}`, seed, canonical);
}

/** Sections without entries get lost in text, and with them the places of custom sections. */
function withoutCustoms(module: Module): Module {
  return { ...module, customs: [] };
}

/** The text without what encoding leaves out: the usual page size, said in so many words. */
function canonicalText(module: Module, fold = false): string {
  return printModule(withoutCustoms(module), { fold }).replaceAll(' (pagesize 65536)', '');
}

/** Limits beyond 2^53 are kept rounded, so that encoding them again changes them; the text has them exactly. */
function hasRoundedLimits(module: Module): boolean {
  const { memories, tables } = indexSpaces(module);
  return [...memories, ...tables].some(({ limits }) => Math.max(limits.min, limits.max ?? 0) > 2 ** 53);
}

/** A module without errors survives encoding, and prints. */
function checkRoundTrip(module: Module, seed: number): void {
  const once = encodeDecoded(module);
  const twice = encodeDecoded(decodeModule(once));
  if (Buffer.compare(once, twice) !== 0)
    throw new FuzzFailure('the encoding changes when repeated', seed, module.bytes);
  const isSame = canonicalText(module) === canonicalText(decodeModule(once));
  if (!isSame && !hasRoundedLimits(module)) {
    throw new FuzzFailure('the text changes by encoding', seed, module.bytes);
  }
  for (const fold of [false, true]) {
    const text = printModule(withoutCustoms(module), { fold });
    const parsed = decodeModule(parseModule(text).bytes);
    const same = canonicalText(parsed, fold) === canonicalText(module, fold);
    if (!same) throw new FuzzFailure(`the ${fold ? 'folded' : 'flat'} text parses to another module`, seed, once);
  }
}

/** Modules of one's own making: these must be valid. */
function checkGenerated(random: Random, seed: number): Uint8Array {
  const profile: Profile = random.pick(['host', 'all']);
  const bytes = generateModule(new Tape(random.bytes(random.below(MAX_TAPE))), profile);
  const { module, error } = judge(bytes, seed);
  if (module === undefined || error !== undefined) throw new FuzzFailure(`a valid module fails: ${error}`, seed, bytes);
  if (Buffer.compare(encodeDecoded(module), bytes) !== 0) throw new FuzzFailure('another encoding', seed, bytes);
  checkRoundTrip(module, seed);
  if (profile === 'host' && !host.validate(bytes)) throw new FuzzFailure('the host rejects it', seed, bytes);
  return bytes;
}

/**
 * Runs `cases` cases: one in eight a generated module, one in sixteen random bytes, the rest damaged modules.
 *
 * @throws {FuzzFailure} at the first broken promise
 */
export function fuzzDecoder({ cases, seed, seeds = [], progress }: FuzzOptions): FuzzResult {
  const random = new Random(seed);
  const pool: Uint8Array[] = [...seeds];
  const errors = new Map<string, number>();
  let valid = 0;
  let compared = 0;
  let slowestMs = 0;
  for (let i = 0; i < cases; i++) {
    const kind = i % 16;
    if (pool.length === 0 || kind === 0 || kind === 8) {
      const bytes = checkGenerated(random, seed);
      if (pool.length < seeds.length + POOL_SIZE) pool.push(bytes);
      else pool[seeds.length + random.below(POOL_SIZE)] = bytes;
      valid++;
      continue;
    }
    const bytes = damaged(kind, random, pool);
    const { module, error, ms } = judge(bytes, seed);
    slowestMs = Math.max(slowestMs, ms);
    if (error !== undefined) {
      checkPlace(error, bytes, seed);
      errors.set(error.name, (errors.get(error.name) ?? 0) + 1);
    } else {
      valid++;
      checkRoundTrip(module as Module, seed);
    }
    if (agreesWithHost(bytes, module, error, seed)) compared++;
    if (i % 1000 === 0) progress?.(`${i} of ${cases} cases, ${valid} valid`);
  }
  return { cases, valid, compared, slowestMs, errors };
}

function damaged(kind: number, random: Random, pool: readonly Uint8Array[]): Uint8Array {
  const original = random.pick(pool);
  if (kind === 4) {
    const bytes = random.bytes(8 + random.below(100));
    bytes.set([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    return bytes;
  }
  if (kind % 2 === 0) return mutate(original, random, pool);
  return mutateCode(
    original,
    random,
    decodeModule(original).funcs.map(({ body }) => body),
  );
}
