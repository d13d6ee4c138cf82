/**
 * The dispatch loops by name. All run the same code and may take turns on a store; which is the fastest depends on the
 * host, so a store that asks for none gets what a probe found.
 */
import { chooseLoop } from './choose-loop.ts';
import type { Fiber } from './fiber.ts';
import { runSwitch } from './loop.gen.ts';
import { runHalves } from './loop-halves.gen.ts';
import { runHandlers } from './loop-handlers.gen.ts';

/**
 * `switch`: one function of many cases, with 64-bit integers. `halves`: the same with pairs of 32-bit integers.
 * `handlers`: a function an operation, with halves.
 */
export const loopNames = ['switch', 'halves', 'handlers'] as const;
export type LoopName = (typeof loopNames)[number];

const loops: Readonly<Record<LoopName, (t: Fiber) => void>> = {
  switch: runSwitch,
  halves: runHalves,
  handlers: runHandlers,
};

let chosen: LoopName | undefined;

/** The loop of a name; without one the fastest here, which is found out at the first call. */
export function loopOf(name: LoopName | undefined): (t: Fiber) => void {
  if (name !== undefined) return loops[name];
  chosen ??= chooseLoop();
  return loops[chosen];
}

/** Whether the loop of that name runs on the agent's stack. */
export function usesAgentStack(name: LoopName | undefined): boolean {
  return loopOf(name) === runSwitch;
}
