/**
 * Sockets: `sock_accept`, `sock_recv`, `sock_send`, `sock_shutdown`.
 *
 * Preview 1 cannot make a socket, only inherit one: listeners are granted by the embedder, and connections come from
 * them. `fd_read`, `fd_write` and `poll_oneoff` take connections too. For any other descriptor the answer is `notsock`.
 */
import { HostError } from '../host/host.ts';
import { addressOf, type GuestMemory, loadIovecs, storeU16, storeU32 } from './abi.ts';
import type { Outcome, WasiContext } from './context.ts';
import type { ListenerDescriptor, SocketDescriptor } from './descriptors.ts';
import { Errno } from './errno.ts';
import { readStream, refuseToWait, untilOpen, writeStream } from './streaming.ts';
import { suspend } from './suspension.ts';
import { Fdflags, Riflags, Sdflags } from './types.ts';

const ALL_RIFLAGS = Riflags.recvPeek | Riflags.recvWaitall;
const ALL_SDFLAGS = Sdflags.rd | Sdflags.wr;

/**
 * `sock_accept(fd: i32, flags: i32, ro_fd: i32) -> errno` — accepts a connection, and waits until there is one.
 *
 * A guest that runs asynchronously is suspended meanwhile.
 *
 * @param fd      a listener
 * @param flags   4 nonblock: of the new descriptor; 0 otherwise
 * @param roFdPtr guest byte address of the result, a multiple of 4: the connection's descriptor, u32
 * @returns errno
 *   - `success` (0)
 *   - `again` (6): nobody has connected, and the listener has the flag `nonblock`
 *   - `badf` (8): `fd` stands for nothing, or was closed while the call waited
 *   - `inval` (28): `fd` is a connection, or an unknown flag
 *   - `mfile` (33): no descriptor is free; the connection is closed
 *   - `notsock` (57): `fd` is a stream, file or directory
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`
 * @throws {UsageError} when a guest that runs synchronously would have to wait
 *
 * For a connection that becomes descriptor 5, `roFdPtr = 8`:
 *
 *     byte      7  8  9 10 11 12
 *     memory    ?  05 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#sock_accept
 */
export function sockAccept(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  flags: number,
  roFdPtr: number,
): Outcome {
  const descriptor = socketOf(context, fd);
  if (descriptor.kind === 'socket' || (flags & ~Fdflags.nonblock) !== 0) return Errno.inval;
  addressOf(memory, roFdPtr, 4, 4);
  const accept = (): Errno | undefined => {
    const socket = descriptor.listener.tryAccept();
    if (socket === undefined) return undefined;
    try {
      storeU32(memory, roFdPtr, context.descriptors.add({ kind: 'socket', socket, flags }));
    } catch (error) {
      socket.close();
      throw error;
    }
    return Errno.success;
  };
  const outcome = accept();
  if (outcome !== undefined) return outcome;
  if ((descriptor.flags & Fdflags.nonblock) !== 0) return Errno.again;
  if (!context.maySuspend) return refuseToWait('sock_accept');
  return suspend(async (until) => {
    for (;;) {
      await untilOpen(context, descriptor, until, descriptor.listener.untilConnected());
      const late = accept();
      if (late !== undefined) return late;
    }
  });
}

/**
 * `sock_recv(fd: i32, ri_data: i32, ri_data_len: i32, ri_flags: i32, ro_datalen: i32, ro_flags: i32) -> errno` —
 * receives bytes, waiting for at least one.
 *
 * A guest that runs asynchronously is suspended meanwhile.
 *
 * @param iovsPtr      guest byte address of the buffers' list, a multiple of 4 (picture at `loadIovecs`)
 * @param iovsCount    number of buffers, filled one after the other
 * @param riFlags      1 recv_peek: what is received stays; 2 recv_waitall: waits until the buffers are full, or the end
 * @param roDatalenPtr guest byte address of a result, a multiple of 4: bytes received, u32; 0 at the end
 * @param roFlagsPtr   guest byte address of a result, a multiple of 2: flags, u16; 1 recv_data_truncated never
 *                     happens, as connections are streams of bytes
 * @returns errno
 *   - `success` (0)
 *   - `again` (6): nothing has arrived, and the socket has the flag `nonblock`
 *   - `badf` (8): `fd` stands for nothing, or was closed while the call waited
 *   - `connreset` (15) and what else the host reports
 *   - `inval` (28): an unknown flag, or the buffers hold more than 2^32 - 1 bytes
 *   - `notconn` (53): `fd` is a listener
 *   - `notsock` (57): `fd` is a stream, file or directory
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`, before anything is received
 * @throws {UsageError} when a guest that runs synchronously would have to wait
 *
 * For `hey` in a buffer at 40, `roDatalenPtr = 48` and `roFlagsPtr = 52`:
 *
 *     byte     39 40 41 42 43 … 47 48 49 50 51 52 53 54
 *     memory    ?  h  e  y  ? …  ? 03 00 00 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#sock_recv
 */
export function sockRecv(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  iovsPtr: number,
  iovsCount: number,
  riFlags: number,
  roDatalenPtr: number,
  roFlagsPtr: number,
): Outcome {
  const descriptor = connectionOf(context, fd);
  if ((riFlags & ~ALL_RIFLAGS) !== 0) return Errno.inval;
  loadIovecs(memory, iovsPtr, iovsCount);
  addressOf(memory, roDatalenPtr, 4, 4);
  addressOf(memory, roFlagsPtr, 2, 2);
  const store = (byteCount: number) => {
    storeU32(memory, roDatalenPtr, byteCount);
    storeU16(memory, roFlagsPtr, 0);
  };
  return readStream(context, memory, descriptor, iovsPtr, iovsCount, store, {
    peek: (riFlags & Riflags.recvPeek) !== 0,
    waitAll: (riFlags & Riflags.recvWaitall) !== 0,
  });
}

/**
 * `sock_send(fd: i32, si_data: i32, si_data_len: i32, si_flags: i32, so_datalen: i32) -> errno` — sends bytes.
 *
 * All of them, waiting for room; a guest that runs asynchronously is suspended meanwhile.
 *
 * @param iovsPtr      guest byte address of the buffers' list, a multiple of 4 (picture at `loadIovecs`)
 * @param iovsCount    number of buffers, sent one after the other
 * @param siFlags      0, as there are none
 * @param soDatalenPtr guest byte address of the result, a multiple of 4: bytes sent, u32; fewer than given only with
 *                     the flag `nonblock`
 * @returns errno
 *   - `success` (0)
 *   - `again` (6): there is no room at all, and the socket has the flag `nonblock`
 *   - `badf` (8): `fd` stands for nothing, or was closed while the call waited
 *   - `inval` (28): a flag, or the buffers hold more than 2^32 - 1 bytes
 *   - `notconn` (53): `fd` is a listener
 *   - `notsock` (57): `fd` is a stream, file or directory
 *   - `pipe` (64): the other side does not receive any more, or this one has ended sending
 *   - `connreset` (15) and what else the host reports
 * @throws {Trap} `out of bounds memory access`, `unaligned pointer`, before anything is sent
 * @throws {UsageError} when a guest that runs synchronously would have to wait
 *
 * For 3 bytes and `soDatalenPtr = 8`:
 *
 *     byte      7  8  9 10 11 12
 *     memory    ?  03 00 00 00 ?
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#sock_send
 */
export function sockSend(
  context: WasiContext,
  memory: GuestMemory,
  fd: number,
  iovsPtr: number,
  iovsCount: number,
  siFlags: number,
  soDatalenPtr: number,
): Outcome {
  const descriptor = connectionOf(context, fd);
  if (siFlags !== 0) return Errno.inval;
  loadIovecs(memory, iovsPtr, iovsCount);
  addressOf(memory, soDatalenPtr, 4, 4);
  return writeStream(context, memory, descriptor, iovsPtr, iovsCount, soDatalenPtr);
}

/**
 * `sock_shutdown(fd: i32, how: i32) -> errno` — ends one direction of a connection, or both.
 *
 * @param how 1 receiving: reads give the end; 2 sending: the other side reads the end after what was sent before
 * @returns errno
 *   - `success` (0)
 *   - `badf` (8): `fd` stands for nothing
 *   - `inval` (28): neither direction, or an unknown one
 *   - `notconn` (53): `fd` is a listener
 *   - `notsock` (57): `fd` is a stream, file or directory
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#sock_shutdown
 */
export function sockShutdown(context: WasiContext, _memory: GuestMemory, fd: number, how: number): Errno {
  const { socket } = connectionOf(context, fd);
  if (how === 0 || (how & ~ALL_SDFLAGS) !== 0) return Errno.inval;
  socket.shutdown({ read: (how & Sdflags.rd) !== 0, write: (how & Sdflags.wr) !== 0 });
  return Errno.success;
}

/** @throws {HostError} EBADF, ENOTSOCK */
function socketOf(context: WasiContext, fd: number): SocketDescriptor | ListenerDescriptor {
  const descriptor = context.descriptors.get(fd);
  if (descriptor.kind !== 'socket' && descriptor.kind !== 'listener') throw new HostError('ENOTSOCK');
  return descriptor;
}

/** @throws {HostError} EBADF, ENOTSOCK, ENOTCONN */
function connectionOf(context: WasiContext, fd: number): SocketDescriptor {
  const descriptor = socketOf(context, fd);
  if (descriptor.kind === 'listener') throw new HostError('ENOTCONN');
  return descriptor;
}
