/**
 * The value stack that the switch loop runs on: one for the agent, never replaced, so that the compiler takes its
 * address and length into the loop's code (CoreMark takes 0.87 of the time, measured). The fiber that a loop runs has
 * it; when another one needs it, or when it stops, its words move to a stack of its own.
 */
import type { Fiber } from './fiber.ts';

/** Slots of 8 bytes under their element types; frame offsets count words of 4 bytes. */
export interface ValueStack {
  readonly I: Int32Array;
  readonly F: Float64Array;
  readonly S: Float32Array;
  /** Null on hosts without it, where the loops of halves run. */
  readonly B64: BigInt64Array | null;
}

/** Hosts reserve it and commit what is used. Fibers that need more run in the loop of halves, on their own. */
const AGENT_STACK_WORDS = 2 ** 21;

export function makeStack(words: number): ValueStack {
  const buffer = new ArrayBuffer(Math.ceil(words / 2) * 8);
  return {
    I: new Int32Array(buffer),
    F: new Float64Array(buffer),
    S: new Float32Array(buffer),
    B64: typeof BigInt64Array === 'undefined' ? null : new BigInt64Array(buffer),
  };
}

/** Of fibers that run nothing. */
export const noStack = makeStack(0);

let stack: ValueStack | undefined;
let holder: Fiber | null = null;

/** Made when a loop first needs it. */
export function agentStack(): ValueStack {
  stack ??= makeStack(AGENT_STACK_WORDS);
  return stack;
}

/** Lets `t` run on the agent's stack. False: it has more words than that, and keeps its own. */
export function takeAgentStack(t: Fiber): boolean {
  const agent = agentStack();
  if (t.I === agent.I) return true;
  if (t.words > agent.I.length) return false;
  if (holder !== null) moveOut(holder);
  t.moveTo(agent);
  holder = t;
  return true;
}

/** Moves the words of `t` to a stack of its own, where they stay until it goes on. */
export function leaveAgentStack(t: Fiber): void {
  if (t === holder) moveOut(t);
}

/** Frees the stack of a fiber whose words mean nothing any more, but for a small one of its own. */
export function dropStack(t: Fiber): void {
  if (t === holder) holder = null;
  else if (t.words <= AGENT_STACK_WORDS) return;
  t.forgetStack();
}

function moveOut(t: Fiber): void {
  holder = null;
  t.moveTo(makeStack(t.words));
}
