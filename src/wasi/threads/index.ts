/** Guests with threads: WASI's `thread-spawn`, over workers. */
export { ThreadError } from './failure.ts';
export { type StoppedThread, sharedMemory, ThreadGroup, type ThreadGroupOptions } from './group.ts';
export type {
  MonitorOrders,
  StartWorker,
  ThreadLimits,
  ThreadReport,
  ThreadWorker,
  WorkerBoot,
  WorkerEvents,
  WorkerMessage,
} from './messages.ts';
export { serveThreads } from './worker.ts';
