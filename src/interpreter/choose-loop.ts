/**
 * Finds out which dispatch loop suits the host, by timing small models of them: no name of a host is looked at.
 *
 * A switch is a table of jumps on some hosts and a chain of comparisons on others (4–7× slower, docs/rationale.md);
 * 64-bit integers are fast on some and allocated on others.
 */

import { handlersModel, type ModelInstr, modelHandlers, modelSize, switchModel } from './loop-models.gen.ts';
import type { LoopName } from './loops.ts';

/** A clock in milliseconds. */
type Clock = () => number;

/** What a host may have beyond the language. */
declare const performance: { now?: Clock } | undefined;

/** Steps of the first timing; it is doubled until the clock can tell. */
const FIRST_STEPS = 256;
const MAX_STEPS = 1 << 18;
/** Timings of a pair; the shortest counts, as others may have been interrupted. */
const ROUNDS = 3;
/** How much faster the other way must be to be taken: models are smaller than loops. */
const CLEARLY = 0.8;

/** @param clock in milliseconds; the host's finest unless told */
export function chooseLoop(clock: Clock = hostClock()): LoopName {
  const program = modelProgram();
  const enoughMs = shortestTelling(clock);
  const asHandlers = (steps: number) => handlersModel(program, steps);
  const asSwitch = (steps: number) => switchModel(program, steps);
  if (isFaster(clock, enoughMs, asHandlers, asSwitch)) return 'handlers';
  if (typeof BigInt64Array === 'undefined') return 'halves';
  return isFaster(clock, enoughMs, addHalves, addLong) ? 'halves' : 'switch';
}

function hostClock(): Clock {
  const host = typeof performance === 'undefined' ? undefined : performance;
  return typeof host?.now === 'function' ? () => host.now!() : Date.now;
}

/** Whether `candidate` is clearly faster than `usual`; no when the clock cannot tell. */
function isFaster(
  clock: Clock,
  enoughMs: number,
  candidate: (steps: number) => void,
  usual: (steps: number) => void,
): boolean {
  // A clock may tick as seldom as once a millisecond.
  for (let steps = FIRST_STEPS; steps <= MAX_STEPS; steps *= 2) {
    let [best, bestUsual] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < ROUNDS; round++) {
      bestUsual = Math.min(bestUsual, timeOf(clock, usual, steps));
      best = Math.min(best, timeOf(clock, candidate, steps));
    }
    if (best + bestUsual >= enoughMs) return best < bestUsual * CLEARLY;
  }
  return false;
}

function timeOf(clock: Clock, run: (steps: number) => void, steps: number): number {
  const from = clock();
  run(steps);
  return clock() - from;
}

const FINE_ENOUGH_MS = 0.05;
const COARSE_ENOUGH_MS = 16;

/** How long timings must be for the clock to tell them apart: many ticks of one that knows whole milliseconds only. */
function shortestTelling(clock: Clock): number {
  const times = [clock(), clock()];
  return times.every(Number.isInteger) ? COARSE_ENOUGH_MS : FINE_ENOUGH_MS;
}

/** A ring of operations from all over the model's table. */
function modelProgram(): ModelInstr {
  const RING = 16;
  const STRIDE = 37;
  const ring = Array.from({ length: RING }, (_, i): ModelInstr => {
    const number = (i * STRIDE) % modelSize;
    return { number, h: modelHandlers[number]!, a: i, next: null };
  });
  for (let i = 0; i < RING; i++) ring[i]!.next = ring[(i + 1) % RING]!;
  return ring[0]!;
}

const pair = new Int32Array([-1, 1, 3, 5]);

function addHalves(steps: number): void {
  const I = pair;
  for (let left = steps; left > 0; left--) {
    const x = I[0]!;
    const s = (x + I[2]!) | 0;
    I[0] = s;
    I[1] = (I[1]! + I[3]! + ((s ^ -2147483648) < (x ^ -2147483648) ? 1 : 0)) | 0;
  }
}

function addLong(steps: number): void {
  const longs = new BigInt64Array(pair.buffer);
  for (let left = steps; left > 0; left--) longs[0] = longs[0]! + longs[1]!;
}
