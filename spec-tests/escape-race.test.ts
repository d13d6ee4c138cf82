/**
 * Races for a way out, on the files of this machine: while a guest uses files of a folder, another thread puts
 * symbolic links to folders and files outside in their places, and takes them away, as fast as it can. No byte outside
 * is read or written, and no name is made, changed or removed there.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { openDirectory } from '../src/wasi/host/node/directory.ts';
import { StepGuest } from './files/backends.ts';
import { fingerprint, inodesOutside, makeSurroundings, SECRET } from './files/outside.ts';
import { entriesIn, type Step } from './files/steps.ts';

/** Rounds of attempts; GLASSBOX_RACE_ROUNDS gives more. */
const ROUNDS = Number(process.env.GLASSBOX_RACE_ROUNDS ?? 300);

/**
 * `swapped` is a folder, then nothing, then a link outside, then nothing again; so is the file in `files`. Runs until
 * it is told to stop, and counts.
 */
const swapper = `
  const { workerData } = require('node:worker_threads');
  const fs = require('node:fs');
  const { path, shared } = workerData;
  const state = new Int32Array(shared);
  const at = (name) => path + '/' + name;
  const swap = (name, real, lure) => {
    fs.renameSync(at(name), at(real));
    fs.renameSync(at(lure), at(name));
    fs.renameSync(at(name), at(lure));
    fs.renameSync(at(real), at(name));
  };
  const quietly = (act) => { try { act(); } catch {} };
  while (Atomics.load(state, 0) === 0) {
    quietly(() => swap('swapped', 'spare/folder', 'spare/lure'));
    quietly(() => swap('deep/swapped', 'spare/deep', 'spare/deep-lure'));
    // What the guest removed is made anew.
    quietly(() => fs.writeFileSync(at('files/file.txt'), 'inside', { flag: 'wx' }));
    quietly(() => swap('files/file.txt', 'spare/file', 'spare/file-lure'));
    Atomics.add(state, 1, 1);
  }
`;

/** Calls whose paths lead through what is swapped; what they make, others remove. */
const attempts: readonly Step[] = [
  ['path_open', 3, 1, 'swapped/file.txt', 0, 2n, 0n, 0],
  ['path_open', 3, 1, 'swapped/file.txt', 8, 66n, 0n, 0],
  ['path_open', 3, 1, 'swapped/made', 1, 66n, 0n, 0],
  ['path_open', 3, 1, 'swapped', 2, 2n, 0n, 0],
  ['path_open', 3, 0, 'swapped', 2, 2n, 0n, 0],
  ['path_open', 3, 1, 'swapped/folder', 2, 2n, 0n, 0],
  ['path_open', 3, 1, 'deep/swapped/../swapped/file.txt', 0, 66n, 0n, 0],
  ['path_open', 3, 1, 'files/file.txt', 0, 66n, 0n, 0],
  ['path_open', 3, 0, 'files/file.txt', 9, 66n, 0n, 0],
  ['path_filestat_get', 3, 1, 'swapped/file.txt'],
  ['path_filestat_get', 3, 1, 'files/file.txt'],
  ['path_filestat_set_times', 3, 1, 'swapped/file.txt', 1n, 1n, 5],
  ['path_filestat_set_times', 3, 1, 'files/file.txt', 1n, 1n, 5],
  ['path_filestat_set_times', 3, 0, 'swapped', 1n, 1n, 5],
  ['path_create_directory', 3, 'swapped/made-folder'],
  ['path_remove_directory', 3, 'swapped/empty'],
  ['path_remove_directory', 3, 'swapped/made-folder'],
  ['path_symlink', 'anything', 3, 'swapped/made-link'],
  ['path_unlink_file', 3, 'swapped/made-link'],
  ['path_unlink_file', 3, 'swapped/file.txt'],
  ['path_readlink', 3, 'swapped/made-link', 100],
  ['path_link', 3, 0, 'swapped/file.txt', 3, 'linked'],
  ['path_link', 3, 0, 'files/file.txt', 3, 'linked'],
  ['path_link', 3, 0, 'kept.txt', 3, 'swapped/linked'],
  ['path_rename', 3, 'swapped/file.txt', 3, 'renamed'],
  ['path_rename', 3, 'kept.txt', 3, 'swapped/file.txt'],
  ['path_rename', 3, 'swapped/folder', 3, 'renamed-folder'],
  ['path_rename', 3, 'renamed-folder', 3, 'swapped/folder'],
  ['path_unlink_file', 3, 'swapped/linked'],
  ['path_unlink_file', 3, 'linked'],
  ['path_unlink_file', 3, 'renamed'],
];

test(`${ROUNDS} rounds of ${attempts.length} calls`, { skip: process.platform !== 'linux', timeout: 600_000 }, () => {
  const top = mkdtempSync(join(tmpdir(), 'glassbox-race-'));
  const inside = { 'file.txt': 'inside', folder: { 'file.txt': 'inside' }, empty: {} };
  const { granted, outside } = makeSurroundings(top, {
    'kept.txt': 'inside',
    swapped: inside,
    deep: { swapped: inside },
    files: { 'file.txt': 'inside' },
    spare: {
      lure: { linksTo: join(top, 'outside') },
      'deep-lure': { linksTo: '../../outside' },
      'file-lure': { linksTo: '../../secret.txt' },
    },
  });
  const before = fingerprint(top, granted);
  const secretInodes = inodesOutside(top, granted);
  const state = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(swapper, { eval: true, workerData: { path: granted, shared: state.buffer } });
  while (Atomics.load(state, 1) === 0) Atomics.wait(state, 1, 0, 10);

  const guest = new StepGuest([openDirectory(granted)]);
  const { memory } = guest.guest;
  const answers = new Map<string, number>();
  const look = (what: string) => {
    if (Buffer.from(memory.bytes.buffer).includes(SECRET)) throw new Error(`${what} tells the secret`);
  };
  const lookAtInode = (what: string) => {
    const inode = new DataView(memory.bytes.buffer).getBigUint64(64 + 8, true);
    if (secretInodes.has(inode)) throw new Error(`${what} tells of a file outside`);
  };
  const use = (fd: number, what: string) => {
    if (guest.step('fd_filestat_get', fd).startsWith('success')) lookAtInode(what);
    guest.step('fd_read', fd, 100);
    look(what);
    if (guest.step('fd_readdir', fd, 10_000, 0n).startsWith('success')) {
      const used = new DataView(memory.bytes.buffer).getUint32(64, true);
      for (const { inode } of entriesIn(memory.bytes, used)) {
        if (secretInodes.has(inode)) throw new Error(`${what} lists a file outside`);
      }
      guest.step('path_open', fd, 1, 'made', 1, 66n, 0n, 0);
      guest.step('fd_close', fd + 1);
    }
    guest.step('fd_write', fd, 'changed');
    guest.step('fd_close', fd);
  };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const step of attempts) {
        const what = `${step[0]} ${step.filter((part) => typeof part === 'string' && part !== step[0]).join(' ')}`;
        const answer = guest.step(...step);
        answers.set(answer.split(' ')[0]!, (answers.get(answer.split(' ')[0]!) ?? 0) + 1);
        if (!answer.startsWith('success')) continue;
        look(what);
        if (step[0] === 'path_filestat_get') lookAtInode(what);
        if (step[0] === 'path_open') use(Number(answer.slice(8)), what);
      }
      // Not to run dry: files that calls have moved or removed come back.
      if (round % 10 === 0) refill(guest);
    }
  } finally {
    Atomics.store(state, 0, 1);
    worker.terminate();
  }
  expect(fingerprint(top, granted)).toEqual(before);
  expect(readFileSync(join(outside, 'file.txt'), 'utf8')).toBe(SECRET);
  // The links were met, and so were the folders.
  expect(answers.get('perm')).toBeGreaterThan(0);
  expect(answers.get('success')).toBeGreaterThan(0);
  expect(Atomics.load(state, 1)).toBeGreaterThan(10);
  if (process.env.GLASSBOX_RACE_ROUNDS) console.log(Object.fromEntries(answers), `${Atomics.load(state, 1)} swaps`);
  guest.close();
  rmSync(top, { recursive: true });
});

function refill(guest: StepGuest): void {
  for (const path of ['swapped/file.txt', 'kept.txt', 'swapped/folder/file.txt']) {
    const [, fd] = guest.step('path_open', 3, 0, path, 1, 66n, 0n, 0).split(' ');
    if (fd === undefined) continue;
    guest.step('fd_write', Number(fd), 'inside');
    guest.step('fd_close', Number(fd));
  }
  guest.step('path_create_directory', 3, 'swapped/empty');
}
