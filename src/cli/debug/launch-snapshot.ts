/** Runs that go on from a snapshot: each restores it anew. Nothing is granted by it but what the command line names. */
import { inspect, type Module, restoreSnapshot, Store } from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import { nodeHost } from '../../wasi/host/node/index.ts';
import { Wasi } from '../../wasi/index.ts';
import { Failure } from '../failure.ts';
import { snapshotFailure } from '../snapshots/read-snapshot.ts';
import { savedProgram, savedWasi } from '../snapshots/saved-program.ts';
import type { Step } from '../stopping.ts';
import { type Environment, exportCall } from './launch-module.ts';
import { type Call, type Launcher, runOf } from './run.ts';

const MAGIC = [0x00, 0x67, 0x62, 0x73, 0x6e, 0x61, 0x70];

/** Are these a snapshot's bytes, and not a module's? */
export function isSnapshot(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, at) => bytes[at] === byte);
}

/** The module that a snapshot is of, and how runs of it begin. @throws {Failure} for a snapshot that is damaged */
export function snapshotLauncher(
  path: string,
  bytes: Uint8Array,
  { env, openPreopens }: Environment,
): { readonly module: Module; readonly launch: Launcher } {
  const restore = (modules: readonly Module[]) => {
    const wasi = new Wasi({ env: { ...env }, preopens: openPreopens(), host: nodeHost() });
    try {
      const restored = restoreSnapshot(bytes, wasi.imports, { store: new Store(), modules });
      const state = savedWasi(restored.parts);
      if (state !== undefined) wasi.restore(state);
      const [instance] = restored.instances;
      if (instance === undefined) throw new Failure(`${path}: there is no instance in it`);
      return { ...restored, wasi, instance };
    } catch (error) {
      wasi.close();
      throw error instanceof SnapshotError ? snapshotFailure(path, error) : error;
    }
  };
  const first = restore([]);
  first.wasi.close();
  const { module } = first.instance;
  const launch: Launcher = (_entry, options, prepare) => {
    const { wasi, instance, call, parts } = restore([module]);
    try {
      const { path: saved, steps } = savedProgram(parts, call !== undefined);
      const calls = steps.map((step, i): Call => {
        if (i > 0 || call === undefined) return later(instance, step);
        return {
          name: step.name ?? 'the call',
          step,
          begin: (session) => ({ ...session.takeUp(call), reason: 'entry' }),
        };
      });
      const run = runOf({ path: saved, session: inspect(instance, options), instance, wasi, calls });
      prepare(run);
      const stop = run.next();
      if (stop === undefined) throw new Failure(`${path}: nothing is called in it, and nothing is to come`);
      return { run, stop };
    } catch (error) {
      wasi.close();
      throw error;
    }
  };
  return { module, launch };
}

/** A call that had not begun. Start functions come first, so none is left. */
function later(instance: Parameters<typeof exportCall>[0], { name, args, prints }: Step): Call {
  if (name === undefined) throw new Failure('the snapshot calls a start function that has not begun');
  return exportCall(instance, name, args, prints);
}
