/**
 * `npm run coremark:fetch`: brings CoreMark's module from upstream and keeps it when its hash is the expected one.
 *
 *   node coremark/fetch.mjs [--from ADDRESS] [--to FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { say } from '../scripts/project.mjs';
import { digestOf, fetchedPath, pinned } from './source.mjs';

const { values } = parseArgs({
  options: { from: { type: 'string', default: pinned.address }, to: { type: 'string', default: fetchedPath() } },
});

/** @returns {Promise<string | undefined>} what went wrong */
async function bring() {
  let response;
  try {
    response = await fetch(values.from);
  } catch (error) {
    return `${values.from} cannot be reached: ${error instanceof Error ? (error.cause ?? error.message) : error}`;
  }
  if (!response.ok) return `${values.from} answers ${response.status}`;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const digest = digestOf(bytes);
  if (digest !== pinned.sha256) return `${values.from} is another file: sha256 ${digest}, not ${pinned.sha256}`;
  writeFileSync(values.to, bytes);
  return undefined;
}

const problem = await bring();
if (problem === undefined) say(`CoreMark is at ${values.to}`);
else {
  say(problem);
  process.exitCode = 1;
}
