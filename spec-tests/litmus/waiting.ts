/**
 * Waiting and waking between agents: waits without end, so that a notification that is lost hangs the test, and counts
 * of who woke and who was woken, which must agree.
 */
import type { Agents } from './agents.ts';
import { barrierFunction } from './barrier.ts';

const WORD = 1024;

export interface Waiting {
  readonly name: string;
  readonly agents: number;
  /** The function of each agent, which takes its number and the rounds and returns a count. */
  readonly text: string;
  readonly nameOf: (agent: number) => string;
  /** Do the counts agree? */
  readonly agrees: (counts: readonly number[], rounds: number) => boolean;
}

const loop = (body: string) => `
  (loop $next
    ${body}
    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $rounds))))`;

const func = (name: string, body: string) => `
  (func (export "${name}") (param $agent i32) (param $rounds i32) (result i32) (local $i i32) (local $count i32)
    (call $barrier (i32.const AGENTS))
    ${body}
    (local.get $count))`;

const countIf = (condition: string) => `(local.set $count (i32.add (local.get $count) ${condition}))`;
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

/** Hands the word to and fro: each waits for its own number to stand there. */
const pingPong = (wait: string, load: string) =>
  func(
    'play',
    loop(`
      (block $mine
        (loop $again
          (br_if $mine (i32.eq (i32.atomic.load (i32.const ${WORD})) (local.get $agent)))
          (drop (${wait} (i32.const ${WORD}) (${load}) (i64.const -1)))
          (br $again)))
      (i32.atomic.store (i32.const ${WORD}) (i32.sub (i32.const 1) (local.get $agent)))
      (drop (memory.atomic.notify (i32.const ${WORD}) (i32.const 1)))`),
  );

const otherNumber = 'i32.sub (i32.const 1) (local.get $agent)';
const waitUntilWoken = (timeoutNs: string) =>
  func(
    'wait',
    loop(countIf(`(i32.eqz (memory.atomic.wait32 (i32.const ${WORD}) (i32.const 0) (i64.const ${timeoutNs})))`)),
  );

/** Notifies until all waits are over, and counts who was woken. */
const wakeAll = (waiters: number, atATime: number) =>
  func(
    'wake',
    `(loop $next
      ${countIf(`(memory.atomic.notify (i32.const ${WORD}) (i32.const ${atATime}))`)}
      (br_if $next (i32.lt_u (local.get $count) (i32.mul (local.get $rounds) (i32.const ${waiters})))))`,
  );

const wakeSometimes = func('wake', loop(countIf(`(memory.atomic.notify (i32.const ${WORD}) (i32.const -1))`)));

export const waitings: readonly Waiting[] = [
  {
    name: 'wait32 to and fro',
    agents: 2,
    text: pingPong('memory.atomic.wait32', otherNumber),
    nameOf: () => 'play',
    agrees: () => true,
  },
  {
    name: 'wait64 to and fro',
    agents: 2,
    text: pingPong('memory.atomic.wait64', `i64.extend_i32_u (${otherNumber})`),
    nameOf: () => 'play',
    agrees: () => true,
  },
  {
    name: 'one woken at a time',
    agents: 4,
    text: waitUntilWoken('-1') + wakeAll(3, 1),
    nameOf: (agent) => (agent === 3 ? 'wake' : 'wait'),
    agrees: (counts, rounds) => counts.every((count, agent) => count === (agent === 3 ? 3 * rounds : rounds)),
  },
  {
    name: 'all woken at once',
    agents: 4,
    text: waitUntilWoken('-9223372036854775808') + wakeAll(3, -1),
    nameOf: (agent) => (agent === 3 ? 'wake' : 'wait'),
    agrees: (counts, rounds) => counts.every((count, agent) => count === (agent === 3 ? 3 * rounds : rounds)),
  },
  {
    name: 'woken or out of time',
    agents: 4,
    text: waitUntilWoken('20000') + wakeSometimes,
    nameOf: (agent) => (agent === 3 ? 'wake' : 'wait'),
    agrees: (counts) => sum(counts.slice(0, 3)) === counts[3],
  },
];

/** The counts; they must agree. */
export async function countWakes(agents: Agents, waiting: Waiting, rounds: number): Promise<readonly number[]> {
  const { results } = await agents.run({
    text: `(module (memory (import "" "memory") 1 1 shared)${barrierFunction}${waiting.text})`.replaceAll(
      'AGENTS',
      String(waiting.agents),
    ),
    pages: 1,
    count: waiting.agents,
    name: waiting.nameOf,
    args: [rounds],
  });
  return results as number[];
}
