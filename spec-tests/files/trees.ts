/** Files to begin with, as data, and the folders that they become: on this machine, and in memory. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HostDirectory, memoryDirectory } from '../../src/wasi/index.ts';

/** A text is a file. */
export interface Tree {
  readonly [name: string]: string | Tree | Link | Special;
}

interface Link {
  readonly linksTo: string;
}

/** What only this machine has. */
interface Special {
  readonly made: 'fifo' | 'socket';
}

export function link(linksTo: string): Link {
  return { linksTo };
}

export function special(made: Special['made']): Special {
  return { made };
}

const isLink = (node: object): node is Link => typeof (node as Link).linksTo === 'string';
const isSpecial = (node: object): node is Special => typeof (node as Special).made === 'string';

export function makeTree(path: string, tree: Tree): void {
  mkdirSync(path, { recursive: true });
  for (const [name, node] of Object.entries(tree)) {
    const at = join(path, name);
    if (typeof node === 'string') writeFileSync(at, node);
    else if (isLink(node)) symlinkSync(node.linksTo, at);
    else if (isSpecial(node)) makeSpecial(at, node.made);
    else makeTree(at, node);
  }
}

function makeSpecial(path: string, made: Special['made']): void {
  const socket = `import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])`;
  const { status } = made === 'fifo' ? spawnSync('mkfifo', [path]) : spawnSync('python3', ['-c', socket, path]);
  if (status !== 0) throw new Error(`cannot make ${path}`);
}

/** Fills a directory through the host interface alone. */
export function fillDirectory(directory: HostDirectory, tree: Tree): HostDirectory {
  for (const [name, node] of Object.entries(tree)) {
    if (typeof node === 'string') {
      const how = { read: true, write: true, create: true, exclusive: true, truncate: false };
      const file = directory.openFile(name, how);
      file.write(new TextEncoder().encode(node), 0);
      file.close();
    } else if (isLink(node)) {
      directory.createSymbolicLink(name, node.linksTo);
    } else if (!isSpecial(node)) {
      directory.createDirectory(name);
      const below = directory.openDirectory(name);
      fillDirectory(below, node);
      below.close();
    }
  }
  return directory;
}

export function treeInMemory(tree: Tree): HostDirectory {
  return fillDirectory(memoryDirectory(), tree);
}

export function needsMachine(tree: Tree): boolean {
  return Object.values(tree).some(
    (node) => typeof node === 'object' && !isLink(node) && (isSpecial(node) || needsMachine(node)),
  );
}
