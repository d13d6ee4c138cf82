/**
 * Glassbox as a peer of the benchmark: the built library that GLASSBOX_LIBRARY names, or the project's.
 *
 *   node glassbox.mjs [LOOP]
 */
import { serve } from './protocol.mjs';

const library = process.env.GLASSBOX_LIBRARY ?? new URL('../../dist/index.js', import.meta.url).href;
const { compile, instantiate, Store } = await import(library);
const loop = process.argv[2];
/** @type {{ instructionCount: number }} */
let store;
let before = 0;

await serve(
  (bytes) => {
    store = new Store(loop === undefined ? {} : { loop });
    const { run } = instantiate(compile(bytes), {}, { store }).exports;
    return (n) => {
      before = store.instructionCount;
      return run(n);
    };
  },
  () => ({ instructions: store.instructionCount - before }),
);
