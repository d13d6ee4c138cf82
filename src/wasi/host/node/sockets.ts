/**
 * TCP by Node: listeners to be granted to a guest, and the connections that they accept.
 *
 * Only while a guest waits for them do they keep the process alive.
 */
import type { Server, Socket } from 'node:net';
import { HostError, type HostErrorCode } from '../host.ts';
import { Bell, type HostListener, type HostSocket, type Readiness, type Wait } from '../waiting.ts';
import { codeOf } from './errors.ts';

/** Most that one write hands over; Node keeps what the network does not take. */
const MAX_WRITE_BYTES = 65_536;

/** Connections that wait to be accepted; more are refused. */
const MAX_WAITING = 511;

export interface NodeListener extends HostListener {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens for TCP connections.
 *
 * @param port 0: any that is free
 * @throws {HostError} EADDRINUSE, EADDRNOTAVAIL, EACCES
 */
export function listenTcp(host: string, port: number): Promise<NodeListener> {
  return listen({ host, port });
}

/**
 * Takes over a listening socket that this process has inherited, as `systemd` and others hand them down from 3 on.
 *
 * @throws {HostError} EBADF, EINVAL
 */
export function listenOn(fd: number): Promise<NodeListener> {
  return listen({ fd });
}

function listen(where: { host: string; port: number } | { fd: number }): Promise<NodeListener> {
  // Loaded here, as it costs milliseconds of a start.
  const server = process.getBuiltinModule('node:net').createServer({ allowHalfOpen: true, pauseOnConnect: true });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(hostErrorOf(error)));
    server.listen(where, () => resolve(new TcpListener(server)));
  });
}

function hostErrorOf(error: Error): HostError {
  return new HostError((codeOf(error) ?? 'EIO') as HostErrorCode, error.message);
}

class TcpListener implements NodeListener {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  readonly #bell: Bell;

  constructor(server: Server) {
    this.#server = server;
    this.#bell = new Bell({ onFirst: () => server.ref(), onLast: () => server.unref() });
    const address = server.address();
    [this.host, this.port] =
      typeof address === 'object' && address !== null ? [address.address, address.port] : ['', 0];
    server.unref();
    // Node goes on listening after a failed accept; the client hears of it.
    server.on('error', () => undefined);
    server.on('connection', (socket) => {
      socket.unref();
      // Until it is accepted, nobody else listens for its failure.
      socket.on('error', () => undefined);
      if (this.#waiting.length >= MAX_WAITING) socket.destroy();
      else this.#waiting.push(socket);
      this.#bell.ring();
    });
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  tryAccept(): HostSocket | undefined {
    const socket = this.#waiting.shift();
    return socket && new TcpSocket(socket);
  }

  untilConnected(): Wait {
    return this.#bell.wait();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }
}

class TcpSocket implements HostSocket {
  readonly isOutside = false;
  readonly #socket: Socket;
  readonly #readable: Bell;
  readonly #writable: Bell;
  #failure: HostError | undefined;
  #hasEnded = false;
  #isReadShut = false;
  #isWriteShut = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    const hooks = {
      onFirst: () => socket.ref(),
      onLast: () => {
        if (!this.#readable.isAwaited && !this.#writable.isAwaited) socket.unref();
      },
    };
    this.#readable = new Bell(hooks);
    this.#writable = new Bell(hooks);
    const ring = () => {
      this.#readable.ring();
      this.#writable.ring();
    };
    socket.on('readable', () => this.#readable.ring());
    socket.on('drain', () => this.#writable.ring());
    socket.on('end', () => {
      this.#hasEnded = true;
      ring();
    });
    socket.on('error', (error) => {
      this.#failure = hostErrorOf(error);
      ring();
    });
    socket.on('close', ring);
  }

  tryRead(buffer: Uint8Array): number | undefined {
    return this.#take(buffer, false);
  }

  tryPeek(buffer: Uint8Array): number | undefined {
    return this.#take(buffer, true);
  }

  #take(buffer: Uint8Array, isPeek: boolean): number | undefined {
    const ready = this.readable();
    if (ready === undefined || buffer.length === 0) return buffer.length === 0 ? 0 : undefined;
    const chunk: Uint8Array | null = this.#socket.read(Math.min(ready.byteCount, buffer.length));
    if (chunk === null) return 0;
    buffer.set(chunk);
    if (isPeek) this.#socket.unshift(chunk);
    return chunk.length;
  }

  readable(): Readiness | undefined {
    if (this.#isReadShut) return { byteCount: 0, isHungUp: true };
    const byteCount = this.#socket.readableLength;
    if (byteCount > 0) return { byteCount, isHungUp: this.#hasEnded };
    if (this.#failure !== undefined) throw this.#failure;
    return this.#hasEnded || this.#socket.destroyed ? { byteCount: 0, isHungUp: true } : undefined;
  }

  untilReadable(): Wait {
    return this.#readable.wait();
  }

  /** Goes on until the network keeps something back: only then does Node tell when there is room again. */
  tryWrite(bytes: Uint8Array): number {
    if (this.#isWriteShut) throw new HostError('EPIPE');
    let written = 0;
    while (written < bytes.length) {
      const ready = this.writable();
      if (ready === undefined) break;
      if (ready.isHungUp) throw new HostError('EPIPE');
      // Copied, as it is the guest's memory.
      const taken = bytes.slice(written, written + MAX_WRITE_BYTES);
      this.#socket.write(taken);
      written += taken.length;
    }
    return written;
  }

  writable(): Readiness | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isWriteShut || this.#socket.destroyed) return { byteCount: 0, isHungUp: true };
    if (this.#socket.writableNeedDrain) return undefined;
    return { byteCount: MAX_WRITE_BYTES, isHungUp: false };
  }

  untilWritable(): Wait {
    return this.#writable.wait();
  }

  shutdown({ read, write }: { readonly read: boolean; readonly write: boolean }): void {
    if (read) {
      this.#isReadShut = true;
      this.#readable.ring();
    }
    if (write && !this.#isWriteShut) {
      this.#isWriteShut = true;
      this.#socket.end();
      this.#writable.ring();
    }
  }

  /** What was written is still sent. */
  close(): void {
    this.shutdown({ read: true, write: true });
    this.#socket.destroySoon();
  }
}
