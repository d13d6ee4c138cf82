/** polywasm, which compiles WebAssembly to JavaScript, as a peer of the benchmark. */
import { serve } from './protocol.mjs';

const name = 'polywasm';
// It has no types; it is used as the host is.
/**
 * @typedef {new (module: object) => { exports: any }} InstanceClass
 * @type {{ WebAssembly: { Module: new (bytes: Uint8Array) => object, Instance: InstanceClass } }}
 */
const { WebAssembly: host } = await import(name);

await serve((bytes) => new host.Instance(new host.Module(bytes)).exports.run);
