/** binaryen's wasm2js, optimised, as a peer of the benchmark. */
import binaryen from 'binaryen';
import { serve } from './protocol.mjs';

const names = { exported: /^export var (\w+) = /gm, imported: /^import .*$/gm };

await serve((bytes) => {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(binaryen.Features.All);
  binaryen.setOptimizeLevel(2);
  module.optimize();
  // It writes an ES module of a function that instantiates, and exports what that gives.
  const source = module.emitAsmjs().replaceAll(names.imported, '').replaceAll(names.exported, 'exported.$1 = ');
  /** @type {Record<string, (n: number) => number>} */
  const exported = {};
  /** @type {{ high: number }} */
  const rest = { high: 0 };
  const isWide = /\(result i64\)/.test(module.emitText().split('(export "run"')[0] ?? '');
  new Function('exported', 'setTempRet0', 'getTempRet0', source)(
    exported,
    (/** @type {number} */ high) => {
      rest.high = high;
    },
    () => rest.high,
  );
  const run = exported.run;
  if (run === undefined) throw new Error('no function is exported as run');
  return isWide ? run : run;
});
