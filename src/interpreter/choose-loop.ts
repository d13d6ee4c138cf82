/**
 * Finds out which dispatch loop suits the host, by timing small models of them: no name of a host is looked at.
 *
 * A switch is a table of jumps on some hosts and a chain of comparisons on others (4–7× slower, docs/rationale.md);
 * 64-bit integers are fast on some and allocated on others.
 */

import { handlersModel, type ModelInstr, modelHandlers, modelSize, switchModel } from './loop-models.gen.ts';
import type { LoopName } from './loops.ts';

/** A clock in milliseconds. */
export type Clock = () => number;

/** What a host may have beyond the language. */
declare const performance: { now?: Clock } | undefined;

/** Steps of the first timing; it is doubled until the clock can tell. */
const FIRST_STEPS = 64;
const MAX_STEPS = 1 << 18;
/** Timings of a pair; the shortest counts, as others may have been interrupted. */
const ROUNDS = 3;
/**
 * How much faster the other way must be to be taken. Models are smaller than loops: on V8 before its compilers step in,
 * the model of handlers takes 0.4 to 0.8 of the time and the loop of handlers 1.1; where a switch is a chain of
 * comparisons, it is 0.02 (measured).
 */
const CLEARLY = 0.25;

/** @param clock in milliseconds; the host's finest unless told */
export function chooseLoop(clock: Clock = hostClock()): LoopName {
  const program = modelProgram();
  const stopwatch = stopwatchOf(clock);
  const asHandlers = (steps: number) => handlersModel(program, steps);
  const asSwitch = (steps: number) => switchModel(program, steps);
  if (isFaster(stopwatch, asHandlers, asSwitch)) return 'handlers';
  if (typeof BigInt64Array === 'undefined') return 'halves';
  return isFaster(stopwatch, addHalves, addLong) ? 'halves' : 'switch';
}

/** The finest that the host has. */
export function hostClock(): Clock {
  const host = typeof performance === 'undefined' ? undefined : performance;
  return typeof host?.now === 'function' ? () => host.now!() : Date.now;
}

/**
 * Whether `candidate` is clearly faster than `usual`, each time it is asked; no when the clock cannot tell. A host that
 * compiles as it goes gives misleading times at first, but not always the same way: the first no counts.
 */
function isFaster({ clock, enoughMs, confirmations }: Stopwatch, candidate: Steps, usual: Steps): boolean {
  let confirmed = 0;
  for (let steps = FIRST_STEPS; steps <= MAX_STEPS; steps *= 2) {
    let [best, bestUsual] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let round = 0; round < ROUNDS; round++) {
      bestUsual = Math.min(bestUsual, timeOf(clock, usual, steps));
      best = Math.min(best, timeOf(clock, candidate, steps));
    }
    if (best + bestUsual < enoughMs) continue;
    if (best >= bestUsual * CLEARLY) return false;
    confirmed++;
    if (confirmed === confirmations) return true;
  }
  return confirmed > 0;
}

function timeOf(clock: Clock, run: (steps: number) => void, steps: number): number {
  const from = clock();
  run(steps);
  return clock() - from;
}

/** Runs a model for so many steps. */
type Steps = (steps: number) => void;

interface Stopwatch {
  readonly clock: Clock;
  /** How long a pair of timings must be for the clock to tell them apart. */
  readonly enoughMs: number;
  /** How many such pairs must agree. */
  readonly confirmations: number;
}

/** A clock that only knows whole milliseconds needs long timings; those are not misled by a compiler's first turns. */
function stopwatchOf(clock: Clock): Stopwatch {
  const times = [clock(), clock()];
  return times.every(Number.isInteger)
    ? { clock, enoughMs: 8, confirmations: 1 }
    : { clock, enoughMs: 0.02, confirmations: 2 };
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
