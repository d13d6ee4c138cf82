/** The tasks of the suites *kernels* and *coremark*, in a size for hosts with a JIT, without one, or for tests. */
import { readFileSync } from 'node:fs';
import { findCoremark } from '../coremark/source.mjs';
import { coremarkTask } from '../coremark/task.mjs';
import { kernels, kernelText } from './kernels.mjs';

/** @typedef {import('./rounds.mjs').Task} Task */

/**
 * @param {import('./kernels.mjs').SizeName} sizeName
 * @param {readonly string[]} [only] names; none means all
 * @returns {Task[]}
 */
export function kernelTasks(sizeName, only = []) {
  const unknown = only.filter((name) => !kernels.some((kernel) => kernel.name === name));
  if (unknown.length > 0)
    throw new Error(
      `no kernel is called ${unknown.join(', ')}; there are ${kernels.map(({ name }) => name).join(', ')}`,
    );
  return kernels
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .map(({ name, about, sizes }) => ({
      name,
      about,
      text: kernelText(name),
      size: sizes[sizeName],
      least: sizes.tiny,
    }));
}

/**
 * @param {'full' | 'small'} sizeName
 * @param {{ compile: any, decodeModule?: any, printModule: any }} glassbox
 * @returns {Task | undefined} nothing when CoreMark is not there
 */
export function findCoremarkTask(sizeName, { compile, printModule }) {
  const source = findCoremark();
  if (source === undefined) return undefined;
  return coremarkTask(printModule(compile(new Uint8Array(readFileSync(source.path))).syntax), sizeName);
}
