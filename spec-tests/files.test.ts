/**
 * Files through preview 1: the tables in files/cases, on the files of this machine, on those in memory, and in
 * wasmtime, whose answers the tables tell where they are others.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDirectory, openDirectoryByPath } from '../src/wasi/host/node/directory.ts';
import { type HostDirectory, memoryDirectory, readOnlyDirectory } from '../src/wasi/index.ts';
import { StepGuest } from './files/backends.ts';
import { type FileCase, tables } from './files/cases.ts';
import { rawCall } from './files/steps.ts';
import { fillDirectory, link, makeTree } from './files/trees.ts';
import { hasWasmtime, runInWasmtime } from './files/wasmtime.ts';

/** `first` and `second` are granted, in folders of one folder; what is beside them is not. */
const surroundings = {
  'outside.txt': 'secret',
  first: {
    'hello.txt': 'hello',
    'other.txt': 'other',
    sub: { 'x.txt': 'x', deep: {} },
    empty: {},
    link: link('hello.txt'),
    sublink: link('sub'),
    dangling: link('nowhere'),
    loop: link('loop'),
    up: link('../outside.txt'),
    absolute: link('/etc/hostname'),
  },
  second: { other: 'other' },
};

let folder: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glassbox-files-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function newFolder(): string {
  const path = join(folder, String(count++));
  mkdirSync(path);
  makeTree(path, surroundings);
  return path;
}

/** Calls that fail change nothing: what they leave serves the next. */
function sharedFolders(): (each: FileCase) => string {
  let shared: string | undefined;
  return ({ answers }) => {
    if (answers.some((answer) => answer.startsWith('success'))) return newFolder();
    shared ??= newFolder();
    return shared;
  };
}

type Back = () => (each: FileCase) => HostDirectory[];

const onMachine =
  (open: typeof openDirectory): Back =>
  () => {
    const folderOf = sharedFolders();
    return (each) => {
      const path = folderOf(each);
      const first = open(join(path, 'first'), { readOnly: each.isReadOnly });
      if (each.second === undefined) return [first];
      return [first, open(join(path, 'second'), { readOnly: each.second === 'ro' })];
    };
  };

const inMemory: Back =
  () =>
  ({ isReadOnly, second }) => {
    const top = fillDirectory(memoryDirectory(), surroundings);
    const grant = (name: string, readOnly: boolean) =>
      readOnly ? readOnlyDirectory(top.openDirectory(name)) : top.openDirectory(name);
    const first = grant('first', isReadOnly);
    return second === undefined ? [first] : [first, grant('second', second === 'ro')];
  };

describe.each([
  ['this machine', onMachine(openDirectory)],
  ['this machine, as without procfs', onMachine(openDirectoryByPath)],
  ['memory', inMemory],
] as const)('files of %s', (kind, back) => {
  test.each([...tables])('%s', (_, cases) => {
    const directoriesFor = back();
    for (const each of cases) {
      if ((each.needsMachine && kind === 'memory') || (each.needsHandles && kind.endsWith('procfs'))) continue;
      const guest = new StepGuest(directoriesFor(each));
      const answers = each.steps.map((step) => guest.step(...step));
      expect({ title: each.title, answers }).toEqual({ title: each.title, answers: each.answers });
      guest.close();
    }
  });
});

describe('files in wasmtime 50', () => {
  test.skipIf(!hasWasmtime).each([...tables])('%s', async (_, cases) => {
    const folderOf = sharedFolders();
    const runs = cases.map((each) => {
      const { isReadOnly, second, steps } = each;
      const path = folderOf(each);
      const first = { path: join(path, 'first'), readOnly: isReadOnly };
      const other = { path: join(path, 'second'), readOnly: second === 'ro' };
      return { preopens: second === undefined ? [first] : [first, other], calls: steps.map(rawCall) };
    });
    const answers = await runInWasmtime(runs);
    for (const [i, { title, reference }] of cases.entries()) {
      const found = answers[i]!.map((answer) => (answer.startsWith('trap') ? 'trap' : answer));
      expect({ title, answers: found }).toEqual({ title, answers: reference });
    }
  });
});
