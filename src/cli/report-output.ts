/** Where reports on a run go: standard error, or a file. Never among what the guest writes to standard output. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { MonitorOutput } from '../inspect/index.ts';
import { Failure, usageFailure } from './failure.ts';
import { writeFile } from './files.ts';
import { writeErr } from './output.ts';

/** Standard error, as a report's place. */
export const terminal: MonitorOutput & { close(): void } = {
  write: writeErr,
  writeBeside() {
    throw usageFailure('this format consists of several files', 'write out=FILE');
  },
  close: () => undefined,
};

/** Characters that are kept until they are worth a write: traces are many short lines. */
const CHUNK = 1 << 16;

/** A report's file, opened before the guest runs, so that nothing runs in vain. */
export class FileOutput implements MonitorOutput {
  private readonly path: string;
  private readonly fd: number;
  private waiting = '';

  constructor(path: string) {
    this.path = path;
    try {
      this.fd = openSync(path, 'w');
    } catch (error) {
      throw this.failure(error);
    }
  }

  private failure(error: unknown): Failure {
    return new Failure(`cannot write '${this.path}': ${(error as Error).message}`);
  }

  write(text: string): void {
    this.waiting += text;
    if (this.waiting.length >= CHUNK) this.flush();
  }

  private flush(): void {
    const bytes = Buffer.from(this.waiting);
    this.waiting = '';
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
    } catch (error) {
      throw this.failure(error);
    }
  }

  writeBeside(extension: string, text: string): string {
    const stem = this.path.replace(/(?<=[^/\\])\.[^./\\]+$/, '');
    const path = resolve(`${stem}.${extension}`);
    writeFile(path, text);
    return path;
  }

  close(): void {
    this.flush();
    closeSync(this.fd);
  }
}
