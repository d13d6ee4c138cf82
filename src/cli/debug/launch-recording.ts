/** Runs of a recording: nothing is granted and nothing done, all comes from the file. Of several calls, the last. */
import type { Module } from '../../api/index.ts';
import { recordingMagic } from '../../inspect/index.ts';
import { Failure } from '../failure.ts';
import { writeErrBytes, writeOut } from '../output.ts';
import { type RecordedCall, readRecordingBytes } from '../snapshots/recording.ts';
import { ReplayedOutput } from '../snapshots/replayed-output.ts';
import type { Launcher, Run } from './run.ts';

/** Are these a recording's bytes, and not a module's? */
export function isRecording(bytes: Uint8Array): boolean {
  return recordingMagic.every((byte, at) => bytes[at] === byte);
}

/** The module that a recording is of, and how runs of it begin. @throws {Failure} for one that is damaged */
export function recordingLauncher(
  path: string,
  bytes: Uint8Array,
): { readonly module: Module; readonly launch: Launcher } {
  const last = (options = {}): RecordedCall => readRecordingBytes(path, bytes, options).pop()!;
  const { module } = last().session.instance;
  const launch: Launcher = (_entry, options, prepare) => {
    const call = last({ ...options, modules: [module] });
    const { session } = call;
    new ReplayedOutput(session, (stream, written) => (stream === 1 ? writeOut : writeErrBytes)(written));
    const run: Run = {
      session,
      instance: session.instance,
      store: session.instance.store,
      entry: call.name ?? 'the call',
      next: () => undefined,
      save() {
        throw new Failure('a moment of a recording has no host to go on with', 'a recording is saved by run --record');
      },
      flush: () => undefined,
      close: () => session.close(),
    };
    prepare(run);
    return { run, stop: session.stop! };
  };
  return { module, launch };
}
