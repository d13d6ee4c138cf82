/** binaryen's wasm2js, optimised, as a peer of the benchmark. */
import binaryen from 'binaryen';
import { serve } from './protocol.mjs';

await serve((bytes) => {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(binaryen.Features.All);
  binaryen.setOptimizeLevel(2);
  module.optimize();
  // It writes an ES module. An i64 comes back as its low half; the high one is given to an import.
  const source = module.emitAsmjs();
  const body = source.replaceAll(/^import .*$/gm, '').replaceAll(/^export var \w+ = .*$/gm, '');
  let high = 0;
  const env = {
    setTempRet0(/** @type {number} */ value) {
      high = value;
    },
  };
  /** @type {(n: number) => number} */
  const run = new Function('env', `${body}\nreturn retasmFunc.run;`)(env);
  if (!source.includes('setTempRet0')) return run;
  return (n) => {
    const low = run(n);
    return (BigInt(high) << 32n) | BigInt(low >>> 0);
  };
});
