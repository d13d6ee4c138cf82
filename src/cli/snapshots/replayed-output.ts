/**
 * What a recorded guest wrote to its standard output and error: read from its memory at the `fd_write` calls that
 * the recorded host took. Nothing else of what the guest did to its host is done again.
 */
import type { Session } from '../../api/index.ts';
import { instructionCountOf } from '../../inspect/index.ts';

type HostArguments = Parameters<NonNullable<Parameters<Session['listen']>[0]['afterHost']>>[2];
type Instance = Session['lookedAt'][number]['instance'];
type Memory = Instance['memories'][number];

const WASI = 'wasi_snapshot_preview1';
const IOVEC_BYTES = 8;
/** Words of a slot: parameter `i` is at word `2 * i`. */
const SLOT_WORDS = 2;

type Stream = 1 | 2;

/** A write that the host has not answered yet. */
interface Writing {
  readonly stream: Stream;
  readonly memory: Memory;
  readonly chunks: readonly Uint8Array[];
  readonly countAt: number;
}

export class ReplayedOutput {
  private readonly write: (stream: Stream, bytes: Uint8Array) => void;
  private readonly names = new Map<object, string>();
  /** Which descriptors stand for the streams: a guest may close and renumber them. */
  private readonly streams: Map<number, Stream>;
  private writing: Writing | undefined;
  private change: (() => void) | undefined;
  /** The furthest moment: what came before it has been written, when a session comes by once more. */
  private furthest = -1;

  /** @param streams descriptors of streams, as a call before this one has left them */
  constructor(
    session: Session,
    write: (stream: Stream, bytes: Uint8Array) => void,
    streams: Map<number, Stream> = standardStreams(),
  ) {
    this.write = write;
    this.streams = streams;
    for (const { instance } of session.lookedAt) this.addNames(instance);
    session.listen({
      beforeHost: (t, f, args) => this.before(this.names.get(f), t.instance, args),
      afterHost: (t, f, args) => {
        const count = instructionCountOf(t);
        if (count > this.furthest) this.after(this.names.get(f), args);
        this.furthest = Math.max(this.furthest, count);
      },
    });
  }

  private addNames({ code, funcs }: Instance): void {
    const imports = code.module.imports.filter(({ type }) => type.kind === 'func');
    for (const [i, { module, name }] of imports.entries()) if (module === WASI) this.names.set(funcs[i]!, name);
  }

  private before(name: string | undefined, instance: Instance, args: HostArguments): void {
    const arg = (i: number) => (args.words[SLOT_WORDS * i] ?? 0) >>> 0;
    const fd = arg(0);
    this.writing = undefined;
    this.change = undefined;
    if (name === 'fd_write') this.writing = this.writingOf(fd, instance, arg(1), arg(2), arg(3));
    else if (name === 'fd_close') this.change = () => this.streams.delete(fd);
    else if (name === 'fd_renumber') this.change = () => this.renumber(fd, arg(1));
  }

  private renumber(from: number, to: number): void {
    const stream = this.streams.get(from);
    this.streams.delete(from);
    if (stream === undefined) this.streams.delete(to);
    else this.streams.set(to, stream);
  }

  private writingOf(fd: number, instance: Instance, at: number, count: number, countAt: number): Writing | undefined {
    const stream = this.streams.get(fd);
    const memory = instance.exports.get('memory');
    if (stream === undefined || memory === undefined || !('view' in memory)) return undefined;
    const chunks: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const iovec = at + IOVEC_BYTES * i;
      // The host has refused what is out of bounds.
      if (iovec + IOVEC_BYTES > memory.byteLength) return undefined;
      const from = memory.view.getUint32(iovec, true);
      chunks.push(memory.bytes.slice(from, from + memory.view.getUint32(iovec + 4, true)));
    }
    return { stream, memory, chunks, countAt };
  }

  private after(name: string | undefined, { words }: HostArguments): void {
    const { writing, change } = this;
    this.writing = undefined;
    this.change = undefined;
    if (name === undefined || words[0] !== 0) return;
    change?.();
    if (writing !== undefined) this.finish(writing);
  }

  /** The host may have taken less than it was offered. */
  private finish({ stream, memory, chunks, countAt }: Writing): void {
    if (countAt + 4 > memory.byteLength) return;
    let left = memory.view.getUint32(countAt, true);
    for (const chunk of chunks) {
      const taken = chunk.subarray(0, left);
      if (taken.length > 0) this.write(stream, taken);
      left -= taken.length;
    }
  }
}

export function standardStreams(): Map<number, Stream> {
  return new Map<number, Stream>([
    [1, 1],
    [2, 2],
  ]);
}
