/** Glassbox as a peer of the benchmark: the built library. */
import { serve } from './protocol.mjs';

const { compile, instantiate, Store } = await import(new URL('../../dist/index.js', import.meta.url).href);
/** @type {{ instructionCount: number }} */
let store;
let before = 0;

await serve(
  (bytes) => {
    store = new Store();
    const { run } = instantiate(compile(bytes), {}, { store }).exports;
    return (n) => {
      before = store.instructionCount;
      return run(n);
    };
  },
  () => ({ instructions: store.instructionCount - before }),
);
