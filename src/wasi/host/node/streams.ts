/** The standard streams of this process: read and written by their descriptors, not by Node's stream objects. */
import * as fs from 'node:fs';
import { HostError, type InputStream, type OutputStream } from '../host.ts';
import { blockThread } from './clock.ts';
import { asHostError, codeOf } from './errors.ts';
import { part } from './file.ts';

/** `node:tty` is loaded only for devices: it brings sockets and streams along, 3 ms of every start. */
function isTerminal(fd: number): boolean {
  try {
    return fs.fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd);
  } catch {
    // A closed descriptor is none.
    return false;
  }
}

/** How long to wait before a stream that is not ready is tried again. */
const RETRY_MS = 2;

export class NodeInput implements InputStream {
  readonly isTerminal: boolean;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
    this.isTerminal = isTerminal(fd);
  }

  read(buffer: Uint8Array): number {
    for (;;) {
      try {
        return fs.readSync(this.#fd, buffer, 0, buffer.length, null);
      } catch (error) {
        // Windows reports the end of a pipe as an error.
        if (codeOf(error) === 'EOF') return 0;
        if (codeOf(error) !== 'EAGAIN') throw asHostError(error);
        blockThread(RETRY_MS);
      }
    }
  }
}

/** Bytes collected before they are handed to the system. A terminal gets them at once. */
const OUTPUT_BUFFER_BYTES = 16384;

export class NodeOutput implements OutputStream {
  readonly isTerminal: boolean;
  readonly #fd: number;
  /** Flushed before this stream writes, so that both appear in order. */
  readonly #before: OutputStream | undefined;
  readonly #buffer: Uint8Array;
  #used = 0;
  #flushesAtExit = false;

  constructor(fd: number, before?: OutputStream) {
    this.#fd = fd;
    this.#before = before;
    this.isTerminal = isTerminal(fd);
    // What goes to standard error is wanted at once, like what goes to a terminal.
    this.#buffer = new Uint8Array(this.isTerminal || before !== undefined ? 0 : OUTPUT_BUFFER_BYTES);
  }

  write(bytes: Uint8Array): void {
    this.#before?.flush();
    if (this.#used + bytes.length > this.#buffer.length) this.flush();
    if (bytes.length > this.#buffer.length) {
      this.#writeOut(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
    this.#flushAtExit();
  }

  flush(): void {
    const pending = this.#buffer.subarray(0, this.#used);
    // Dropped also when writing fails, else the failure would come back for ever.
    this.#used = 0;
    this.#writeOut(pending);
  }

  #writeOut(bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += fs.writeSync(this.#fd, part(bytes, written));
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN') throw asHostError(error);
        blockThread(RETRY_MS);
      }
    }
  }

  /** An embedder that forgets `Wasi.close` loses nothing. */
  #flushAtExit(): void {
    if (this.#flushesAtExit) return;
    this.#flushesAtExit = true;
    process.once('exit', () => {
      try {
        this.flush();
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
      }
    });
  }
}
