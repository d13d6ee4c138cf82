/** The naive interpreter as a peer of the benchmark. */
import { instantiate } from './naive/interpreter.mjs';
import { serve } from './protocol.mjs';

await serve((bytes) => {
  const { run } = instantiate(bytes).exports;
  if (run === undefined) throw new Error('no function is exported as run');
  return run;
});
