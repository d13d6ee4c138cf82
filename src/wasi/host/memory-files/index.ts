/** A file system in memory: deterministic, with a budget, as POSIX has it. */
export { Budget, GrowingBytes, toBytes } from './bytes.ts';
export { loadMemoryDirectory, MemoryDirectory, type MemoryDirectoryOptions, memoryDirectory } from './directory.ts';
export type { MemoryTree, TimeSource } from './tree.ts';
