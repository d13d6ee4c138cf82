/** Bytes that are no snapshot, or one that somebody has changed: a typed error, or a state that runs. */
import { describe, expect, test } from 'vitest';
import { compile, Store } from '../../api/index.ts';
import { setStore } from '../../api/ownership.ts';
import { adopt, call, finish, load, runTo, save } from '../../api/test-guest.ts';
import type { Instance, ModuleCode } from '../../runtime/index.ts';
import { Exhaustion, GlassboxError, InternalError, SnapshotError } from '../../syntax/index.ts';
import { CHECKSUM_AT, checksum, VERSION_AT } from './format.ts';
import { decodeSnapshot } from './index.ts';
import { guests } from './test-guests.ts';

/** A generator of its own, so that a failure can be looked at again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function repaired(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer).setInt32(CHECKSUM_AT, checksum(bytes), true);
  return bytes;
}

const samples = guests.map(({ name, text }) => {
  const module = compile(text);
  const whole = call(module, {}, 'main');
  finish(whole);
  const guest = call(module, {}, 'main');
  runTo(guest, Math.floor(whole.store.instructionCount / 2));
  return { name, bytes: save(guest), bare: save(guest, { omitModuleBytes: true }), modules: [module.code] };
});
const fibSample = samples[0]!;

const wrongBytes: readonly [string, (bytes: Uint8Array) => Uint8Array, RegExp][] = [
  ['nothing', () => new Uint8Array(0), /cut off/],
  ['a module', () => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), /no snapshot/],
  ['another version', (bytes) => repaired(bytes.fill(9, VERSION_AT, VERSION_AT + 1)), /version 9; .* version 1/],
  ['a wrong checksum', (bytes) => bytes.fill(0, CHECKSUM_AT, CHECKSUM_AT + 4), /checksum/],
  ['more bytes', (bytes) => Uint8Array.of(...bytes, 0, 0, 0, 0), /says it is/],
];

test.each(wrongBytes)('%s', (_, change, words) => {
  expect(() => load(change(fibSample.bytes.slice()))).toThrow(SnapshotError);
  expect(() => load(change(fibSample.bytes.slice()))).toThrow(words);
});

describe.each(samples.map((sample) => [sample.name, sample] as const))('%s', (_, { bytes, bare, modules }) => {
  test('cut off anywhere', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => load(bytes.slice(0, length)), `${length} bytes`).toThrow(SnapshotError);
    }
  });

  test('cut off anywhere, with a length and checksum that fit', () => {
    for (let length = 24; length < bytes.length; length += 4) {
      const cut = bytes.slice(0, length);
      new DataView(cut.buffer).setUint32(16, length, true);
      expect(() => load(repaired(cut), {}, { modules }), `${length} bytes`).toThrow(SnapshotError);
    }
  });

  test('any bit turned over', () => {
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << (at % 8);
      expect(() => load(changed), `byte ${at}`).toThrow(SnapshotError);
    }
  });

  test('bytes changed, with a checksum that fits', () => {
    const random = randomOf(bare.length);
    let read = 0;
    for (let round = 0; round < 1500; round++) {
      const changed = bare.slice();
      for (let left = 1 + random(3); left > 0; left--) {
        const at = 24 + random(bare.length - 24);
        changed[at] = random(3) === 0 ? random(256) : changed[at]! + random(5) - 2;
      }
      if (tryToRun(repaired(changed), modules, `round ${round}`)) read++;
    }
    // Values of memories, numbers and counts may be anything.
    expect(read).toBeGreaterThan(50);
  });
});

/** True when the snapshot could be read; whatever it holds must run to some typed end. */
function tryToRun(bytes: Uint8Array, modules: readonly ModuleCode[], what: string): boolean {
  const store = new Store({ maxMemoryBytes: 2 ** 24, maxTableElements: 2 ** 16 });
  const own = (instance: Instance) => setStore(instance, store);
  let isRead = false;
  try {
    const state = decodeSnapshot(bytes, { budgets: store.budgets, own, modules });
    isRead = true;
    const guest = adopt({ ...state, fuelLeft: 20_000 }, store);
    finish(guest);
  } catch (error) {
    const isTyped = error instanceof GlassboxError && !(error instanceof InternalError);
    if (!isTyped) throw new Error(`${what}: ${error instanceof Error ? error.stack : error}`);
    expect(isRead || error instanceof SnapshotError || error instanceof Exhaustion, `${what}: ${error}`).toBe(true);
  }
  return isRead;
}
