/** Guests that wait, through the embedding API: side by side, ended by time or signal, closed under their feet. */
import { describe, expect, test } from 'vitest';
import { compile, type Imports, instantiate, Store } from '../../api/index.ts';
import { Exhaustion, UsageError } from '../../syntax/index.ts';
import type { Clock } from '../host/host.ts';
import { loopbackPair } from '../host/loopback.ts';
import { memoryHost } from '../host/memory.ts';
import { VirtualTimers } from '../host/virtual-timers.ts';
import type { HostSocket, PollableOutput, Wait } from '../host/waiting.ts';
import { Wasi } from './index.ts';
import { TestGuest } from './test-guest.ts';

const imports = `
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "test" "note" (func $note (param i32)))
  (memory (export "memory") 1)
  ;; A subscription to the monotonic clock at 64, one to standard input at 112; events at 256, their count at 512.
  (func $sleep (param $ns i64)
    (i32.store (i32.const 80) (i32.const 1))
    (i64.store (i32.const 88) (local.get $ns))
    (drop (call $poll (i32.const 64) (i32.const 256) (i32.const 1) (i32.const 512))))`;

const guests = {
  /** Sleeps three times, and notes its name after each. */
  sleeper: `(func (export "run") (param $name i32) (param $ns i64) (local $i i32)
    (loop $next
      (call $sleep (local.get $ns))
      (call $note (local.get $name))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3)))))`,
  /** Sleeps for ever, a day each time. */
  dozer: '(func (export "run") (loop $next (call $sleep (i64.const 86400000000000)) (br $next)))',
  /** Polls standard input alone, for ever. */
  listener: `(func (export "run") (i32.store8 (i32.const 120) (i32.const 1))
    (loop $next (drop (call $poll (i32.const 112) (i32.const 256) (i32.const 1) (i32.const 512))) (br $next)))`,
  /** Reads standard input for ever. */
  reader: `(func (export "run") (i32.store (i32.const 4) (i32.const 16))
    (loop $next (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 512))) (br $next)))`,
  /** Writes to standard output for ever. */
  writer: `(func (export "run") (i32.store (i32.const 4) (i32.const 65536))
    (loop $next (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 512))) (br $next)))`,
  /** Gives way for ever. */
  yielder: '(func (export "run") (loop $next (drop (call $yield)) (br $next)))',
};

/** A clock that only its timers move. */
class TestClock implements Clock {
  readonly resolutionNs = 1n;
  nowNs = 0n;
  /** Waits that have begun and neither ended nor been given up. */
  pending = 0;
  readonly #timers = new VirtualTimers((timeNs) => {
    this.nowNs = timeNs;
  });

  realtimeNs = () => this.nowNs;
  monotonicNs = () => this.nowNs;

  sleep(): void {
    throw new Error('a guest holds up the thread');
  }

  timer(durationNs: bigint): Wait {
    const wait = this.#timers.add(this.nowNs + durationNs);
    return this.counted(wait);
  }

  counted({ done, cancel }: Wait): Wait {
    this.pending++;
    let isOver = false;
    const over = () => {
      if (!isOver) this.pending--;
      isOver = true;
    };
    return {
      done: done.then(over),
      cancel: () => {
        over();
        cancel();
      },
    };
  }
}

/** A clock on which nobody ever wakes. */
class StoppedClock extends TestClock {
  override timer(): Wait {
    return this.counted({ done: new Promise(() => undefined), cancel: () => undefined });
  }
}

function start(name: keyof typeof guests, wasi: Wasi, note = (_: number) => {}, store = new Store()) {
  const all: Imports = { ...wasi.imports, test: { note } };
  return instantiate(compile(`(module ${imports} ${guests[name]})`), all, { store });
}

/** Its guests have no turns of the event loop, which would come in between by the time of the machine. */
const timelessStore = () => new Store({ clock: () => 0 });

describe('guests of one process', () => {
  test('sleep side by side and wake in order', async () => {
    const clock = new TestClock();
    const notes: string[] = [];
    const running = (
      [
        [1, 50n],
        [2, 20n],
        [3, 100n],
      ] as const
    ).map(([name, durationNs]) => {
      const wasi = new Wasi({ clock, isAsync: true });
      const note = (noted: number) => notes.push(`${noted}@${clock.nowNs}`);
      const instance = start('sleeper', wasi, note, timelessStore());
      return instance.callAsync('run', [name, durationNs]);
    });
    await Promise.all(running);
    // Who went to sleep first wakes first; all in all they take as long as the longest.
    expect(notes).toEqual(['2@20', '2@40', '1@50', '2@60', '3@100', '1@100', '1@150', '3@200', '3@300']);
    expect(clock.pending).toBe(0);
  });

  test('do so on the clock of one memory host too', async () => {
    const host = memoryHost({ tickNs: 0n });
    const notes: number[] = [];
    const running = [70n, 30n].map((durationNs, name) =>
      start('sleeper', new Wasi({ host, isAsync: true }), (noted) => notes.push(noted), timelessStore()).callAsync(
        'run',
        [name, durationNs],
      ),
    );
    await Promise.all(running);
    expect(notes).toEqual([1, 1, 0, 1, 0, 0]);
    expect(host.clock.monotonicNs()).toBe(210n);
  });
});

/** An output that takes nothing. */
class FullOutput implements PollableOutput {
  readonly isTerminal = false;
  isGivenUp = false;
  waiting = 0;
  write(): void {
    throw new Error('a guest holds up the thread');
  }
  flush(): void {}
  tryWrite = () => 0;
  tryFlush = () => true;
  writable = () => undefined;
  giveUp(): void {
    this.isGivenUp = true;
  }
  untilWritable(): Wait {
    this.waiting++;
    return {
      done: new Promise(() => undefined),
      cancel: () => {
        this.waiting--;
      },
    };
  }
}

/** Standard input that a test writes to, and that counts who waits for it. */
function silentInput() {
  const [input, writer] = loopbackPair();
  const seen = { waiting: 0 };
  const untilReadable = (): Wait => {
    const wait = input.untilReadable();
    seen.waiting++;
    const cancel = () => {
      seen.waiting--;
      wait.cancel();
    };
    return { done: wait.done, cancel };
  };
  const stream = {
    isTerminal: false,
    isOutside: false,
    read: (): number => {
      throw new Error('a guest holds up the thread');
    },
    tryRead: (buffer: Uint8Array) => input.tryRead(buffer),
    readable: () => input.readable(),
    untilReadable,
  };
  return { stream, writer: writer as HostSocket, seen };
}

describe('a guest that waits for ever', () => {
  const names = ['dozer', 'listener', 'reader', 'writer', 'yielder'] as const;

  function make(name: (typeof names)[number], store?: Store) {
    const clock = new StoppedClock();
    const input = silentInput();
    const stdout = new FullOutput();
    const wasi = new Wasi({ clock, stdin: input.stream, stdout, isAsync: true });
    const waiting = () => clock.pending + input.seen.waiting + stdout.waiting;
    return { instance: start(name, wasi, undefined, store), waiting, stdout };
  }

  test.each(names)('%s: a signal ends it at once, and gives its wait up', async (name) => {
    const { instance, waiting, stdout } = make(name);
    const controller = new AbortController();
    const running = instance.callAsync('run', [], { signal: controller.signal });
    expect(waiting()).toBe(1);
    controller.abort();
    await expect(running).rejects.toThrow('execution aborted');
    expect({ waiting: waiting(), isGivenUp: stdout.isGivenUp }).toEqual({ waiting: 0, isGivenUp: true });
  });

  test.each(names)('%s: time ends it, and gives its wait up', async (name) => {
    const { instance, waiting } = make(name, new Store({ timeoutMs: 1 }));
    await expect(instance.callAsync('run')).rejects.toBeInstanceOf(Exhaustion);
    expect(waiting()).toBe(0);
  });

  test.each(['listener', 'writer'] as const)('%s: a synchronous call says that it cannot wait', (name) => {
    const input = silentInput();
    const wasi = new Wasi({ stdin: input.stream, stdout: new FullOutput() });
    const run = () => start(name, wasi).call('run');
    // What cannot be polled is written to, which is the stream's own matter.
    expect(run).toThrow(name === 'listener' ? UsageError : 'a guest holds up the thread');
  });

  test('who has ended touches its memory no more', async () => {
    const input = silentInput();
    const instance = start('reader', new Wasi({ stdin: input.stream, isAsync: true }));
    const controller = new AbortController();
    const running = instance.callAsync('run', [], { signal: controller.signal });
    controller.abort();
    input.writer.tryWrite(Uint8Array.of(7, 7, 7));
    await expect(running).rejects.toThrow('aborted');
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(instance.exports.memory.bytes[0]).toBe(0);
    // It is still there for who reads next.
    expect(input.stream.tryRead(new Uint8Array(8))).toBe(3);
  });
});

describe('the descriptor of a call that waits', () => {
  function reading() {
    const input = silentInput();
    const guest = new TestGuest({ maySuspend: true });
    guest.context.descriptors.close(0);
    guest.context.descriptors.add({ kind: 'input', stream: input.stream, readCount: 0 });
    guest.words(8, 40, 8);
    return { guest, input, outcome: guest.callAsync('fd_read', 0, 8, 1, 48) };
  }

  test('is closed: badf, nothing stored, nothing left behind', async () => {
    const { guest, input, outcome } = reading();
    expect(guest.call('fd_close', 0)).toBe('success');
    expect(await outcome).toBe('badf');
    expect([guest.picture(40, 52), input.seen.waiting]).toEqual(['? ? ? ? ? ? ? ? ? ? ? ?', 0]);
  });

  test('is replaced by another: badf', async () => {
    const { guest, outcome } = reading();
    expect(guest.call('fd_renumber', 3, 0)).toBe('success');
    expect(await outcome).toBe('badf');
  });

  test('is moved: the call finishes', async () => {
    const { guest, input, outcome } = reading();
    expect(guest.call('fd_renumber', 0, 3)).toBe('success');
    input.writer.tryWrite(Uint8Array.of(1));
    expect(await outcome).toBe('success');
    expect(guest.picture(40, 52)).toBe('01 ? ? ? ? ? ? ? 01 00 00 00');
  });
});
