/** The real host under Node: files, standard streams, clocks, randomness. */
import type { Host } from '../host.ts';
import { nodeClock } from './clock.ts';
import { NodeInput } from './input.ts';
import { NodeOutput } from './output.ts';
import { fillRandom } from './random.ts';

export { type OpenDirectoryOptions, openDirectory } from './directory.ts';
export { listenOn, listenTcp, type NodeListener } from './sockets.ts';

export { nodeWorkers } from './threads.ts';

/** One for all hosts: what it has taken in and no guest has read is for the next one. */
let stdin: NodeInput | undefined;

/** Standard streams, clocks and randomness of this process. Hosts of one process share its input. */
export function nodeHost(): Host {
  stdin ??= new NodeInput(0);
  // Both outputs may end in one terminal or file: what was written first is to be seen first.
  const stdout = new NodeOutput(1);
  const stderr = new NodeOutput(2, stdout);
  return { stdin, stdout, stderr, clock: nodeClock, random: fillRandom };
}
