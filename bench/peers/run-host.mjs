/** Runs a WASI program in the host's own WebAssembly: the argument is a job of programs.mjs as JSON. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';

// Programs that use the final encoding of exceptions need it; where there is no such flag, it is a matter of course.
setFlagsFromString('--experimental-wasm-exnref');
/** @type {{ file: string, args: string[], preopens: { guest: string, host: string }[] }} */
const { file, args, preopens } = JSON.parse(process.argv[2] ?? '{}');
const wasi = new WASI({
  version: 'preview1',
  args: [basename(file), ...args],
  preopens: Object.fromEntries(preopens.map(({ guest, host }) => [guest, host])),
  returnOnExit: true,
});
const host = /** @type {any} */ (globalThis).WebAssembly;
const instance = new host.Instance(new host.Module(readFileSync(file)), wasi.getImportObject());
process.exitCode = wasi.start(instance);
