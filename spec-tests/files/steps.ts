/**
 * Calls of preview 1 as data, for comparing what several back ends answer: a step becomes a raw call on a
 * guest's memory, and what the call left there becomes one line of text.
 */
import { type FunctionName, signatures } from '../../src/wasi/index.ts';
import { errnoRows } from '../../src/wasi/preview1/errno.ts';
import { Dirent, Fdstat, Filestat } from '../../src/wasi/preview1/types.ts';

/**
 * A function and its arguments as one thinks of them: a text for pointer and length, for buffers to read into
 * their length, for buffers to write from a text; results are left out.
 */
export type Step = readonly [name: FunctionName, ...args: readonly (number | bigint | string | Uint8Array)[]];

/** What to put into memory, and what to call. */
export interface RawCall {
  readonly name: FunctionName;
  readonly args: readonly (number | bigint)[];
  readonly writes: readonly (readonly [address: number, bytes: Uint8Array])[];
}

/** Bytes of memory that steps use: results, the buffers' list, buffers, texts. */
export const MEMORY_BYTES = 65536 * 4;
const RESULT = 64;
const IOVEC = 512;
const BUFFER = 1024;
const BUFFER_BYTES = 65536;
const TEXTS = BUFFER + BUFFER_BYTES;

function wordBytes(...words: readonly number[]): Uint8Array {
  return new Uint8Array(new Uint32Array(words).buffer);
}

export function rawCall([name, ...given]: Step): RawCall {
  const args: (number | bigint)[] = [];
  const writes: [number, Uint8Array][] = [];
  const next = () => given.shift()!;
  let textEnd = TEXTS;
  let resultEnd = RESULT;
  const { parameters } = signatures[name];
  for (let i = 0; i < parameters.length; i++) {
    const [parameter, kind] = parameters[i]!;
    if (kind === 'text') {
      const text = next();
      const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : (text as Uint8Array);
      writes.push([textEnd, bytes]);
      args.push(textEnd, bytes.length);
      textEnd += bytes.length;
      i++;
    } else if (kind === 'pointer') {
      const content = next();
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(Number(content));
      writes.push([BUFFER, bytes]);
      if (parameter === 'iovs') {
        writes.push([IOVEC, wordBytes(BUFFER, bytes.length)]);
        args.push(IOVEC, 1);
      } else {
        args.push(BUFFER, bytes.length);
      }
      i++;
    } else if (kind === 'result') {
      writes.push([resultEnd, new Uint8Array(64)]);
      args.push(resultEnd);
      resultEnd += 64;
    } else {
      args.push(next() as number | bigint);
    }
  }
  if (given.length > 0) throw new Error(`${name}: too many arguments`);
  return { name, args, writes };
}

const filetypes = ['unknown', 'block', 'character', 'directory', 'file', 'dgram', 'socket', 'link'];

/** What a call answered: the errno's name, and what was stored when that is `success`. */
export function answerText({ name, args }: RawCall, errno: number, memory: Uint8Array): string {
  const row = errnoRows[errno];
  if (row?.name !== 'success') return row?.name ?? `errno ${errno}`;
  const stored = storedText(name, args, memory);
  return stored === '' ? 'success' : `success ${stored}`;
}

function storedText(name: FunctionName, args: RawCall['args'], memory: Uint8Array): string {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const count = () => view.getUint32(RESULT, true);
  switch (name) {
    case 'path_open':
    case 'fd_write':
    case 'fd_pwrite':
      return String(count());
    case 'fd_seek':
    case 'fd_tell':
      return String(view.getBigUint64(RESULT, true));
    case 'fd_read':
    case 'fd_pread':
    case 'path_readlink':
      return count() > 100 ? `${count()} bytes` : JSON.stringify(textIn(memory, BUFFER, count()));
    case 'fd_filestat_get':
    case 'path_filestat_get': {
      const type = filetypes[view.getUint8(RESULT + Filestat.filetype)]!;
      // What directories count as size and links differs from one file system to the next.
      if (type === 'directory') return type;
      const size = view.getBigUint64(RESULT + Filestat.fileSize, true);
      return `${type} size=${size} links=${view.getBigUint64(RESULT + Filestat.linkCount, true)}`;
    }
    case 'fd_fdstat_get': {
      const type = filetypes[view.getUint8(RESULT + Fdstat.filetype)]!;
      const flags = view.getUint16(RESULT + Fdstat.flags, true);
      const rights = (offset: number) => view.getBigUint64(RESULT + offset, true).toString(16);
      return `${type} flags=${flags} ${rights(Fdstat.rightsBase)} ${rights(Fdstat.rightsInheriting)}`;
    }
    case 'fd_readdir':
      return (
        entriesIn(memory, count())
          .map(({ name, type }) => `${name}:${type}`)
          .sort()
          .join(' ') + (count() < Number(args[2]) ? '' : ' …')
      );
    default:
      return '';
  }
}

function textIn(memory: Uint8Array, start: number, length: number): string {
  return new TextDecoder().decode(memory.slice(start, start + length));
}

/** The whole entries that `fd_readdir` stored. */
export function entriesIn(memory: Uint8Array, byteCount: number) {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const entries: { name: string; type: string; next: bigint; inode: bigint }[] = [];
  for (let at = BUFFER; at + Dirent.size <= BUFFER + byteCount; ) {
    const length = view.getUint32(at + Dirent.nameLength, true);
    const end = at + Dirent.size + length;
    if (end > BUFFER + byteCount) break;
    entries.push({
      name: textIn(memory, at + Dirent.size, length),
      type: filetypes[view.getUint8(at + Dirent.filetype)]!,
      next: view.getBigUint64(at + Dirent.next, true),
      inode: view.getBigUint64(at + Dirent.inode, true),
    });
    at = end;
  }
  return entries;
}
