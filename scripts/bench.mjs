/**
 * `npm run bench`: Glassbox beside wasm3, the host's WebAssembly and polywasm, and how long a start takes.
 *
 *   node scripts/bench.mjs [--rounds N] [--peers A,B] [--parts kernels,start,load] [--module FILE] [--json FILE]
 *     [KERNEL…]
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, say } from './project.mjs';
import { ensureReady } from './ready.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    peers: { type: 'string' },
    parts: { type: 'string', default: 'kernels,start,load' },
    module: { type: 'string', default: join(root, '..', 'shared', 'programs', 'p1', 'gofmt.wasm') },
    json: { type: 'string' },
  },
});

await ensureReady();
const { kernelTable, meanRatio, timeKernels } = await import('../bench/kernel-times.mjs');
const { peerNames } = await import('../bench/peer.mjs');
const { timeLoad, timeStart } = await import('../bench/start-times.mjs');

const parts = values.parts.split(',');
/** @type {Record<string, unknown>} */
const report = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
console.log(
  `node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}; medians ± half the distance of the quartiles\n`,
);

if (parts.includes('kernels')) {
  const peers = ['glassbox', ...(values.peers?.split(',') ?? peerNames).filter((name) => name !== 'glassbox')];
  const times = await timeKernels({ rounds: Number(values.rounds), only: positionals, peerNames: peers, say });
  console.log(`\n${kernelTable(times, peers)}\n`);
  report.kernels = times;
  report.ratios = Object.fromEntries(peers.slice(1).map((name) => [name, meanRatio(times, name)]));
}
if (parts.includes('start')) {
  const times = timeStart(Math.max(20, Number(values.rounds)));
  const { rounds, bareMs, bareSpread, glassboxMs, glassboxSpread } = times;
  const part = (/** @type {number} */ value) => `±${(value * 100).toFixed(0)}%`;
  console.log(
    `start: glassbox run of an empty module ${glassboxMs.toFixed(1)} ms ${part(glassboxSpread)}, ` +
      `node -e 0 ${bareMs.toFixed(1)} ms ${part(bareSpread)}: + ${(glassboxMs - bareMs).toFixed(1)} ms (${rounds} rounds)`,
  );
  report.start = times;
}
if (parts.includes('load')) {
  const times = timeLoad(values.module);
  if (times === undefined)
    console.log(`load: not measured, ${values.module} does not exist (--module FILE names another)`);
  else {
    const { megabytes, firstMs, medianMs, megabytesPerSecond } = times;
    console.log(
      `load: decode and validate ${megabytes.toFixed(2)} MB in ${medianMs.toFixed(0)} ms, ` +
        `${megabytesPerSecond.toFixed(1)} MB/s; the first time ${firstMs.toFixed(0)} ms, ${((megabytes / firstMs) * 1000).toFixed(1)} MB/s`,
    );
  }
  report.load = times;
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
