/**
 * A long-lived child process that answers each line with a line. It is started when first asked and again after it died
 * or took too long; whoever asked learns what happened.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/** What a child failed at. */
export class ChildFailure extends Error {
  /** `late`: it did not answer in time; `died`: it ended. */
  readonly kind: 'late' | 'died';
  constructor(kind: 'late' | 'died', message: string) {
    super(message);
    this.kind = kind;
  }
}

interface Waiting {
  resolve(line: string): void;
  reject(failure: ChildFailure): void;
  timer: NodeJS.Timeout;
}

const STDERR_KEPT = 4000;

export class LineChild {
  private readonly command: string;
  private readonly args: readonly string[];
  private child: ChildProcessWithoutNullStreams | undefined;
  private waiting: Waiting | undefined;
  private readonly lines: string[] = [];
  private partial = '';
  private stderr = '';

  constructor(command: string, args: readonly string[]) {
    this.command = command;
    this.args = args;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** The next line that the child writes. @throws {ChildFailure} */
  read(timeoutMs: number): Promise<string> {
    const line = this.lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.end('late', `no answer within ${timeoutMs} ms`), timeoutMs);
      this.waiting = { resolve, reject, timer };
      this.start();
    });
  }

  /** Sends a line and waits for the answer. @throws {ChildFailure} */
  ask(line: string, timeoutMs: number): Promise<string> {
    this.start();
    this.child?.stdin.write(`${line}\n`);
    return this.read(timeoutMs);
  }

  start(): void {
    if (this.child !== undefined) return;
    const child = spawn(this.command, this.args, { stdio: 'pipe' });
    this.child = child;
    this.partial = '';
    this.lines.length = 0;
    this.stderr = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => this.receive(text));
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_KEPT);
    });
    // A child that is gone says so by its exit.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => this.gone(child, error.message));
    child.on('close', (code, signal) => {
      this.gone(child, `it ended with ${signal ?? `exit code ${code}`}: ${this.stderr.trim() || 'it said nothing'}`);
    });
  }

  close(): void {
    const child = this.child;
    this.child = undefined;
    child?.kill('SIGKILL');
  }

  private receive(text: string): void {
    const parts = (this.partial + text).split('\n');
    this.partial = parts.pop()!;
    for (const line of parts) {
      const { waiting } = this;
      this.waiting = undefined;
      if (waiting === undefined) {
        this.lines.push(line);
        continue;
      }
      clearTimeout(waiting.timer);
      waiting.resolve(line);
    }
  }

  private gone(child: ChildProcessWithoutNullStreams, message: string): void {
    if (this.child === child) this.end('died', message);
  }

  private end(kind: 'late' | 'died', message: string): void {
    this.close();
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    waiting.reject(new ChildFailure(kind, message));
  }
}
