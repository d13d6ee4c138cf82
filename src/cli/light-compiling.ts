/**
 * V8 compiles less thoroughly while a big module starts. Decoding, validating and lowering keep all of its compiling
 * threads busy, with code that most programs run for some milliseconds only, and on a small machine these threads take
 * the processor from the program. Without most inlining first runs of real programs take 0.92 of the time, those with
 * their code in the module cache as long as before (14 programs, 5 interleaved rounds, 2 processors).
 */
import { statSync } from 'node:fs';

const LIGHT = '--max-inlined-bytecode-size-cumulative=100';
/** V8's own. */
const USUAL = '--max-inlined-bytecode-size-cumulative=920';
/** The dispatch loops are compiled later, and thoroughly. */
const LIGHT_MS = 300;
/** Smaller modules do not pay for loading `node:v8`, which takes 2.5 ms. */
const MIN_MODULE_BYTES = 64 * 1024;

/** Begins to compile lightly when a file is big. Returns what ends it, which also happens by itself. */
export function compileLightly(path: string): () => void {
  if (fileSize(path) < MIN_MODULE_BYTES) return () => {};
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  const end = () => {
    clearTimeout(timer);
    setFlagsFromString(USUAL);
  };
  setFlagsFromString(LIGHT);
  const timer = setTimeout(end, LIGHT_MS).unref();
  return end;
}

/** Of what cannot be looked at 0: who reads it says why. */
function fileSize(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
