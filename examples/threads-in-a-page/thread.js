/** The program of each worker: it serves the group that has made it until there are no more threads to run. */
import { serveThreads } from '../../dist/index.js';

addEventListener('message', async ({ data }) => {
  await serveThreads(data, (message) => postMessage(message));
  // Blocks while a thread runs or is waited for; afterwards the worker has nothing left to do.
  postMessage('exited');
  close();
});
