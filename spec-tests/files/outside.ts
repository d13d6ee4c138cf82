/** A folder that is granted, and beside it what must stay out of reach: what there is, and whether it was touched. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { makeTree, type Tree } from './trees.ts';

/** Bytes that no guest may ever see. */
export const SECRET = 'what nobody inside may read';

/** Makes `path/granted` with the given files, and `path/outside` with secrets under the names that are inside too. */
export function makeSurroundings(path: string, granted: Tree): { granted: string; outside: string } {
  mkdirSync(path, { recursive: true });
  makeTree(join(path, 'granted'), granted);
  makeTree(join(path, 'outside'), {
    'secret.txt': SECRET,
    'file.txt': SECRET,
    folder: { 'secret.txt': SECRET, 'file.txt': SECRET },
    empty: {},
  });
  makeTree(path, { 'secret.txt': SECRET, 'file.txt': SECRET });
  return { granted: join(path, 'granted'), outside: join(path, 'outside') };
}

/** Everything about the files below `path`, without `except`: changes of any kind show. Reading changes only atimes. */
export function fingerprint(path: string, except: string): string[] {
  return readdirSync(path)
    .sort()
    .filter((name) => join(path, name) !== except)
    .flatMap((name) => {
      const at = join(path, name);
      const stat = lstatSync(at, { bigint: true });
      const content = stat.isFile() ? readFileSync(at, 'utf8') : stat.isSymbolicLink() ? readlinkSync(at) : '';
      const line = [at, stat.ino, stat.mode, stat.nlink, stat.size, stat.mtimeNs, stat.ctimeNs, content].join(' ');
      return stat.isDirectory() ? [line, ...fingerprint(at, except)] : [line];
    });
}

/** The inodes outside, the folder above what is granted among them. */
export function inodesOutside(path: string, except: string): Set<bigint> {
  const inodes = new Set([lstatSync(path, { bigint: true }).ino]);
  for (const name of readdirSync(path)) {
    const at = join(path, name);
    if (at === except) continue;
    const stat = lstatSync(at, { bigint: true });
    inodes.add(stat.ino);
    if (stat.isDirectory()) for (const inode of inodesOutside(at, except)) inodes.add(inode);
  }
  return inodes;
}
