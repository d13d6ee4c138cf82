/**
 * Snapshots between hosts: a guest that stops in one goes on in another, to the same results, output, state and
 * number of instructions as a run that nobody has disturbed. Sessions work in each host alike.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GuestName, guests } from './hosts/guests.ts';
import { bundleWork, chromiumPath, chromiumSide, type HostSide, nodeSide, quickjsSide } from './hosts/host-sides.ts';
import type { Outcome } from './hosts/work.ts';

const names = Object.keys(guests) as GuestName[];
const hostNames = ['QuickJS', ...(chromiumPath === undefined ? [] : ['Chromium'])];
let node: HostSide;
const sides = new Map<string, HostSide>();
const whole = new Map<GuestName, Outcome>();

if (chromiumPath === undefined) {
  console.warn('\n*** SNAPSHOTS WERE NOT TESTED IN CHROMIUM: there is none on this machine. ***\n');
}

beforeAll(async () => {
  const script = await bundleWork();
  node = await nodeSide(script);
  sides.set('QuickJS', await quickjsSide(script));
  if (chromiumPath !== undefined) sides.set('Chromium', await chromiumSide(script));
  for (const name of names) whole.set(name, await node.run('runWhole', name));
});

afterAll(async () => {
  for (const side of sides.values()) await side.close();
});

describe('undisturbed in Node', () => {
  test('SHA-256 is that of others', () => {
    const message = Uint8Array.from({ length: 5 * 64 }, (_, i) => 31 * Math.floor(i / 64) + 7 * (i % 64));
    const first = createHash('sha256').update(message).digest().readInt32BE(0);
    expect(whole.get('SHA-256')!.results).toBe(String(first));
  });

  test('a command writes thirty lines', () => {
    const { output, results } = whole.get('a command')!;
    expect([Buffer.from(output, 'hex').toString().split('\n').length, results]).toEqual([31, 'exit 3']);
  });
});

describe.each(hostNames)('%s', (hostName) => {
  const host = () => sides.get(hostName)!;

  test.each(names)('runs %s as Node does', async (name) => {
    expect(await host().run('runWhole', name)).toEqual(whole.get(name));
  });

  describe.each([0, 0.31, 0.5, 0.99])('a guest stopped at %f', (part) => {
    const stopOf = (name: GuestName) => Math.floor(whole.get(name)!.instructionCount * part);

    test.each(names)('in Node goes on there: %s', async (name) => {
      const stopped = await node.run('runTo', name, stopOf(name));
      const outcome = await host().run('goOn', stopped.snapshot);
      expect({ ...outcome, output: stopped.output + outcome.output }).toEqual(whole.get(name));
    });

    test.each(names)('there goes on in Node: %s', async (name) => {
      const stopped = await host().run('runTo', name, stopOf(name));
      expect(stopped).toEqual(await node.run('runTo', name, stopOf(name)));
      const outcome = await node.run('goOn', stopped.snapshot);
      expect({ ...outcome, output: stopped.output + outcome.output }).toEqual(whole.get(name));
    });
  });

  test('looks inside as in Node', async () => {
    const lines = await node.run('lookInside');
    expect(lines).toHaveLength(13);
    expect(await host().run('lookInside')).toEqual(lines);
  });
});

test.skipIf(chromiumPath === undefined)(
  'a guest in a page uses its streams and clocks, and the page goes on',
  async () => {
    const { text, isRandom, ticks } = await sides.get('Chromium')!.run('streamThroughPage');
    expect({ text, isRandom }).toEqual({ text: 'one two three', isRandom: 1 });
    expect(ticks).toBeGreaterThan(0);
  },
);
