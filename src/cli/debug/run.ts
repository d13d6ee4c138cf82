/** A run in progress: its session, its environment, and the calls that it consists of. */
import type { Instance, Session, Store } from '../../api/index.ts';
import type { SessionOptions, Stop } from '../../inspect/index.ts';
import type { Wasi } from '../../wasi/index.ts';
import { partsOf } from '../snapshots/saved-program.ts';
import type { Step } from '../stopping.ts';

/** What a run calls: `_start`, or an export with arguments. */
export interface Entry {
  /** Absent: `_start`. */
  readonly name: string | undefined;
  readonly args: readonly string[];
}

/** One of the calls that a run consists of: the start function, a library's set-up, the entry. */
export interface Call {
  /** Name of the export, or of the start function. */
  readonly name: string;
  /** As a snapshot keeps it. */
  readonly step: Step;
  /** It stands before its first instruction then, or where it stood when it was saved. */
  begin(session: Session): Stop;
}

export interface Run {
  readonly session: Session;
  readonly instance: Instance;
  readonly store: Store;
  /** Name of the function that was called last. */
  readonly entry: string;
  /** Begins what is to be called next; `undefined` when the run is over. */
  next(): Stop | undefined;
  /** All state as bytes: what `glassbox resume` takes. @throws {SnapshotError} for what cannot be saved */
  save(): Uint8Array;
  /** Hands on what the guest has written. */
  flush(): void;
  close(): void;
}

/**
 * Begins a run, which stands at its first call then.
 *
 * @param prepare is given the run before anything is called
 * @throws {Failure} for what does not link, an entry that is none, arguments that do not fit
 */
export type Launcher = (
  entry: Entry,
  options: SessionOptions,
  prepare: (run: Run) => void,
) => { readonly run: Run; readonly stop: Stop };

/** The parts of a run that its launcher has made. */
export interface RunParts {
  /** As the snapshot names it. */
  readonly path: string;
  readonly session: Session;
  readonly instance: Instance;
  readonly wasi: Wasi;
  readonly calls: readonly Call[];
}

export function runOf({ path, session, instance, wasi, calls }: RunParts): Run {
  const rest = [...calls];
  let current: Call | undefined;
  return {
    session,
    instance,
    store: instance.store,
    get entry() {
      return current?.name ?? '';
    },
    next() {
      const call = rest.shift();
      current = call ?? current;
      return call?.begin(session);
    },
    save() {
      const hasEnded = session.stop?.reason === 'exit';
      const left = current === undefined || hasEnded ? rest : [current, ...rest];
      return session.save({ parts: partsOf({ path, steps: left.map(({ step }) => step), wasi }) });
    },
    flush: () => wasi.flush(),
    close() {
      session.close();
      wasi.close();
    },
  };
}
