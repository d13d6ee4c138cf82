/**
 * Sessions in processes of their own. A guest that the host cannot stop stops its worker only: the campaign kills it
 * and goes on. Messages go through Node's channel between parent and child.
 */
import { fork } from 'node:child_process';
import { LateBatch, type Runner } from './campaign.ts';
import type { BatchReport, CaseRef, Session } from './session.ts';

interface Ask {
  readonly refs: readonly CaseRef[];
  readonly known: readonly string[];
}

type Answer =
  | { readonly report: BatchReport }
  | { readonly alive: true }
  | { readonly ready: true }
  | { readonly error: string };

/**
 * Dispatch loops are large functions, and cases too short for them: V8 would optimise them again and again. The rest
 * gains by being optimised: without a bound on size a case takes 1.3 times the processor time, and 1.5 times when
 * nothing is optimised. Short-lived objects and buffers do not fill a larger nursery so soon (0.85). There is a worker
 * for each processor, so that threads of V8's own only wait for each other (0.9), and half of a module's thunks are
 * never called (0.95). Whole collections come so often that code used seldom would be thrown away and made again and
 * again (0.94). All measured on Node 20.20.
 */
const EXEC_ARGV = [
  '--max-optimized-bytecode-size=6000',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  '--sparkplug',
  '--single-threaded',
  '--wasm-lazy-compilation',
  '--no-flush-bytecode',
];
const HEARTBEAT_MS = 1000;
const START_MS = 120_000;

/** Answers the parent's messages until it goes away. */
export async function serveSession(open: () => Promise<Session>): Promise<void> {
  const send = (answer: Answer) => process.send?.(answer);
  // Nobody reads the traces of a guest's traps.
  Error.stackTraceLimit = 0;
  let session: Session;
  try {
    session = await open();
  } catch (error) {
    send({ error: String(error) });
    return;
  }
  const ended = new Promise<void>((resolve) => process.once('disconnect', resolve));
  process.on('message', ({ refs, known }: Ask) => {
    session.run(refs, new Set(known)).then(
      (report) => send({ report }),
      (error: unknown) => send({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }),
    );
  });
  setInterval(() => send({ alive: true }), HEARTBEAT_MS).unref();
  send({ ready: true });
  await ended;
  session.close();
}

export interface WorkerOptions {
  readonly script: string;
  readonly args: readonly string[];
  /** How long a worker may be silent: it says that it is alive whenever its guests let it. */
  readonly silentMs: number;
}

export async function startWorker({ script, args, silentMs }: WorkerOptions): Promise<Runner> {
  const child = fork(script, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: EXEC_ARGV });
  const answer = (timeoutMs: number): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      const onLate = () => {
        end();
        reject(new LateBatch('late', `it said nothing for ${timeoutMs} ms`));
      };
      const onMessage = (message: unknown) => {
        const said = message as Answer;
        if ('alive' in said) {
          clearTimeout(timer);
          timer = setTimeout(onLate, timeoutMs);
          return;
        }
        end();
        resolve(said);
      };
      const onExit = (code: number | null, signal: string | null) => {
        end();
        reject(new LateBatch('died', `the worker ended with ${signal ?? `exit code ${code}`}`));
      };
      let timer = setTimeout(onLate, timeoutMs);
      child.on('message', onMessage);
      child.on('exit', onExit);
    });
  // A message to a worker that has just gone; its exit tells.
  child.on('error', () => undefined);
  const first = await answer(START_MS);
  if ('error' in first) throw new Error(first.error);
  return {
    async run(refs, known) {
      child.send({ refs, known });
      const result = await answer(silentMs);
      // A fault of ours: the case is found and named, and the others go on.
      if ('error' in result) throw new LateBatch('died', result.error);
      if ('report' in result) return result.report;
      throw new Error('a worker answered out of turn');
    },
    close: () => {
      child.kill('SIGKILL');
    },
  };
}
