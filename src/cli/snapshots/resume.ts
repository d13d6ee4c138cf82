/** `glassbox resume`, when it is called. */
import { restoreSnapshot, Store } from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import { nodeHost } from '../../wasi/host/node/index.ts';
import { Wasi } from '../../wasi/index.ts';
import { nowMs } from '../clock.ts';
import type { Arguments } from '../command.ts';
import { environmentOf, preopensOf } from '../grants.ts';
import { statsText, storeOptionsOf } from '../limits.ts';
import { exitCodeOf } from '../outcome.ts';
import { writeErr } from '../output.ts';
import { runSteps, stopOf } from '../stopping.ts';
import { readSnapshot, snapshotFailure } from './read-snapshot.ts';
import { savedProgram, savedWasi } from './saved-program.ts';

export async function executeResume(args: Arguments): Promise<number> {
  const [path] = args.operands as [string];
  const { fuel, ...storeOptions } = storeOptionsOf(args);
  const stop = stopOf(args);
  const bytes = readSnapshot(path);
  const wasi = new Wasi({ env: environmentOf(args), preopens: preopensOf(args), host: nodeHost(), isAsync: true });
  const store = new Store(storeOptions);
  const started = nowMs();
  try {
    const { instances, call, parts } = restoreSnapshot(bytes, wasi.imports, { store, fuel });
    const state = savedWasi(parts);
    if (state !== undefined) wasi.restore(state, { skipInput: args.flag('skip-input') });
    const program = savedProgram(parts, call !== undefined);
    return await runSteps({ ...program, store, instances, wasi, call }, stop);
  } catch (error) {
    if (error instanceof SnapshotError) throw snapshotFailure(path, error);
    return exitCodeOf(path, error);
  } finally {
    wasi.close();
    if (args.flag('stats')) writeErr(statsText(store, nowMs() - started));
  }
}
