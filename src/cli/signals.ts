/**
 * SIGINT and SIGTERM while a guest runs: the first one ends the guest where it stands or waits, so that its output
 * and every report are still written; the next one ends the process, as if nobody listened.
 */
import type { AbortSignalLike } from '../api/index.ts';
import { Exhaustion } from '../syntax/index.ts';
import { writeErr } from './output.ts';

/** What a shell tells of a program that a signal has ended: 128 and the signal's number. */
const exitCodeBySignal = { SIGINT: 130, SIGTERM: 143 } as const;

type SignalName = keyof typeof exitCodeBySignal;

const names = Object.keys(exitCodeBySignal) as SignalName[];

/** Listens from when it is made until `close`. */
export class Signals implements AbortSignalLike {
  private received: SignalName | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly receive = (name: SignalName): void => {
    this.received = name;
    this.close();
    for (const listener of [...this.listeners]) listener();
  };

  constructor() {
    for (const name of names) process.on(name, this.receive);
  }

  get aborted(): boolean {
    return this.received !== undefined;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners.delete(listener);
  }

  close(): void {
    for (const name of names) process.off(name, this.receive);
  }

  /** The exit code of a run that `error` ended because a signal came, which is told; undefined: it ended otherwise. */
  exitCodeOf(error: unknown): number | undefined {
    const isEnded = error instanceof Exhaustion && error.kind === 'aborted';
    if (!isEnded || this.received === undefined) return undefined;
    writeErr(`glassbox: ended by ${this.received}\n`);
    return exitCodeBySignal[this.received];
  }
}
