/**
 * Glassbox as a peer of the benchmark: the built library that is given, that GLASSBOX_LIBRARY names, or the project's.
 *
 *   node glassbox.mjs [LOOP] [LIBRARY]     an empty loop: loops that take turns
 */
import { serve } from './protocol.mjs';

const [, , loop = '', given] = process.argv;
const library = given ?? process.env.GLASSBOX_LIBRARY ?? new URL('../../dist/index.js', import.meta.url).href;
const { compile, instantiate, Store } = await import(library);
/** @type {{ instructionCount: number }} */
let store;
let before = 0;

await serve(
  (bytes) => {
    store = new Store(loop === '' ? {} : { loop });
    const { run } = instantiate(compile(bytes), {}, { store }).exports;
    return (n) => {
      before = store.instructionCount;
      return run(n);
    };
  },
  () => ({ instructions: store.instructionCount - before }),
);
