/** The host's own WebAssembly as a peer of the benchmark. */
import { setFlagsFromString } from 'node:v8';
import { serve } from './protocol.mjs';

/**
 * What the benchmark uses of the host's WebAssembly; node's types do not tell it.
 *
 * @type {{
 *   validate(bytes: Uint8Array): boolean,
 *   Module: new (bytes: Uint8Array) => object,
 *   Instance: new (module: object) => { exports: any },
 * }}
 */
const host = /** @type {any} */ (globalThis).WebAssembly;

/** Bytes of a reference type, and of struct.new and struct.get, in the final encoding and in V8 11's. */
const draftTypes = new Map([
  [0x63, 0x6c],
  [0x64, 0x6b],
]);
const draftStructOps = new Map([
  [0x00, 0x07],
  [0x02, 0x03],
]);
const GC_PREFIX = 0xfb;

/**
 * A kernel with structures as V8 11 (Node 20) encoded them. Bytes are replaced wherever they stand, which
 * serves the kernels here: a module that this spoils is refused, or its result differs and is left out.
 *
 * @param {Uint8Array} bytes
 */
function asDraft(bytes) {
  return bytes.map((byte, i) => {
    if (bytes[i - 1] === GC_PREFIX) return draftStructOps.get(byte) ?? byte;
    return draftTypes.get(byte) ?? byte;
  });
}

/** @param {Uint8Array} bytes */
function known(bytes) {
  if (host.validate(bytes)) return bytes;
  setFlagsFromString('--experimental-wasm-gc');
  const draft = asDraft(bytes);
  return host.validate(draft) ? draft : bytes;
}

await serve((bytes) => new host.Instance(new host.Module(known(bytes))).exports.run);
