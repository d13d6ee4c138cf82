/**
 * Every read-modify-write, by several agents at the same word: none may be lost or done twice. Each agent checks what
 * it gets back where it can know it; the rest is in the word at the end.
 */
import type { Agents } from './agents.ts';
import { barrierFunction } from './barrier.ts';

/** The word that all change, on a line of its own. */
const WORD = 1024;

interface Width {
  readonly type: 'i32' | 'i64';
  readonly bits: 8 | 16 | 32 | 64;
}

const widths: readonly Width[] = (['i32', 'i64'] as const).flatMap((type) =>
  ([8, 16, 32, 64] as const).filter((bits) => type === 'i64' || bits < 64).map((bits) => ({ type, bits })),
);
const operators = ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'] as const;
type Operator = (typeof operators)[number];

export interface Contention extends Width {
  readonly operator: Operator;
  /** `i64.atomic.rmw8.add_u` */
  readonly name: string;
}

export const contentions: readonly Contention[] = widths.flatMap((width) =>
  operators.map((operator) => ({ ...width, operator, name: rmwName(width, operator) })),
);

function rmwName({ type, bits }: Width, operator: Operator): string {
  const isFull = bits === Number(type.slice(1));
  return isFull ? `${type}.atomic.rmw.${operator}` : `${type}.atomic.rmw${bits}.${operator}_u`;
}

function loadName({ type, bits }: Width): string {
  return bits === Number(type.slice(1)) ? `${type}.atomic.load` : `${type}.atomic.load${bits}_u`;
}

/** What went wrong; empty: nothing. `rounds` is even. */
export async function findLost(
  agents: Agents,
  contention: Contention,
  count: number,
  rounds: number,
): Promise<string[]> {
  const { results, memory } = await agents.run({
    text: moduleText(contention, count),
    pages: 1,
    count,
    name: () => 'run',
    args: [rounds],
  });
  const { bits } = contention;
  const view = new DataView(memory.bytes.buffer);
  const word = BigInt.asUintN(bits, view.getBigUint64(WORD, true));
  const sums = results.map((result) => BigInt.asUintN(64, result as bigint));
  const total = sums.reduce((sum, each) => BigInt.asUintN(64, sum + each), 0n);
  const { wanted, wantedTotal } = expectation(contention, count, rounds, word);
  const problems = [];
  if (wanted !== undefined && word !== wanted) problems.push(`${contention.name}: ${word}, not ${wanted}`);
  if (total !== wantedTotal)
    problems.push(`${contention.name}: what was returned comes to ${total}, not ${wantedTotal}`);
  return problems;
}

/** The word at the end, and the sum of what the agents have counted. */
function expectation({ bits, operator }: Contention, count: number, rounds: number, word: bigint) {
  const steps = BigInt(count * rounds);
  if (operator === 'add' || operator === 'cmpxchg') return { wanted: BigInt.asUintN(bits, steps), wantedTotal: 0n };
  if (operator === 'sub') return { wanted: BigInt.asUintN(bits, -steps), wantedTotal: 0n };
  if (operator === 'xchg') {
    // Agent n puts in n + 1 each time, and all but one of what was put in comes out again.
    const put = Array.from({ length: count }, (_, i) => BigInt(rounds * (i + 1))).reduce((sum, each) => sum + each);
    return { wanted: undefined, wantedTotal: put - word };
  }
  return { wanted: 0n, wantedTotal: 0n };
}

function moduleText(contention: Contention, count: number): string {
  const { type, operator } = contention;
  return `(module (memory (import "" "memory") 1 1 shared)${barrierFunction}
    (func (export "run") (param $agent i32) (param $rounds i32) (result i64)
      (local $i i32) (local $sum i64) (local $seen ${type}) (local $bit ${type})
      (local.set $bit (${type}.shl (${type}.const 1) ${asType(type, '(local.get $agent)')}))
      (call $barrier (i32.const ${count}))
      (loop $next
        ${bodies[operator](contention)}
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $rounds))))
      (local.get $sum)))`;
}

function asType(type: string, value: string): string {
  return type === 'i64' ? `(i64.extend_i32_u ${value})` : value;
}

/** Counts 1 for each return whose bit of the agent is not `wanted`. */
function checkBit({ type }: Width, call: string, wanted: string): string {
  const bit = `(${type}.ne (${type}.and ${call} (local.get $bit)) ${wanted})`;
  return `(local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u ${bit})))`;
}

const bitAt = (width: Width, operator: Operator, value: string) =>
  `(${rmwName(width, operator)} (i32.const ${WORD}) ${value})`;

/** Each agent sets and clears a bit of its own, and knows what it was. */
function setAndClear(width: Width, set: Operator, setValue: string, clear: Operator, clearValue: string): string {
  const { type } = width;
  return `${checkBit(width, bitAt(width, set, setValue), `(${type}.const 0)`)}
    ${checkBit(width, bitAt(width, clear, clearValue), '(local.get $bit)')}`;
}

const bodies: Record<Operator, (width: Width) => string> = {
  add: (width) => `(drop ${bitAt(width, 'add', `(${width.type}.const 1)`)})`,
  sub: (width) => `(drop ${bitAt(width, 'sub', `(${width.type}.const 1)`)})`,
  and: (width) => setAndClear(width, 'xor', '(local.get $bit)', 'and', notBit(width)),
  or: (width) => setAndClear(width, 'or', '(local.get $bit)', 'xor', '(local.get $bit)'),
  xor: (width) => setAndClear(width, 'xor', '(local.get $bit)', 'xor', '(local.get $bit)'),
  xchg: (width) => {
    const token = asType(width.type, '(i32.add (local.get $agent) (i32.const 1))');
    const call = bitAt(width, 'xchg', token);
    const value = width.type === 'i64' ? call : `(i64.extend_i32_u ${call})`;
    return `(local.set $sum (i64.add (local.get $sum) ${value}))`;
  },
  cmpxchg: (width) => {
    const { type } = width;
    const next = `(${type}.add (local.get $seen) (${type}.const 1))`;
    return `(loop $again
      (local.set $seen (${loadName(width)} (i32.const ${WORD})))
      (br_if $again (${type}.ne (local.get $seen)
        (${rmwName(width, 'cmpxchg')} (i32.const ${WORD}) (local.get $seen) ${next}))))`;
  },
};

function notBit({ type }: Width): string {
  return `(${type}.xor (local.get $bit) (${type}.const -1))`;
}
