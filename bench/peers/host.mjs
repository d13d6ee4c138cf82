/** The host's own WebAssembly as a peer of the benchmark. */
import { serve } from './protocol.mjs';

/**
 * What the benchmark uses of the host's WebAssembly; node's types do not tell it.
 *
 * @type {{ Module: new (bytes: Uint8Array) => object, Instance: new (module: object) => { exports: any } }}
 */
const host = /** @type {any} */ (globalThis).WebAssembly;

await serve((bytes) => new host.Instance(new host.Module(bytes)).exports.run);
