/**
 * Sockets: `sock_accept`, `sock_recv`, `sock_send`, `sock_shutdown`.
 *
 * Preview 1 cannot make a socket, only inherit one, and none is handed down: every descriptor is
 * something else. So the answer is `notsock`, or `badf` for a number that stands for nothing.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#sock_accept
 */
import type { GuestMemory } from './abi.ts';
import type { WasiContext } from './context.ts';
import { Errno } from './errno.ts';

/**
 * `sock_accept`, `sock_recv`, `sock_send`, `sock_shutdown` — would act on a socket.
 *
 * @param fd the descriptor; the further parameters are not looked at
 * @returns errno
 *   - `badf` (8): `fd` stands for nothing
 *   - `notsock` (57): `fd` is a stream, file or directory
 */
export function notASocket(context: WasiContext, _memory: GuestMemory, fd: number): Errno {
  context.descriptors.get(fd);
  return Errno.notsock;
}
