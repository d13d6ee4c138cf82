/**
 * The dispatch loops by name. All run the same code and may take turns on a store; which is the fastest depends on the
 * host, so a store that asks for none gets what a probe found.
 */
import { type Clock, chooseLoop, hostClock } from './choose-loop.ts';
import type { Fiber } from './fiber.ts';
import { switchLoop } from './loop.gen.ts';
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
  switch: switchLoop,
  halves: halvesLoop,
  handlers: handlersLoop,
};

let chosen: LoopName | undefined;

/** What suits the host; found out when first asked for. */
function chosenLoop(): LoopName {
  chosen ??= chooseLoop();
  return chosen;
}

/** Runs `t` from `t.n` until the guest's outermost call ended or the fiber stopped. */
export function runOn(name: LoopName | undefined, t: Fiber): void {
  if (name === undefined && chosenLoop() === 'switch' && t.meter.clock !== undefined) {
    runInTurns(t, t.meter.clock);
    return;
  }
  const loop = loops[name ?? chosenLoop()];
  while (!loop(t)) {}
}

/** A loop that was left after less was not left for a slice's end. */
const JUDGED = 1 << 13;
/** Of the agent: what its host has compiled serves all stores. */
const turns = new Turns();
/** Loaded when there is something to compare: it takes 3 ms of a start. */
let fineClock: Clock | undefined;

/** Runs `t` on the switch or on handlers, whichever is the faster just then. */
function runInTurns(t: Fiber, coarseClock: Clock): void {
  const { meter } = t;
  let clock = fineClock ?? coarseClock;
  // Of the first slice nobody knows the time.
  let fromMs = Number.NaN;
  let from = meter.instructionCount;
  for (;;) {
    // A loop takes the next slice before it is left.
    meter.sliceLength = turns.nextLength;
    if (turns.usesSwitch ? switchLoop(t) : handlersLoop(t)) break;
    const count = meter.instructionCount - from;
    if (count < JUDGED) continue;
    const ms = clock() - fromMs;
    if (ms >= 0) turns.judge(ms, count);
    if (turns.stage === 'trials') fineClock ??= hostClock();
    clock = fineClock ?? coarseClock;
    fromMs = clock();
    from = meter.instructionCount;
  }
  turns.noteShort(meter.instructionCount - from + t.sliceFuel - t.fuel);
}

/** Whether the loop of that name runs on the agent's stack. */
export function usesAgentStack(name: LoopName | undefined): boolean {
  return (name ?? chosenLoop()) === 'switch';
}
