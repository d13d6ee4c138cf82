/** Recordings as bytes in terms of the embedding API: a recorded call, opened in any process, without its host. */
import { decodeRecording, type HistoryOptions, type SessionOptions } from '../inspect/index.ts';
import { bytesOf } from './bytes.ts';
import { InstanceSession } from './inspect.ts';
import type { Module } from './module.ts';
import { setStore } from './ownership.ts';
import { wrapInstances } from './snapshot.ts';
import { Store } from './store.ts';

export interface OpenRecordingOptions extends SessionOptions {
  /** Modules at hand: needed for a recording without their bytes, else used in place of those. */
  readonly modules?: readonly Module[] | undefined;
  /** The value behind bytes of `saveExtern`. */
  readonly loadExtern?: ((bytes: Uint8Array) => unknown) | undefined;
  /** Bytes of linear memory in all; absent: what the host gives. */
  readonly maxMemoryBytes?: number | undefined;
  /** Of the checkpoints that replays leave behind. */
  readonly history?: HistoryOptions | undefined;
}

/**
 * Opens what `session.history.save()` wrote. The session stands at the recording's first moment and can go to any
 * other; nothing is imported and nothing granted, all that came from outside is in the recording. Only at its end,
 * when the call had not ended there, a guest that goes on would want its host, which is a SnapshotError then.
 *
 * @throws {SnapshotError} for bytes that are damaged, forged or of another version, modules that are missing or
 *   others
 * @throws {Exhaustion} when its memories are larger than `maxMemoryBytes`
 */
export function openRecording(bytes: Uint8Array, options: OpenRecordingOptions = {}): InstanceSession {
  const { modules = [], loadExtern, maxMemoryBytes, history, ...sessionOptions } = options;
  const store = new Store(maxMemoryBytes === undefined ? {} : { maxMemoryBytes });
  const file = bytesOf(bytes, 'a recording is bytes (Uint8Array, ArrayBuffer), as history.save gives them');
  const recording = decodeRecording(file, {
    budgets: store.budgets,
    own: (instance) => setStore(instance, store),
    modules: modules.map(({ code }) => code),
    loadExtern,
  });
  const { state, limits } = recording;
  Object.assign(store.meter, limits, { instructionCount: state.instructionCount, callCount: state.callCount });
  const [instance] = wrapInstances(state.instances, store, modules);
  const session = new InstanceSession(instance!, state.instances, sessionOptions);
  session.beginRecorded(recording, history);
  return session;
}
