/** Snapshots: all state of a paused guest as bytes, read back in any process on any host. */
export { decodeSnapshot } from './decode.ts';
export { type Difference, type DiffOptions, diffSnapshots } from './diff.ts';
export { encodeSnapshot } from './encode.ts';
export { hexText, sha256 } from './sha256.ts';
export type { DecodeOptions, EncodeOptions, ImportRequest, MachineState } from './state.ts';
