/**
 * Runs random modules in fast code, in clear code and in the host's own WebAssembly, and says where they
 * differ: results, traps; for the first two also memory, globals and the instructions executed. Modules
 * whose results engines may choose are not compared with the host.
 */
import { decodeModule, InstructionReader } from '../../src/decoder/index.ts';
import { instructions } from '../../src/syntax/index.ts';
import { type CompareCounts, compareEngines, noCounts } from './compare-engines.ts';
import { ExecutionDifference, exportEverything } from './engine-sides.ts';
import { generateModule, type Profile } from './random-module.ts';
import { Random, Tape } from './tape.ts';

/** Generated loops may have no end. */
const limits = { fuel: 20_000, maxFrames: 200, maxMemoryBytes: 2 ** 21 };
/** Long enough for modules of a few functions. */
const TAPE_BYTES = 600;
const ROUNDS = 2;

/**
 * Instructions whose results engines may choose. They may tell one NaN from another: arithmetic makes the
 * canonical NaN here; the host's has the processor's sign, as the specification allows (case 9883 of
 * seed 1: copysign with `f64.min` of a NaN). And they may find a limit: growth is bounded here (case 18151).
 */
const engineDependent: ReadonlySet<string> = new Set([
  'f32.copysign',
  'f64.copysign',
  'i32.reinterpret_f32',
  'i64.reinterpret_f64',
  'f32.store',
  'f64.store',
  'memory.grow',
  'table.grow',
]);

/** Could what a module computes differ between engines? */
function mayDiffer(bytes: Uint8Array): boolean {
  const reader = new InstructionReader(bytes);
  return decodeModule(bytes).funcs.some(({ body }) => {
    reader.seek(body.byteOffset, body.byteOffset + body.byteLength);
    while (!reader.done) {
      reader.next();
      if (engineDependent.has(instructions[reader.id]!.name)) return true;
    }
    return false;
  });
}

export interface ExecutionResult extends Readonly<CompareCounts> {
  readonly cases: number;
}

/**
 * Runs `cases` random modules from a seed.
 *
 * @throws {ExecutionDifference} at the first difference; its message has the seed of the case
 */
export function fuzzExecution(
  cases: number,
  seed: number,
  progress: (text: string) => void = () => {},
): ExecutionResult {
  const counts = noCounts();
  for (let i = 0; i < cases; i++) {
    const random = new Random(seed + i);
    const profile: Profile = i % 2 === 0 ? 'host' : 'all';
    const bytes = exportEverything(generateModule(new Tape(random.bytes(TAPE_BYTES)), profile));
    const host = profile === 'host' && !mayDiffer(bytes) ? 'outcomes' : 'none';
    try {
      compareEngines(bytes, { limits, random, rounds: ROUNDS, host }, counts);
    } catch (error) {
      const place = `case ${seed + i} (${profile})`;
      if (error instanceof ExecutionDifference) throw new ExecutionDifference(`${place}: ${error.message}`);
      throw new Error(place, { cause: error });
    }
    if (i % 1000 === 999) progress(`${i + 1} modules, ${counts.calls} calls`);
  }
  return { cases, ...counts };
}
