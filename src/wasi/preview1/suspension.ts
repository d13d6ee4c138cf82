/**
 * Calls that wait: written as asynchronous functions that wait by `until` alone. When the guest ends meanwhile, the
 * wait is given up and the function never goes on, so that it touches neither the guest's memory nor its files.
 */
import type { Wait } from '../host/waiting.ts';
import type { Errno } from './errno.ts';

/** The answer to come. `cancel` is what the embedding API calls when the guest ends before. */
export type Suspended = Promise<Errno> & { cancel(): void };

export type Until = <T>(wait: Wait<T>) => Promise<T>;

/** Begins a call that waits. */
export function suspend(act: (until: Until) => Promise<Errno>): Suspended {
  let current: Wait<unknown> | undefined;
  let isCancelled = false;
  const until: Until = (wait) => {
    current = wait;
    return new Promise((resolve, reject) => {
      wait.done.then(
        (value) => isCancelled || resolve(value),
        (error) => isCancelled || reject(error),
      );
    });
  };
  const cancel = () => {
    isCancelled = true;
    current?.cancel();
  };
  return Object.assign(act(until), { cancel });
}
