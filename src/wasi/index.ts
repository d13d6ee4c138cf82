/**
 * WASI for guests: preview 1 functions, and the effects behind them as one interface.
 *
 * What needs Node (`host/node`) is not exported here, so that this index loads in any host.
 */
export { type BrowserHostOptions, type ByteReadable, type ByteWritable, browserHost } from './host/browser.ts';
export {
  type Clock,
  type DirectoryEntry,
  type FileStat,
  type FileTimes,
  type FileType,
  type Host,
  type HostDirectory,
  HostError,
  type HostFile,
  type InputStream,
  type OpenOptions,
  type OutputStream,
  type RandomSource,
} from './host/host.ts';
export { LoopbackListener, loopbackPair } from './host/loopback.ts';
export {
  loadMemoryDirectory,
  type MemoryDirectory,
  type MemoryDirectoryOptions,
  type MemoryHost,
  type MemoryHostOptions,
  type MemoryTree,
  memoryDirectory,
  memoryHost,
} from './host/memory.ts';
export { readOnlyDirectory } from './host/read-only.ts';
export type {
  HostListener,
  HostSocket,
  PollableInput,
  PollableOutput,
  Readiness,
  Sink,
  Source,
  Wait,
} from './host/waiting.ts';
export { Errno, errnoRows, type FunctionName, signatures, Wasi, type WasiOptions } from './preview1/index.ts';
export {
  type MonitorOrders,
  type StartWorker,
  type StoppedThread,
  serveThreads,
  sharedMemory,
  ThreadError,
  ThreadGroup,
  type ThreadGroupOptions,
  type ThreadLimits,
  type ThreadReport,
  type ThreadWorker,
  type WorkerBoot,
  type WorkerEvents,
  type WorkerMessage,
} from './threads/index.ts';
export {
  Audit,
  type AuditReport,
  auditText,
  type CallArgument,
  type CallState,
  type CallValue,
  callJson,
  callText,
  GuestBytes,
  GuestPointer,
  type PathUse,
  type TracerOptions,
  type WasiCall,
} from './trace/index.ts';
