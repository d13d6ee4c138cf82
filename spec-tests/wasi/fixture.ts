/**
 * The files that a sequence starts with: two directories to be granted and a file beside them that must stay out of
 * reach; and reading what is there at the end.
 */
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { HostDirectory } from '../../src/wasi/index.ts';

export const preopenNames = ['granted', 'other'] as const;

/** Content of files by path below the preopened directories. */
const files: readonly (readonly [path: string, content: string])[] = [
  ['granted/hello.txt', 'hello'],
  ['granted/empty', ''],
  ['granted/sub/x.txt', 'x'],
  ['granted/sub/ümläut', 'ü'],
  ['granted/full/one', '1'],
  ['other/data.bin', '0123456789'.repeat(20)],
];
const directories = ['granted', 'other', 'granted/sub', 'granted/sub/deep', 'granted/full', 'granted/bare'];
const links: readonly (readonly [path: string, target: string])[] = [
  ['granted/link', 'hello.txt'],
  ['granted/sublink', 'sub'],
  ['granted/dangling', 'nowhere'],
  ['granted/loop', 'loop'],
  ['granted/sub/up', '../hello.txt'],
  ['granted/out', '../other/data.bin'],
];

/** An absolute link and a second name, which only the real file system is given. */
export function makeFixture(root: string): void {
  for (const path of directories) mkdirSync(join(root, path), { recursive: true });
  for (const [path, content] of files) writeFileSync(join(root, path), content);
  for (const [path, target] of links) symlinkSync(target, join(root, path));
  linkSync(join(root, 'granted/hello.txt'), join(root, 'granted/hello2'));
  writeFileSync(join(root, 'outside.txt'), 'outside');
}

/** The same in another host's directory. */
export function fillDirectory(root: HostDirectory): void {
  const within = (path: string, act: (directory: HostDirectory, name: string) => void) => {
    const names = path.split('/');
    const name = names.pop()!;
    act(
      names.reduce((directory, each) => directory.openDirectory(each), root),
      name,
    );
  };
  for (const path of directories) within(path, (directory, name) => directory.createDirectory(name));
  for (const [path, content] of files) {
    within(path, (directory, name) => {
      const how = { read: false, write: true, create: true, exclusive: true, truncate: false };
      const file = directory.openFile(name, how);
      file.write(Buffer.from(content), 0);
      file.close();
    });
  }
  for (const [path, target] of links) within(path, (directory, name) => directory.createSymbolicLink(name, target));
  within('granted/hello.txt', (directory, name) => directory.createLink(name, directory, 'hello2'));
}

/** One line for each file, directory and link: path, kind, and what it holds. */
export function treeOf(root: string): string[] {
  const lines: string[] = [];
  const visit = (path: string) => {
    for (const name of readdirSync(join(root, path)).sort()) {
      const below = path === '' ? name : `${path}/${name}`;
      const full = join(root, below);
      const stat = lstatSync(full, { bigint: true });
      const time = timeText(stat.mtimeNs);
      if (stat.isDirectory()) {
        lines.push(`${below}/${time}`);
        visit(below);
      } else if (stat.isSymbolicLink()) lines.push(`${below} -> ${readlinkSync(full)}${time}`);
      else lines.push(`${below} ${contentText(Number(stat.nlink), Number(stat.size), startOf(full))}${time}`);
    }
  };
  for (const name of preopenNames) {
    lines.push(`${name}/${timeText(lstatSync(join(root, name), { bigint: true }).mtimeNs)}`);
    visit(name);
  }
  return lines.sort();
}

export function treeOfDirectory(root: HostDirectory): string[] {
  const lines: string[] = [];
  const visit = (directory: HostDirectory, path: string) => {
    for (const { name, type } of directory.list()) {
      const time = timeText(directory.statEntry(name).modifyTimeNs);
      const below = path === '' ? name : `${path}/${name}`;
      if (type === 'directory') {
        lines.push(`${below}/${time}`);
        visit(directory.openDirectory(name), below);
      } else if (type === 'symbolic-link') lines.push(`${below} -> ${directory.readLink(name)}${time}`);
      else {
        const how = { read: true, write: false, create: false, exclusive: false, truncate: false };
        const file = directory.openFile(name, how);
        const { sizeBytes, linkCount } = file.stat();
        const bytes = new Uint8Array(SHOWN_BYTES);
        const count = file.read(bytes, 0);
        file.close();
        lines.push(`${below} ${contentText(Number(linkCount), Number(sizeBytes), bytes.subarray(0, count))}${time}`);
      }
    }
  };
  visit(root, '');
  return lines.sort();
}

/** Times of nowadays are those of a file that nobody set another time for. */
const FIRST_NOW_NS = BigInt(Date.UTC(2020)) * 1_000_000n;
const LAST_NOW_NS = BigInt(Date.UTC(2100)) * 1_000_000n;

/** Node sets times by a number of seconds, so the last digits differ. */
const STEP_NS = 4096n;

function timeText(timeNs: bigint): string {
  const isNow = timeNs >= FIRST_NOW_NS && timeNs <= LAST_NOW_NS;
  const rounded = ((timeNs + STEP_NS / 2n) / STEP_NS) * STEP_NS;
  // A file in memory that nobody has touched has none.
  return isNow || rounded === 0n ? '' : ` modified ${rounded} ns`;
}

/** Of a file's content: some are large and empty. */
const SHOWN_BYTES = 1000;

function startOf(path: string): Uint8Array {
  const fd = openSync(path, 'r');
  const bytes = new Uint8Array(SHOWN_BYTES);
  const count = readSync(fd, bytes, 0, SHOWN_BYTES, 0);
  closeSync(fd);
  return bytes.subarray(0, count);
}

function contentText(linkCount: number, sizeBytes: number, start: Uint8Array): string {
  return `${linkCount} ${sizeBytes} ${Buffer.from(start).toString('hex')}`;
}

export function removeFixture(root: string): void {
  rmSync(root, { recursive: true, force: true });
}
