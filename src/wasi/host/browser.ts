/**
 * The host of a page or worker: streams of the page or its console, its clocks and randomness. Files are those of
 * `memoryDirectory`. It needs nothing of Node, and runs wherever the web's interfaces are.
 */
import { encodeUtf8 } from '../../api/index.ts';
import { UsageError } from '../../syntax/index.ts';
import { timeOut } from './event-loop.ts';
import { type Clock, type Host, HostError, type InputStream, type OutputStream } from './host.ts';
import { memoryHost } from './memory.ts';
import { Bell, type PollableInput, type PollableOutput, type Readiness, type Wait, waitOf } from './waiting.ts';

/** What is used of a `ReadableStream` of bytes. */
export interface ByteReadable {
  getReader(): ByteReader;
}

interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

/** What is used of a `WritableStream` of bytes. */
export interface ByteWritable {
  getWriter(): ByteWriter;
}

interface ByteWriter {
  readonly desiredSize: number | null;
  readonly ready: Promise<unknown>;
  write(bytes: Uint8Array): Promise<unknown>;
}

export interface BrowserHostOptions {
  /** Default: none, the input is at its end. */
  readonly stdin?: string | Uint8Array | ByteReadable;
  /** Default: the console, line by line. */
  readonly stdout?: ByteWritable;
  readonly stderr?: ByteWritable;
}

/** What is used of the global object. */
interface Page {
  readonly performance: { readonly timeOrigin: number; now(): number };
  readonly crypto: { getRandomValues(bytes: Uint8Array): unknown };
  readonly console: { log(text: string): void; error(text: string): void };
  readonly crossOriginIsolated?: boolean;
  readonly TextDecoder: new () => { decode(bytes: Uint8Array, options: { stream: boolean }): string };
}

const page = globalThis as unknown as Page;

/** Makes a host of the page's. Streams are for guests that run asynchronously. */
export function browserHost(options: BrowserHostOptions = {}): Host {
  const { stdin = '', stdout, stderr } = options;
  return {
    stdin: inputOf(stdin),
    stdout: stdout === undefined ? new ConsoleOutput((text) => page.console.log(text)) : new StreamOutput(stdout),
    stderr: stderr === undefined ? new ConsoleOutput((text) => page.console.error(text)) : new StreamOutput(stderr),
    clock: browserClock,
    random: fillRandom,
  };
}

function inputOf(stdin: string | Uint8Array | ByteReadable): InputStream {
  if (typeof stdin === 'string') return memoryHost({ stdin: encodeUtf8(stdin) }).stdin;
  return stdin instanceof Uint8Array ? memoryHost({ stdin }).stdin : new StreamInput(stdin);
}

/** Browsers blur their clocks. @see https://www.w3.org/TR/hr-time-3/#dfn-coarsen-time */
const ISOLATED_RESOLUTION_NS = 5000;
const RESOLUTION_NS = 100_000;

function monotonicNs(): bigint {
  return BigInt(Math.round(page.performance.now() * 1e6));
}

const browserClock: Clock = {
  resolutionNs: BigInt(page.crossOriginIsolated === true ? ISOLATED_RESOLUTION_NS : RESOLUTION_NS),
  // The sum is exact to microseconds only; a product of 1e6 would pretend to more.
  realtimeNs: () => BigInt(Math.round((page.performance.timeOrigin + page.performance.now()) * 1000)) * BigInt(1000),
  monotonicNs,
  sleep(durationNs) {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(durationNs) / 1e6);
    } catch {
      throw new UsageError('a page cannot hold up its thread: use callAsync, and isAsync for Wasi');
    }
  },
  timer(durationNs) {
    const dueNs = monotonicNs() + durationNs;
    return timeOut(() => dueNs - monotonicNs());
  },
};

/** The most that one call may ask for. @see https://www.w3.org/TR/webcrypto/#Crypto-method-getRandomValues */
const MAX_RANDOM_BYTES = 65_536;

/** By a copy, as browsers do not fill shared memory. */
function fillRandom(buffer: Uint8Array): void {
  const bytes = new Uint8Array(Math.min(buffer.length, MAX_RANDOM_BYTES));
  for (let at = 0; at < buffer.length; at += bytes.length) {
    const part = bytes.subarray(0, Math.min(bytes.length, buffer.length - at));
    page.crypto.getRandomValues(part);
    buffer.set(part, at);
  }
}

/** Chunks of a stream, one at a time; one that comes when nobody waits any longer is kept. */
class StreamInput implements PollableInput {
  readonly isTerminal = false;
  readonly isOutside = false;
  readonly #reader: ByteReader;
  readonly #bell = new Bell({ onFirst: () => this.#pull() });
  #chunk = new Uint8Array(0);
  #isPulling = false;
  #hasEnded = false;
  #failure: HostError | undefined;

  constructor(stream: ByteReadable) {
    this.#reader = stream.getReader();
  }

  async read(buffer: Uint8Array): Promise<number> {
    for (;;) {
      const count = this.tryRead(buffer);
      if (count !== undefined) return count;
      await this.untilReadable().done;
    }
  }

  tryRead(buffer: Uint8Array): number | undefined {
    if (buffer.length === 0) return 0;
    if (this.readable() === undefined) return undefined;
    const count = Math.min(this.#chunk.length, buffer.length);
    buffer.set(this.#chunk.subarray(0, count));
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  readable(): Readiness | undefined {
    const byteCount = this.#chunk.length;
    if (byteCount > 0) return { byteCount, isHungUp: false };
    if (this.#failure !== undefined) throw this.#failure;
    return this.#hasEnded ? { byteCount, isHungUp: true } : undefined;
  }

  untilReadable(): Wait {
    return this.#bell.wait();
  }

  #pull(): void {
    if (this.#isPulling) return;
    this.#isPulling = true;
    const take = ({ done, value }: { readonly done: boolean; readonly value?: Uint8Array | undefined }) => {
      this.#chunk = new Uint8Array(value ?? []);
      this.#hasEnded = done;
    };
    const fail = (error: unknown) => {
      this.#failure = new HostError('EIO', String(error));
    };
    const arrive = () => {
      this.#isPulling = false;
      const isEmpty = this.#chunk.length === 0 && !this.#hasEnded && this.#failure === undefined;
      if (isEmpty && this.#bell.isAwaited) this.#pull();
      else this.#bell.ring();
    };
    this.#reader.read().then(take, fail).then(arrive);
  }
}

/** Most bytes of one chunk. */
const MAX_CHUNK_BYTES = 65_536;

/** A stream takes chunks until it says that it has enough; a guest that runs asynchronously then waits. */
class StreamOutput implements PollableOutput {
  readonly isTerminal = false;
  readonly #writer: ByteWriter;
  #failure: HostError | undefined;

  constructor(stream: ByteWritable) {
    this.#writer = stream.getWriter();
    this.#writer.ready.catch(() => undefined);
  }

  write(bytes: Uint8Array): void {
    this.#check();
    // Copied, as it is the guest's memory.
    this.#writer.write(bytes.slice()).catch((error) => {
      this.#failure = new HostError('EPIPE', String(error));
    });
  }

  flush(): void {}

  tryWrite(bytes: Uint8Array): number {
    if (this.writable() === undefined) return 0;
    const part = bytes.subarray(0, MAX_CHUNK_BYTES);
    this.write(part);
    return part.length;
  }

  tryFlush(): boolean {
    return true;
  }

  giveUp(): void {}

  writable(): Readiness | undefined {
    this.#check();
    return (this.#writer.desiredSize ?? 0) > 0 ? { byteCount: MAX_CHUNK_BYTES, isHungUp: false } : undefined;
  }

  untilWritable(): Wait {
    const again = () => undefined;
    return waitOf(this.#writer.ready.then(again, again));
  }

  #check(): void {
    // `null`: the stream has failed.
    if (this.#writer.desiredSize === null) this.#failure ??= new HostError('EPIPE');
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** Longest line that is kept until its end comes. */
const MAX_LINE_LENGTH = 65_536;

const NEWLINE = '\n';

/** Lines of text; what is no UTF-8 is shown as U+FFFD. */
class ConsoleOutput implements OutputStream {
  readonly isTerminal = false;
  readonly #print: (text: string) => void;
  #decoder: InstanceType<Page['TextDecoder']> | undefined;
  #line = '';

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  write(bytes: Uint8Array): void {
    this.#decoder ??= new page.TextDecoder();
    // Copied, as decoders do not take shared memory.
    const lines = (this.#line + this.#decoder.decode(bytes.slice(), { stream: true })).split(NEWLINE);
    this.#line = lines.pop()!;
    for (const line of lines) this.#print(line);
    if (this.#line.length > MAX_LINE_LENGTH) this.flush();
  }

  flush(): void {
    if (this.#line !== '') this.#print(this.#line);
    this.#line = '';
  }
}
