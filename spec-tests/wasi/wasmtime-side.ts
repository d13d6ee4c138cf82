/** Sequences in wasmtime: its Python package in a child process. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineChild } from '../../src/diff/engines/child.ts';
import { preopenNames } from './fixture.ts';
import type { Seen, Sequence } from './sequence.ts';
import { wasmtimeServer } from './wasmtime-server.ts';

const START_TIMEOUT_MS = 60_000;
const SEQUENCE_TIMEOUT_MS = 30_000;

export const HOW_TO_GET = "install Python 3 and wasmtime's package: python3 -m pip install wasmtime==50.0.1";

export interface WasmtimeSide {
  readonly version: string;
  /** Runs on the files below `root`, a folder that `makeFixture` made. */
  run(root: string, sequence: Sequence): Promise<Seen>;
  close(): void;
}

/** `undefined` when Python or the package are not here. */
export async function startWasmtime(driver: Uint8Array): Promise<WasmtimeSide | undefined> {
  const child = new LineChild('python3', ['-c', wasmtimeServer]);
  const start = async () => {
    const { version } = JSON.parse(await child.read(START_TIMEOUT_MS)) as { version: string };
    await child.ask(JSON.stringify(Buffer.from(driver).toString('base64')), START_TIMEOUT_MS);
    return version;
  };
  let version: string;
  try {
    version = await start();
  } catch {
    child.close();
    return undefined;
  }
  return {
    version,
    async run(root, sequence) {
      // A child that died is started again, for what comes after.
      if (!child.isRunning) await start();
      writeFileSync(join(root, 'stdin'), sequence.stdin ?? '');
      const message = {
        root,
        args: sequence.args ?? [],
        env: sequence.env ?? [],
        preopens: preopenNames,
        steps: sequence.steps.map(({ call, args, bytes }) => [call, args.map(String), bytes ?? []]),
      };
      return JSON.parse(await child.ask(JSON.stringify(message), SEQUENCE_TIMEOUT_MS)) as Seen;
    },
    close: () => child.close(),
  };
}
