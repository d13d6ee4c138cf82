/**
 * A process that replays recordings, each to its end, with nothing but the file. It uses the built library. One JSON
 * object a line on standard output tells how each ended.
 *
 *   node spec-tests/replay-recording.mjs RECORDING…
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// Not by name: what is built is not checked with the sources.
const { HostExit, openRecording } = await import(new URL('../dist/index.js', import.meta.url).href);

for (const path of process.argv.slice(2)) {
  const session = openRecording(readFileSync(path), { history: { checkpoints: false } });
  const { reason, error, results } = session.run();
  const hash = createHash('sha256');
  for (const { bytes } of session.instance.entry.memories) hash.update(bytes);
  const { instructionCount, callCount } = session.instance.store;
  const exitCode = error instanceof HostExit ? error.exitCode : error === undefined ? 0 : String(error);
  console.log(JSON.stringify({ reason, exitCode, results, instructionCount, callCount, memory: hash.digest('hex') }));
}
