/** Where arguments stand in a sequence's memory, and the descriptors that every sequence begins with. */
import type { FunctionName } from '../../src/wasi/index.ts';
import type { Placed, Step } from './sequence.ts';

export const RESULT = 1024;
export const SECOND_RESULT = 1040;
export const FIRST_TEXT = 2048;
export const SECOND_TEXT = 3072;
export const IOVECS = 4096;
export const BUFFER = 8192;
export const BUFFER_BYTES = 512;
export const SUBSCRIPTIONS = 16384;
export const EVENTS = 20480;

export const FD_READ = 2n;
export const FD_WRITE = 64n;

/** A text's pointer and length, and the bytes to be placed. */
export function placeText(text: string | Uint8Array, address: number): { args: [number, number]; bytes: Placed[] } {
  const buffer = Buffer.from(text);
  return { args: [address, buffer.length], bytes: buffer.length === 0 ? [] : [[address, buffer.toString('hex')]] };
}

export interface OpenRequest {
  readonly base?: number;
  readonly follow?: number;
  readonly oflags?: number;
  readonly rights?: bigint;
  readonly fdflags?: number;
}

export function open(path: string, request: OpenRequest = {}): Step {
  const { base = 3, follow = 1, oflags = 0, rights = FD_READ | FD_WRITE, fdflags = 0 } = request;
  const { args, bytes } = placeText(path, FIRST_TEXT);
  return { call: 'path_open', args: [base, follow, ...args, oflags, rights, 0n, fdflags, RESULT], bytes };
}

/** Numbers of the descriptors that `prelude` opens. */
export const Fd = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  granted: 3,
  other: 4,
  /** `hello.txt`, read and write, at its offset 2. */
  file: 5,
  directory: 6,
  readOnly: 7,
  writeOnly: 8,
  appending: 9,
  otherFile: 10,
  closed: 11,
} as const;

/** Opens what `Fd` names; the numbers are the lowest free ones. */
export const prelude: readonly Step[] = [
  open('hello.txt'),
  open('sub', { rights: FD_READ }),
  open('sub/x.txt', { rights: FD_READ }),
  open('empty', { rights: FD_WRITE }),
  open('full/one', { fdflags: 1 }),
  open('data.bin', { base: 4 }),
  open('hello2'),
  { call: 'fd_close', args: [Fd.closed] },
  { call: 'fd_seek', args: [Fd.file, 2n, 0, RESULT] },
];

const everyFd = [...Object.values(Fd), 12];

/** Asks for what calls before may have changed: kinds, flags and offsets of all descriptors. */
export const epilogue: readonly Step[] = everyFd.flatMap((fd) =>
  (['fd_fdstat_get', 'fd_tell'] as readonly FunctionName[]).map((call) => ({ call, args: [fd, RESULT] })),
);

/** Buffers and the list that names them, each filled with `fill` when given. */
export function placeIovecs(
  buffers: readonly (readonly [address: number, length: number])[],
  address: number = IOVECS,
): Placed[] {
  const list = Buffer.alloc(buffers.length * 8);
  for (const [index, [pointer, length]] of buffers.entries()) {
    list.writeUInt32LE(pointer >>> 0, index * 8);
    list.writeUInt32LE(length >>> 0, index * 8 + 4);
  }
  return buffers.length === 0 ? [] : [[address, list.toString('hex')]];
}

export interface ClockWish {
  readonly kind: 'clock';
  readonly id: number;
  readonly timeoutNs: bigint;
  readonly flags: number;
}

export interface FdWish {
  readonly kind: 'fd';
  readonly tag: number;
  readonly fd: number;
}

/** The 48 bytes of one subscription. */
export function subscriptionBytes(userdata: bigint, wish: ClockWish | FdWish): Buffer {
  const bytes = Buffer.alloc(48);
  bytes.writeBigUInt64LE(userdata, 0);
  if (wish.kind === 'fd') {
    bytes.writeUInt8(wish.tag, 8);
    bytes.writeUInt32LE(wish.fd >>> 0, 16);
    return bytes;
  }
  bytes.writeUInt32LE(wish.id >>> 0, 16);
  bytes.writeBigUInt64LE(wish.timeoutNs, 24);
  bytes.writeUInt16LE(wish.flags, 40);
  return bytes;
}
