/** The embedding API: compile, instantiate, call, and share with a guest. */
export type { SharedMemory } from '../runtime/index.ts';
// A guest's texts are UTF-8, and not every host has TextEncoder.

export { decodeUtf8, encodeUtf8 } from '../decoder/index.ts';
export { Caller } from './caller.ts';
export { beginTurn } from './event-loop.ts';
export { Exception } from './exception.ts';
export {
  Global,
  type GlobalDescriptor,
  Memory,
  type MemoryDescriptor,
  Table,
  type TableDescriptor,
  Tag,
} from './externs.ts';
export {
  type AbortSignalLike,
  type AsyncCallOptions,
  type CancellablePromise,
  callValues,
  funcBehind as funcOf,
  HostFunction,
  type HostFunctionType,
  hostFunction,
} from './function.ts';
export { GuestCall, type RunOptions } from './guest-call.ts';
export { InstanceSession as Session, inspect, type WatchSpec } from './inspect.ts';
export {
  type ExportValue,
  type Imports,
  type ImportValue,
  Instance,
  type InstantiateOptions,
  instantiate,
  instantiateAsync,
} from './instance.ts';
export {
  type CompileOptions,
  compile,
  type ExportDescriptor,
  type ImportDescriptor,
  Module,
  type SharedModule,
  validate,
} from './module.ts';
export type { ModuleCache } from './module-cache.ts';
export { type AttachedMonitors, type AttachOptions, type MonitorOrder, monitor } from './monitors.ts';
export { type OpenRecordingOptions, openRecording } from './recording.ts';
export {
  diffSnapshots,
  type Restored,
  type RestoreSnapshotOptions,
  restoreSnapshot,
  type SnapshotDifference,
  type SnapshotOptions,
  saveSnapshot,
} from './snapshot.ts';
export { type Interrupt, type LoopName, loopNames, Store, type StoreOptions } from './store.ts';
export type { Value } from './values.ts';
