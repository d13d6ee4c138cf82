/**
 * The state of preview 1 as text (JSON), and back: arguments, variables, descriptors. A file is saved by the names
 * that led to it from a preopened directory, and opened again by them; so it must still be there. What files hold,
 * and what streams have in store, is the host's.
 */
import { decodeUtf8, encodeUtf8 } from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import { type FileStat, type HostDirectory, HostError, type InputStream, type OutputStream } from '../host/host.ts';
import type { WasiContext } from './context.ts';
import {
  type Descriptor,
  type DescriptorTable,
  type DirectoryDescriptor,
  type FileDescriptor,
  type Listing,
  MAX_DESCRIPTORS,
  type Origin,
  release,
} from './descriptors.ts';
import type { SteadyClock } from './steady-clock.ts';
import { Fdflags, Filetype } from './types.ts';

export interface SavedStreams {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

export interface RestoreOptions {
  /**
   * Read and drop what the guest has read from its standard input already: for an input that begins anew, such as
   * a file. Default: false; the guest goes on with what the input gives next.
   */
  readonly skipInput?: boolean | undefined;
}

type Context = WasiContext & { readonly clock: SteadyClock };

const FORMAT = 'wasi-preview1';

// Saving

export function saveContext(context: Context, streams: SavedStreams): string {
  const { descriptors } = context;
  descriptors.flush();
  return JSON.stringify({
    format: FORMAT,
    args: context.args.map(text),
    environ: context.environ.map(text),
    monotonicNs: String(context.clock.lastNs),
    descriptors: descriptors.open.map(([fd, descriptor]) => ({
      fd,
      ...savedDescriptor(fd, descriptor, descriptors.roots, streams),
    })),
  });
}

function text(bytes: Uint8Array): string {
  return decodeUtf8(bytes, 0, bytes.length)!;
}

function savedDescriptor(
  fd: number,
  descriptor: Descriptor,
  roots: DescriptorTable['roots'],
  streams: SavedStreams,
): object {
  if (descriptor.kind === 'input') return { stream: 'stdin', readCount: descriptor.readCount };
  if (descriptor.kind === 'output') return { stream: descriptor.stream === streams.stdout ? 'stdout' : 'stderr' };
  if (descriptor.kind === 'socket' || descriptor.kind === 'listener') {
    throw new SnapshotError(`descriptor ${fd} is a ${descriptor.kind}, which cannot be opened again elsewhere`);
  }
  const { origin } = descriptor;
  const isPreopen = descriptor.kind === 'directory' && descriptor.preopenName !== undefined;
  if (!isPreopen) checkStillThere(fd, descriptor, roots);
  const place = { preopen: origin.preopenName, names: origin.names };
  if (descriptor.kind === 'file') {
    const { readable, writable, flags, offset } = descriptor;
    return { file: place, readable, writable, flags, offset };
  }
  const listing = descriptor.listing?.map(({ name, inode, filetype }) => [text(name), String(inode), filetype]);
  return { [isPreopen ? 'preopen' : 'directory']: place, listing };
}

/** @throws {SnapshotError} when the descriptor's names lead to something else by now, or to nothing */
function checkStillThere(
  fd: number,
  descriptor: FileDescriptor | DirectoryDescriptor,
  roots: DescriptorTable['roots'],
) {
  const { origin } = descriptor;
  const fail = (why: string): never => {
    throw new SnapshotError(`descriptor ${fd} (${pathText(origin)}) cannot be opened again: ${why}`);
  };
  let found: FileStat;
  let own: FileStat;
  try {
    own = descriptor.kind === 'file' ? descriptor.file.stat() : descriptor.directory.stat();
    const root = roots.get(origin.preopenName)!;
    found = below(root, origin.names, (directory, name) =>
      name === undefined ? directory.stat() : directory.statEntry(name),
    );
  } catch (error) {
    return fail(error instanceof HostError ? `it is no longer there (${error.code})` : String(error));
  }
  if (own.type !== 'file' && own.type !== 'directory' && own.type !== 'character-device') fail(`it is a ${own.type}`);
  if (own.inode !== found.inode || own.device !== found.device) fail('another file has its name now');
}

/** Calls `act` with the directory that holds the last of `names`, and that name; none for `root` itself. */
function below<T>(
  root: HostDirectory,
  names: readonly string[],
  act: (directory: HostDirectory, name: string | undefined) => T,
): T {
  const opened: HostDirectory[] = [];
  let directory = root;
  try {
    for (const name of names.slice(0, -1)) {
      directory = directory.openDirectory(name);
      opened.push(directory);
    }
    return act(directory, names[names.length - 1]);
  } finally {
    for (const each of opened) each.close();
  }
}

function pathText({ preopenName, names }: Origin): string {
  return names.length === 0 ? preopenName : `${preopenName.replace(/\/$/, '')}/${names.join('/')}`;
}

// Restoring

/** What was read of a saved state, which may be anybody's. */
type Json = { readonly [key: string]: unknown };

function wrong(what: string): never {
  throw new SnapshotError(`the saved state of WASI is wrong: ${what}`);
}

function objectOf(value: unknown, what: string): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : wrong(what);
}

function listOf<T>(value: unknown, what: string, read: (item: unknown) => T): T[] {
  return Array.isArray(value) ? value.map(read) : wrong(what);
}

function stringOf(value: unknown, what: string): string {
  return typeof value === 'string' ? value : wrong(what);
}

function countOf(value: unknown, limit: number, what: string): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= limit ? value : wrong(what);
}

function flagOf(value: unknown, what: string): boolean {
  return typeof value === 'boolean' ? value : wrong(what);
}

function bigintOf(value: unknown, what: string): bigint {
  return typeof value === 'string' && /^[0-9]{1,20}$/.test(value) ? BigInt(value) : wrong(what);
}

/** A text that a guest can be given. */
function guestTextOf(value: unknown, what: string): Uint8Array {
  const found = stringOf(value, what);
  return found.includes('\0') ? wrong(what) : encodeUtf8(found);
}

/** A name that no host takes for a way elsewhere. */
function nameOf(value: unknown): string {
  const name = stringOf(value, 'a name');
  const isPlain = name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name);
  return isPlain ? name : wrong(`${JSON.stringify(name)} names no file`);
}

export function restoreContext(context: Context, streams: SavedStreams, json: string, options: RestoreOptions): void {
  const saved = objectOf(parse(json), 'no object');
  if (saved.format !== FORMAT) wrong(`its format is not ${FORMAT}`);
  const args = listOf(saved.args, 'args', (arg) => guestTextOf(arg, 'an argument'));
  const environ = listOf(saved.environ, 'environ', (entry) => guestTextOf(entry, 'a variable'));
  const monotonicNs = bigintOf(saved.monotonicNs, 'monotonicNs');
  const descriptors = openDescriptors(saved.descriptors, context.descriptors.roots, streams);
  for (const [, descriptor] of context.descriptors.open) release(descriptor);
  context.descriptors.replaceAll(descriptors);
  context.args = args;
  context.environ = [...environ.filter((entry) => !isIn(context.environ, entry)), ...context.environ];
  context.clock.lastNs = monotonicNs;
  if (options.skipInput) skipInput(descriptors);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return wrong('it is no JSON');
  }
}

/** Whether a variable of the same name is among `environ`. */
function isIn(environ: readonly Uint8Array[], entry: Uint8Array): boolean {
  const nameIn = (bytes: Uint8Array) => text(bytes).split('=', 1)[0];
  const name = nameIn(entry);
  return environ.some((each) => nameIn(each) === name);
}

function openDescriptors(
  saved: unknown,
  roots: DescriptorTable['roots'],
  streams: SavedStreams,
): Map<number, Descriptor> {
  const descriptors = new Map<number, Descriptor>();
  try {
    listOf(saved, 'descriptors', (item) => {
      const record = objectOf(item, 'a descriptor');
      const fd = countOf(record.fd, MAX_DESCRIPTORS - 1, 'the number of a descriptor');
      if (descriptors.has(fd)) wrong(`descriptor ${fd} is there twice`);
      descriptors.set(fd, openDescriptor(fd, record, roots, streams));
    });
    return descriptors;
  } catch (error) {
    for (const descriptor of descriptors.values()) release(descriptor);
    throw error;
  }
}

function openDescriptor(fd: number, record: Json, roots: DescriptorTable['roots'], streams: SavedStreams): Descriptor {
  const { stream } = record;
  if (stream === 'stdin') {
    return { kind: 'input', stream: streams.stdin, readCount: countOf(record.readCount, MAX_OFFSET, 'readCount') };
  }
  if (stream === 'stdout' || stream === 'stderr') return { kind: 'output', stream: streams[stream] };
  const origin = originOf(record.file ?? record.directory ?? record.preopen);
  const root = roots.get(origin.preopenName);
  if (root === undefined) {
    throw new SnapshotError(
      `descriptor ${fd} (${pathText(origin)}) cannot be opened again: the guest is not granted ${origin.preopenName}`,
    );
  }
  try {
    if (record.file !== undefined) return openFile(record, root, origin);
    return openDirectory(record, root, origin);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new SnapshotError(`descriptor ${fd} (${pathText(origin)}) cannot be opened again: ${error.message}`);
  }
}

const MAX_OFFSET = Number.MAX_SAFE_INTEGER;

function originOf(value: unknown): Origin {
  const record = objectOf(value, 'what a descriptor is');
  const preopenName = stringOf(record.preopen, 'the name of a directory');
  return { preopenName, names: listOf(record.names, 'names', nameOf) };
}

function openFile(record: Json, root: HostDirectory, origin: Origin): FileDescriptor {
  const readable = flagOf(record.readable, 'readable');
  const writable = flagOf(record.writable, 'writable');
  const flags = countOf(record.flags, Fdflags.append | Fdflags.nonblock, 'flags') & (Fdflags.append | Fdflags.nonblock);
  const offset = countOf(record.offset, MAX_OFFSET, 'offset');
  const how = { read: readable, write: writable, create: false, exclusive: false, truncate: false };
  const file = below(root, origin.names, (directory, name) =>
    name === undefined ? wrong('a file without a name') : directory.openFile(name, how),
  );
  return { kind: 'file', file, readable, writable, origin, flags, offset };
}

function openDirectory(record: Json, root: HostDirectory, origin: Origin): DirectoryDescriptor {
  const listing = record.listing === undefined ? undefined : listOf(record.listing, 'listing', entryOf);
  if (record.directory === undefined) {
    if (origin.names.length > 0) wrong('a preopened directory below another');
    return { kind: 'directory', directory: root, origin, preopenName: encodeUtf8(origin.preopenName), listing };
  }
  const directory = below(root, origin.names, (parent, name) =>
    name === undefined ? parent.reopen() : parent.openDirectory(name),
  );
  return { kind: 'directory', directory, origin, preopenName: undefined, listing };
}

function entryOf(value: unknown): Listing[number] {
  const [name, inode, filetype] = listOf(value, 'an entry', (item) => item);
  return {
    name: encodeUtf8(stringOf(name, 'the name of an entry')),
    inode: bigintOf(inode, 'the inode of an entry'),
    filetype: countOf(filetype, Filetype.symbolicLink, 'the type of an entry'),
  };
}

const SKIP_BYTES = 65536;

function skipInput(descriptors: ReadonlyMap<number, Descriptor>): void {
  const input = [...descriptors.values()].find((descriptor) => descriptor.kind === 'input');
  if (input === undefined) return;
  const buffer = new Uint8Array(SKIP_BYTES);
  for (let left = input.readCount; left > 0; ) {
    const count = input.stream.read(buffer.subarray(0, Math.min(left, SKIP_BYTES)));
    if (typeof count !== 'number') throw new SnapshotError('an input that is not there at once cannot be skipped');
    if (count === 0) return;
    left -= count;
  }
}
