/** Recordings as bytes: what was recorded comes back in another store, without the host that it was recorded with. */
import { describe, expect, test } from 'vitest';
import {
  compile,
  hostFunction,
  type Imports,
  type Instance,
  inspect,
  instantiate,
  openRecording,
  type Session,
  Store,
} from '../../api/index.ts';
import { Exhaustion, GlassboxError, HostExit, InternalError, SnapshotError, UsageError } from '../../syntax/index.ts';
import { CHECKSUM_AT, checksum, HEADER_BYTES, LENGTH_AT, VERSION_AT } from '../snapshot/format.ts';

interface Case {
  readonly name: string;
  readonly wat: string;
  /** How the call ends. */
  readonly end: unknown;
  readonly imports?: (call: (name: string, ...args: unknown[]) => unknown) => Imports;
}

/** A host that answers differently each time. */
function forgetful(): { host: Record<string, never> } {
  let answer = 0;
  const fill = hostFunction((caller, at: number) => {
    caller.memory().range(at, 4).fill(++answer);
  });
  return { host: { ask: () => ++answer, fill } as never };
}

const cases: readonly Case[] = [
  {
    name: 'answers and writes of the host',
    end: { results: [0x0a0a0a0a + 25] },
    wat: `(import "host" "ask" (func $ask (result i32))) (import "host" "fill" (func $fill (param i32)))
      (memory (export "memory") 1) (global $g (mut i32) (i32.const 0)) (table $t 2 funcref) (elem declare func $ask)
      (func (export "run") (result i32) (local $n i32)
        (loop
          (global.set $g (i32.add (global.get $g) (call $ask)))
          (call $fill (i32.mul (local.get $n) (i32.const 8)))
          (i32.store (i32.const 100) (i32.load (i32.mul (local.get $n) (i32.const 8))))
          (drop (memory.grow (i32.const 1)))
          (drop (table.grow $t (ref.func $ask) (i32.const 1)))
          (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 5))))
        (i32.add (i32.load (i32.const 100)) (global.get $g)))`,
    imports: forgetful,
  },
  {
    name: 'tables, globals and memories that the host changes, with functions and values of its own',
    end: { results: [1004] },
    wat: `(type $f (func (result i32))) (import "host" "change" (func $change)) (import "host" "ask" (func $ask (result i32)))
      (export "ask" (func $ask)) (table (export "t") 2 8 funcref) (global $e (export "e") (mut externref) (ref.null extern))
      (global $l (export "l") (mut i64) (i64.const 1)) (memory (export "memory") 1 3)
      (func $one (export "one") (result i32) (i32.const 1000))
      (func $isNull (param externref) (result i32) (ref.is_null (local.get 0)))
      (func (export "run") (result i32)
        (call $change)
        (i32.add (call_indirect (type $f) (i32.const 0))
          (i32.add (call_indirect (type $f) (i32.const 3))
            (i32.add (i32.wrap_i64 (global.get $l))
              (i32.add (memory.size) (call $isNull (global.get $e)))))))`,
    imports: (call) => {
      let instance: Instance;
      return {
        host: {
          ask: () => 7,
          change: () => {
            instance = call('instance') as Instance;
            const { t, e, l, memory, one, ask } = instance.exports;
            t.set(0, one);
            t.grow(2, one);
            t.set(3, ask);
            e.value = 'text';
            l.value = -5n;
            memory.grow(1);
            memory.grow(100);
          },
        },
      };
    },
  },
  {
    name: 'objects that the host gives back',
    end: { results: [14] },
    wat: `(type $cell (struct (field (mut i32)))) (import "host" "keep" (func $keep (param anyref)))
      (import "host" "give" (func $give (result anyref)))
      (func (export "run") (result i32) (local $c (ref $cell))
        (local.set $c (struct.new $cell (i32.const 3)))
        (call $keep (local.get $c))
        (call $keep (ref.i31 (i32.const 9)))
        (struct.set $cell 0 (ref.cast (ref $cell) (call $give)) (i32.const 5))
        (i32.add (i31.get_s (ref.cast (ref i31) (call $give))) (struct.get $cell 0 (local.get $c))))`,
    imports: () => {
      const kept: unknown[] = [];
      return { host: { keep: (value: unknown) => void kept.push(value), give: () => kept.shift() } } as never;
    },
  },
  {
    name: 'calls back, exceptions of the host, growth that is refused',
    end: { error: { message: 'the host is out of order' } },
    wat: `(import "host" "twice" (func $twice (param i32) (result i32))) (import "host" "fail" (func $fail))
      (global $n (mut i32) (i32.const 0)) (memory 1)
      (func (export "add") (param i32) (result i32)
        (global.set $n (i32.add (global.get $n) (local.get 0))) (global.get $n))
      (func (export "run") (result i32)
        (drop (memory.grow (i32.const 60000)))
        (drop (call $twice (i32.const 3)))
        (if (i32.eq (call $twice (i32.const 4)) (i32.const 24)) (then (call $fail)))
        (global.get $n))`,
    imports: (call) => ({
      host: {
        twice: (x: number) => (call('add', x) as number) + (call('add', x) as number),
        fail: () => {
          throw new RangeError('the host is out of order');
        },
      },
    }),
  },
  {
    name: 'an exit',
    end: { error: { exitCode: 41 } },
    wat: `(import "host" "exit" (func $exit (param i32))) (func (export "run") (call $exit (i32.const 41)))`,
    imports: () => ({
      host: {
        exit: (code: number) => {
          throw new HostExit(code);
        },
      },
    }),
  },
  {
    name: 'a trap',
    end: { error: { kind: 'integer-divide-by-zero' } },
    wat: '(func (export "run") (result i32) (i32.div_u (i32.const 1) (i32.const 0)))',
  },
  {
    name: 'a stack that is used up',
    end: { error: { kind: 'call-stack' } },
    wat: '(func $run (export "run") (param i64) (call $run (local.get 0)))',
  },
];

function record({ wat, imports = () => ({}) }: Case): Session {
  let instance: Instance | undefined;
  const made: Imports = imports((name, ...args) => {
    if (name === 'instance') return instance;
    return instance!.call(name, ...args);
  });
  const store = new Store({ maxFrames: 500, maxMemoryBytes: 2 ** 24 });
  instance = instantiate(compile(`(module ${wat})`), made, { store });
  const session = inspect(instance);
  session.call('run', ...(wat.includes('param i64') ? [5n] : []));
  session.record();
  return session;
}

/** All that can be seen, and how the call stands. */
function picture(session: Session): unknown {
  const { entry } = session.instance;
  const { reason, results, error } = session.stop!;
  return {
    reason,
    results,
    error: error instanceof Error ? [error.name, error.message] : error,
    count: session.instructionCount,
    frames: session.frames.map(({ byteOffset, locals, operands }) => ({
      byteOffset,
      locals: locals.map(({ text }) => text),
      operands: operands.map(({ text }) => text),
    })),
    memories: entry.memories.map(({ bytes }) => [bytes.length, [...bytes.subarray(0, 256)]]),
    globals: entry.globals.map(({ words, ref }) => [[...words], typeof (ref ?? null)]),
    tables: entry.tables.map(({ elements }) => elements.map((each) => each !== null)),
  };
}

describe.each(cases.map((entry) => [entry.name, entry] as const))('%s', (_, entry) => {
  const recorded = record(entry);
  recorded.run();
  const bytes = recorded.history!.save();

  test('ends as it did', () => {
    expect(recorded.stop).toMatchObject(entry.end as object);
    const session = openRecording(bytes);
    session.run();
    expect(picture(session)).toEqual(picture(recorded));
  });

  test('has every moment', () => {
    const session = openRecording(bytes);
    const end = recorded.instructionCount;
    const moments = Array.from({ length: Math.min(end, 60) }, (_, i) => (i * 7919) % end);
    for (const moment of moments) {
      recorded.goTo(moment);
      session.goTo(moment);
      expect(picture(session), `at ${moment}`).toEqual(picture(recorded));
    }
    recorded.goTo(end);
  });

  test('is the same when it is saved again, wherever it stands', () => {
    const session = openRecording(bytes);
    expect(session.history!.save()).toEqual(bytes);
    session.goTo(Math.floor(recorded.instructionCount / 2));
    expect(session.history!.save()).toEqual(bytes);
  });
});

/** A generator of its own, so that a failure can be looked at again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Where the snapshot in a recording stands. */
function snapshotIn(bytes: Uint8Array): Uint8Array {
  let length = 0;
  let at = HEADER_BYTES;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++] ?? 0;
    length += (byte & 127) * scale;
    if (byte < 128) return bytes.subarray(at, at + length);
  }
}

/** Both checksums fit again. */
function repaired(bytes: Uint8Array): Uint8Array {
  for (const part of [snapshotIn(bytes), bytes]) {
    if (part.length <= HEADER_BYTES || part.length % 4 !== 0) continue;
    new DataView(part.buffer, part.byteOffset).setInt32(CHECKSUM_AT, checksum(part), true);
  }
  return bytes;
}

function savedBytes(entry: Case): Uint8Array {
  const session = record(entry);
  session.run();
  return session.history!.save();
}

describe('bytes that are no recording, or one that somebody has changed', () => {
  const samples = cases.map((entry) => ({ name: entry.name, bytes: savedBytes(entry) }));
  const { bytes } = samples[0]!;
  const wrong: readonly [string, () => Uint8Array, RegExp][] = [
    ['nothing', () => new Uint8Array(0), /cut off/],
    ['a snapshot', () => snapshotIn(bytes).slice(), /no recording/],
    ['a module', () => compile('(module)').bytes, /no recording/],
    ['another version', () => repaired(bytes.slice().fill(9, VERSION_AT, VERSION_AT + 1)), /version 9; .* version 1/],
    ['a wrong checksum', () => bytes.slice().fill(0, CHECKSUM_AT, CHECKSUM_AT + 4), /checksum/],
    ['more bytes', () => Uint8Array.of(...bytes, 0, 0, 0, 0), /says it is/],
  ];

  test.each(wrong)('%s', (_, make, words) => {
    expect(() => openRecording(make())).toThrow(SnapshotError);
    expect(() => openRecording(make())).toThrow(words);
  });

  test('without its module, and with it', () => {
    const session = record(cases[0]!);
    const { module } = session.instance;
    session.run();
    const bare = session.history!.save({ omitModuleBytes: true });
    expect(() => openRecording(bare)).toThrow(/SHA-256 [0-9a-f]{64}; none is given/);
    expect(() => openRecording(bare, { modules: [compile('(module)')] })).toThrow(SnapshotError);
    expect(openRecording(bare, { modules: [module] }).run().results).toEqual(session.stop!.results);
  });

  test('cut off anywhere', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => openRecording(bytes.slice(0, length)), `${length} bytes`).toThrow(SnapshotError);
    }
  });

  test('cut off anywhere, with a length and checksum that fit', () => {
    for (let length = HEADER_BYTES; length < bytes.length; length += 4) {
      const cut = bytes.slice(0, length);
      new DataView(cut.buffer).setUint32(LENGTH_AT, length, true);
      expect(() => openRecording(repaired(cut)), `${length} bytes`).toThrow(SnapshotError);
    }
  });

  test('any bit turned over', () => {
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << (at % 8);
      expect(() => openRecording(changed), `byte ${at}`).toThrow(SnapshotError);
    }
  });

  test('errors say where', () => {
    const at = HEADER_BYTES + (bytes.length - HEADER_BYTES) - 8;
    const changed = bytes.slice();
    let found: unknown;
    for (let byte = 255; byte > 200 && found === undefined; byte--) {
      changed[at] = byte;
      try {
        openRecording(repaired(changed));
      } catch (error) {
        found = error;
      }
    }
    expect(found).toMatchObject({ code: 'ERR_SNAPSHOT', byteOffset: expect.any(Number) });
  });

  test.each(samples.map((sample) => [sample.name, sample] as const))('bytes changed: %s', (_, sample) => {
    const random = randomOf(sample.bytes.length);
    const firstEvent = snapshotIn(sample.bytes).byteOffset + snapshotIn(sample.bytes).length;
    let opened = 0;
    for (let round = 0; round < 600; round++) {
      const changed = sample.bytes.slice();
      const first = round % 3 === 0 ? HEADER_BYTES : firstEvent;
      for (let left = 1 + random(3); left > 0; left--) {
        const at = first + random(changed.length - first);
        changed[at] = random(3) === 0 ? random(256) : changed[at]! + random(5) - 2;
      }
      if (tryToRun(repaired(changed), `round ${round}`)) opened++;
    }
    expect(opened).toBeGreaterThan(30);
  });
});

/** True when it could be opened; whatever it holds must run to some typed end, there and back. */
function tryToRun(bytes: Uint8Array, what: string): boolean {
  let session: Session | undefined;
  try {
    session = openRecording(bytes, { maxMemoryBytes: 2 ** 24 });
    session.run({ budget: 20_000 });
    const { error } = session.stop!;
    if (error instanceof InternalError || error instanceof TypeError) throw error;
    session.goTo(session.instructionCount - 3);
    session.run({ budget: 20_000 });
  } catch (error) {
    const isTyped = error instanceof GlassboxError && !(error instanceof InternalError || error instanceof UsageError);
    if (!isTyped) throw new Error(`${what}: ${error instanceof Error ? error.stack : error}`);
    const isOpen = session !== undefined;
    expect(isOpen || error instanceof SnapshotError || error instanceof Exhaustion, `${what}: ${error}`).toBe(true);
  }
  return session !== undefined;
}
