/**
 * The dispatch loops by name. All run the same code and may take turns on a store; which is the fastest depends on the
 * host and on how long a guest runs, so a store that asks for none gets what suits (turns.ts).
 */
import { type Clock, chooseLoop, hostClock } from './choose-loop.ts';
import type { Fiber } from './fiber.ts';
import { runSwitch } from './loop.gen.ts';
import { halvesLoop } from './loop-halves.gen.ts';
import { handlersLoop } from './loop-handlers.gen.ts';
import { Turns } from './turns.ts';

/**
 * `switch`: one function of many cases, with 64-bit integers. `halves`: the same with pairs of 32-bit integers.
 * `handlers`: a function an operation, with halves.
 */
export const loopNames = ['switch', 'halves', 'handlers'] as const;
export type LoopName = (typeof loopNames)[number];

/** Runs a fiber from where it stands. True: it has stopped. False: enter again, at the latest after a slice. */
type Loop = (t: Fiber) => boolean;

const loops: Readonly<Record<LoopName, Loop>> = {
  switch: runSwitch,
  halves: halvesLoop,
  handlers: handlersLoop,
};

/** A loop that was left after less was not left for a slice's end. */
const WHOLE_COUNT = 1 << 13;
/** Of the agent: what its host has compiled serves all stores. */
const turns = new Turns(chooseLoop);
/** Loaded when there is something to compare: it takes 3 ms of a start. */
let fineClock: Clock | undefined;

const noClock = () => Number.NaN;

/** Runs `t` from `t.n` until the guest's outermost call ended or the fiber stopped. */
export function runOn(name: LoopName | undefined, t: Fiber): void {
  if (name === undefined) runInTurns(t);
  else while (!loops[name](t)) {}
}

/** Runs `t` by whichever loop is the fastest just then. */
function runInTurns(t: Fiber): void {
  const { meter } = t;
  // Of a run's first slice nobody knows the time: most calls are over before its end, and go without a clock.
  let fromMs = Number.NaN;
  let from = meter.instructionCount;
  for (;;) {
    // A loop takes the next slice before it is left.
    meter.sliceLength = turns.nextLength;
    if (loops[turns.loop](t)) break;
    const count = meter.instructionCount - from;
    if (count < WHOLE_COUNT) continue;
    const clock = fineClock ?? meter.clock ?? noClock;
    turns.note(count, clock() - fromMs);
    if (turns.stage === 'trials') fineClock ??= hostClock();
    fromMs = (fineClock ?? clock)();
    from = meter.instructionCount;
  }
  turns.note(meter.instructionCount - from + t.sliceFuel - t.fuel, Number.NaN);
}

/** Whether the loop of that name, or the one that has the next slice, runs on the agent's stack. */
export function usesAgentStack(name: LoopName | undefined): boolean {
  return (name ?? turns.loop) !== 'halves';
}
