/** The program of each worker: it serves the group that has made it until there are no more threads to run. */
import { serveThreads } from '../../dist/index.js';

addEventListener('message', async ({ data }) => {
  try {
    // Blocks while a thread runs or is waited for; afterwards the worker has nothing left to do.
    await serveThreads(data, (message) => postMessage(message));
    postMessage('exited');
    close();
  } catch (error) {
    // A promise that fails does not reach the page's `onerror`, and the group would wait for this worker.
    reportError(error);
  }
});
