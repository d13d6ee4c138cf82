/**
 * Connections inside of the process: a listener that somebody connects to by calling it, and pairs of sockets. Nothing
 * of them reaches a network, and bytes arrive at once.
 */
import { HostError } from './host.ts';
import { Bell, type HostListener, type HostSocket, type Readiness, type Wait } from './waiting.ts';

/** Bytes that one direction holds until they are read. */
const CAPACITY_BYTES = 65_536;

/** Two sockets, each of which reads what the other writes. */
export function loopbackPair(): [HostSocket, HostSocket] {
  const [there, back] = [new Direction(), new Direction()];
  return [new LoopbackSocket(there, back), new LoopbackSocket(back, there)];
}

/** A listener for tests, and for programs of one page that talk to each other. */
export class LoopbackListener implements HostListener {
  readonly #waiting: HostSocket[] = [];
  readonly #bell = new Bell();
  #isClosed = false;

  /** The client's side of a new connection. @throws {HostError} ECONNREFUSED once the guest has closed it */
  connect(): HostSocket {
    if (this.#isClosed) throw new HostError('ECONNREFUSED');
    const [client, server] = loopbackPair();
    this.#waiting.push(server);
    this.#bell.ring();
    return client;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  tryAccept(): HostSocket | undefined {
    return this.#waiting.shift();
  }

  untilConnected(): Wait {
    return this.#bell.wait();
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#waiting.splice(0)) socket.close();
  }
}

/** One direction of a connection: a ring of bytes. */
class Direction {
  readonly bytes = new Uint8Array(CAPACITY_BYTES);
  /** Where reading begins, and how many bytes there are. */
  start = 0;
  length = 0;
  /** Nobody will write any more; nobody will read any more. */
  hasEnded = false;
  isRefused = false;
  readonly readable = new Bell();
  readonly writable = new Bell();

  peek(buffer: Uint8Array): number {
    const count = Math.min(buffer.length, this.length);
    const first = Math.min(count, CAPACITY_BYTES - this.start);
    buffer.set(this.bytes.subarray(this.start, this.start + first));
    buffer.set(this.bytes.subarray(0, count - first), first);
    return count;
  }

  drop(count: number): void {
    this.start = (this.start + count) % CAPACITY_BYTES;
    this.length -= count;
    if (count > 0) this.writable.ring();
  }

  add(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, CAPACITY_BYTES - this.length);
    const end = (this.start + this.length) % CAPACITY_BYTES;
    const first = Math.min(count, CAPACITY_BYTES - end);
    this.bytes.set(bytes.subarray(0, first), end);
    this.bytes.set(bytes.subarray(first, count), 0);
    this.length += count;
    if (count > 0) this.readable.ring();
    return count;
  }

  end(): void {
    this.hasEnded = true;
    this.readable.ring();
  }

  refuse(): void {
    this.isRefused = true;
    this.length = 0;
    this.writable.ring();
  }
}

class LoopbackSocket implements HostSocket {
  readonly isOutside = false;
  readonly #incoming: Direction;
  readonly #outgoing: Direction;

  constructor(incoming: Direction, outgoing: Direction) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  tryRead(buffer: Uint8Array): number | undefined {
    const count = this.tryPeek(buffer);
    if (count !== undefined) this.#incoming.drop(count);
    return count;
  }

  tryPeek(buffer: Uint8Array): number | undefined {
    if (buffer.length === 0) return 0;
    return this.readable() === undefined ? undefined : this.#incoming.peek(buffer);
  }

  readable(): Readiness | undefined {
    const { length, hasEnded, isRefused } = this.#incoming;
    if (length === 0 && !hasEnded && !isRefused) return undefined;
    return { byteCount: length, isHungUp: hasEnded };
  }

  untilReadable(): Wait {
    return this.#incoming.readable.wait();
  }

  tryWrite(bytes: Uint8Array): number {
    const { hasEnded, isRefused } = this.#outgoing;
    if (hasEnded || isRefused) throw new HostError('EPIPE');
    return this.#outgoing.add(bytes);
  }

  writable(): Readiness | undefined {
    const { length, hasEnded, isRefused } = this.#outgoing;
    if (hasEnded || isRefused) return { byteCount: 0, isHungUp: true };
    return length === CAPACITY_BYTES ? undefined : { byteCount: CAPACITY_BYTES - length, isHungUp: false };
  }

  untilWritable(): Wait {
    return this.#outgoing.writable.wait();
  }

  shutdown({ read, write }: { readonly read: boolean; readonly write: boolean }): void {
    if (read) {
      this.#incoming.refuse();
      this.#incoming.readable.ring();
    }
    if (write) this.#outgoing.end();
  }

  close(): void {
    this.shutdown({ read: true, write: true });
  }
}
