/**
 * Litmus tests: a few agents each do a few accesses of the same places, round for round on places of their own, and
 * what they have read is counted. Outcomes that no order of the accesses explains must not occur.
 *
 *     a round's 512 bytes   [0] x   [128] y   [256 + 8·k] what was read k-th, as i64
 *
 * @see https://webassembly.github.io/threads/core/exec/relaxed.html
 */
import type { Agents } from './agents.ts';
import { barrierFunction } from './barrier.ts';

/** Both names of what is read in a place are bytes from the beginning of the round. */
const places = { x: 0, y: 128 } as const;
const READS = 256;
const ROUND_BYTES = 512;
const FIRST_ROUND = 65536;
const PAGE_BYTES = 65536;
/** Between two meetings of the agents: some drift apart, and some are at the same round together. */
const ROUNDS_BETWEEN_MEETINGS = 20;

export interface Shape {
  readonly name: string;
  /**
   * What each agent does, a step an access: `x=1` and `r0=x` with the access's instruction after a space, or `fence`.
   */
  readonly agents: readonly (readonly string[])[];
  readonly forbids: (reads: readonly bigint[]) => boolean;
  readonly readCount: number;
}

const STORE = 'i32.atomic.store';
const LOAD = 'i32.atomic.load';
const all = (...expected: readonly number[]) => {
  return (reads: readonly bigint[]) => expected.every((value, i) => reads[i] === BigInt(value));
};

export const shapes: readonly Shape[] = [
  {
    name: 'MP, atomics',
    agents: [
      [`x=1 ${STORE}`, `y=1 ${STORE}`],
      [`r0=y ${LOAD}`, `r1=x ${LOAD}`],
    ],
    forbids: all(1, 0),
    readCount: 2,
  },
  {
    name: 'MP, plain data behind an atomic flag',
    agents: [
      ['x=1 i32.store', `y=1 ${STORE}`],
      [`r0=y ${LOAD}`, 'r1=x i32.load'],
    ],
    forbids: all(1, 0),
    readCount: 2,
  },
  {
    name: 'MP, the flag by exchanges of a byte',
    agents: [
      ['x=1 i64.store', 'y=1 i32.atomic.rmw8.xchg_u'],
      ['r0=y i32.atomic.load8_u', 'r1=x i64.load'],
    ],
    forbids: all(1, 0),
    readCount: 2,
  },
  {
    name: 'SB, atomics',
    agents: [
      [`x=1 ${STORE}`, `r0=y ${LOAD}`],
      [`y=1 ${STORE}`, `r1=x ${LOAD}`],
    ],
    forbids: all(0, 0),
    readCount: 2,
  },
  {
    name: 'SB, atomics of 64 bits',
    agents: [
      ['x=1 i64.atomic.store', 'r0=y i64.atomic.load'],
      ['y=1 i64.atomic.store', 'r1=x i64.atomic.load'],
    ],
    forbids: all(0, 0),
    readCount: 2,
  },
  {
    name: 'SB, plain accesses around fences',
    agents: [
      ['x=1 i32.store', 'fence', 'r0=y i32.load'],
      ['y=1 i32.store', 'fence', 'r1=x i32.load'],
    ],
    forbids: all(0, 0),
    readCount: 2,
  },
  {
    // Shows that rounds of different agents meet: on most machines 0 0 occurs.
    name: 'SB, plain accesses, which may do what they like',
    agents: [
      ['x=1 i32.store', 'r0=y i32.load'],
      ['y=1 i32.store', 'r1=x i32.load'],
    ],
    forbids: () => false,
    readCount: 2,
  },
  {
    name: 'LB, atomics',
    agents: [
      [`r0=x ${LOAD}`, `y=1 ${STORE}`],
      [`r1=y ${LOAD}`, `x=1 ${STORE}`],
    ],
    forbids: all(1, 1),
    readCount: 2,
  },
  {
    name: 'IRIW, atomics',
    agents: [[`x=1 ${STORE}`], [`y=1 ${STORE}`], [`r0=x ${LOAD}`, `r1=y ${LOAD}`], [`r2=y ${LOAD}`, `r3=x ${LOAD}`]],
    forbids: all(1, 0, 1, 0),
    readCount: 4,
  },
  {
    name: 'mixed sizes: two halves written in order, read at once',
    agents: [['x=1 i32.atomic.store16', 'x+2=1 i32.atomic.store16'], [`r0=x ${LOAD}`]],
    forbids: ([whole]) => ![0x0n, 0x1n, 0x1_0001n].includes(whole!),
    readCount: 1,
  },
  {
    name: 'mixed sizes: 64 bits written at once, halves read in order',
    agents: [['x=-1 i64.atomic.store'], [`r0=x+4 ${LOAD}`, `r1=x ${LOAD}`]],
    forbids: ([high, low]) => high !== 0n && low === 0n,
    readCount: 2,
  },
  {
    name: 'mixed sizes: 64 bits are not torn',
    agents: [['x=-1 i64.atomic.store'], ['r0=x i64.atomic.load', 'r1=x i64.atomic.load']],
    forbids: ([first, second]) => [first, second].some((value) => value !== 0n && value !== -1n) || first! < second!,
    readCount: 2,
  },
];

/** How often each outcome has occurred: what was read, joined by spaces. */
export interface LitmusCount {
  readonly outcomes: Readonly<Record<string, number>>;
  readonly forbidden: readonly string[];
}

export async function countOutcomes(agents: Agents, shape: Shape, rounds: number): Promise<LitmusCount> {
  const pages = Math.ceil((FIRST_ROUND + rounds * ROUND_BYTES) / PAGE_BYTES);
  const text = moduleText(shape, rounds, pages);
  const name = (agent: number) => `agent${agent}`;
  const { memory } = await agents.run({ text, pages, count: shape.agents.length, name });
  const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset, memory.byteLength);
  const outcomes: Record<string, number> = {};
  const forbidden = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const at = FIRST_ROUND + round * ROUND_BYTES + READS;
    const reads = Array.from({ length: shape.readCount }, (_, i) => view.getBigInt64(at + 8 * i, true));
    const outcome = reads.join(' ');
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (shape.forbids(reads)) forbidden.add(outcome);
  }
  return { outcomes, forbidden: [...forbidden] };
}

function moduleText({ agents }: Shape, rounds: number, pages: number): string {
  const funcs = agents.map((steps, agent) => agentFunction(steps, agent, agents.length, rounds));
  return `(module (memory (import "" "memory") ${pages} ${pages} shared)${barrierFunction}${funcs.join('')})`;
}

function agentFunction(steps: readonly string[], agent: number, count: number, rounds: number): string {
  const reads = steps.flatMap((step) => /^r(\d)=/.exec(step)?.[1] ?? []);
  return `
  (func (export "agent${agent}") (param i32) (local $i i32) (local $at i32)
    ${reads.map((read) => `(local $r${read} i64)`).join(' ')}
    (local.set $at (i32.const ${FIRST_ROUND}))
    (loop $next
      (if (i32.eqz (i32.rem_u (local.get $i) (i32.const ${ROUNDS_BETWEEN_MEETINGS})))
        (then (call $barrier (i32.const ${count}))))
      ${steps.map(stepText).join('\n      ')}
      ${reads.map(keepText).join('\n      ')}
      (local.set $at (i32.add (local.get $at) (i32.const ${ROUND_BYTES})))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const ${rounds})))))`;
}

/** Keeps what was read `read`-th. */
function keepText(read: string): string {
  return `(i64.store offset=${READS + 8 * Number(read)} (local.get $at) (local.get $r${read}))`;
}

/** `x+2=1 i32.atomic.store16` */
function stepText(step: string): string {
  if (step === 'fence') return '(atomic.fence)';
  const [, left, right, instruction] = /^(\S+)=(\S+) (\S+)$/.exec(step)!;
  const type = instruction!.slice(0, 3);
  if (left!.startsWith('r')) {
    const value = `(${instruction} ${addressText(right!)})`;
    return `(local.set $${left} ${type === 'i64' ? value : `(i64.extend_i32_u ${value})`})`;
  }
  const access = `(${instruction} ${addressText(left!)} (${type}.const ${right}))`;
  return instruction!.includes('rmw') ? `(drop ${access})` : access;
}

function addressText(place: string): string {
  const [name, more = '0'] = place.split('+');
  return `offset=${places[name as keyof typeof places] + Number(more)} (local.get $at)`;
}
