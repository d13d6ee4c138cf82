/** `glassbox/node`: the effects of WASI on this machine, by Node: its files, streams, clocks and randomness. */
export {
  listenOn,
  listenTcp,
  type NodeListener,
  nodeHost,
  nodeWorkers,
  type OpenDirectoryOptions,
  openDirectory,
} from './wasi/host/node/index.ts';
