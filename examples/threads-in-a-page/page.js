/**
 * Runs a guest with threads in a page. The page must be isolated, or it has no shared memory: `serve.mjs` sends the
 * headers for that.
 */
import { browserHost, compile, HostExit, ThreadGroup, Wasi } from '../../dist/index.js';

/** Makes the workers of a group: the option `startWorker`. */
function startWorker(boot, events) {
  const worker = new Worker(new URL('./thread.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => (data === 'exited' ? events.exited() : events.message(data));
  worker.onerror = (event) => {
    worker.terminate();
    events.failed(new Error(event.message));
  };
  worker.postMessage(boot);
  return {
    terminate() {
      worker.terminate();
      events.exited();
    },
  };
}

/** Runs a program to its end, and tells how that was; no worker is left afterwards. */
async function runThreads(text, { entry, ...options } = {}) {
  const wasi = new Wasi({ args: ['threads'], host: browserHost(), isAsync: true });
  const group = new ThreadGroup(compile(text), { wasi, startWorker, timeoutMs: 60_000, ...options });
  try {
    return `returned ${await group.run(entry)}; ${group.workerCount} workers left`;
  } catch (error) {
    const end = error instanceof HostExit ? `exit code ${error.exitCode}` : error.message;
    return `${end}; ${group.workerCount} workers left`;
  } finally {
    wasi.close();
  }
}

// For whoever wants to try more, in the console.
globalThis.runThreads = runThreads;

const program = await fetch('../../docs/examples/threads.wat');
document.querySelector('#outcome').textContent = crossOriginIsolated
  ? await runThreads(await program.text())
  : 'this page is not isolated: its server must send COOP and COEP';
