/**
 * Atomic operations, all cold: one handler an instruction, built from the instruction table. Fields: `a` the
 * address, `b` and `d` the operands, `c` the result, `k` the `FarAccess`.
 */
import * as atomics from '../../atomics/index.ts';
import { InternalError, instrId, instructions } from '../../syntax/index.ts';
import type { AtomicOpName } from '../cold-ops.ts';
import type { Fiber } from '../fiber.ts';
import type { ColdHandler } from './handler.ts';
import { addressAt, type FarAccess } from './memory.ts';

/** The memory and effective address of an access. */
export function accessOf(t: Fiber, at: number, { memidx, offset }: FarAccess) {
  const memory = t.instance.memories[memidx]!;
  return { memory, ea: addressAt(t, at, memory.is64) + offset };
}

const rmwOperators = {
  add: 'add',
  sub: 'sub',
  and: 'and',
  or: 'or',
  xor: 'xor',
  xchg: 'exchange',
} as const satisfies Record<string, atomics.RmwOperator>;

function loadHandler(accessBytes: number): ColdHandler {
  return (t, n, fp) => {
    const { memory, ea } = accessOf(t, fp + n.a, n.k as FarAccess);
    atomics.load(memory, ea, accessBytes, t.I, fp + n.c);
  };
}

function storeHandler(accessBytes: number): ColdHandler {
  return (t, n, fp) => {
    const { memory, ea } = accessOf(t, fp + n.a, n.k as FarAccess);
    atomics.store(memory, ea, accessBytes, t.I, fp + n.b);
  };
}

function rmwHandler(operator: atomics.RmwOperator, accessBytes: number): ColdHandler {
  return (t, n, fp) => {
    const { memory, ea } = accessOf(t, fp + n.a, n.k as FarAccess);
    atomics.rmw(operator, memory, ea, accessBytes, t.I, fp + n.b, fp + n.c);
  };
}

function compareExchangeHandler(accessBytes: number): ColdHandler {
  return (t, n, fp) => {
    const { memory, ea } = accessOf(t, fp + n.a, n.k as FarAccess);
    atomics.compareExchange(memory, ea, accessBytes, t.I, fp + n.b, fp + n.d, fp + n.c);
  };
}

const notify: ColdHandler = (t, n, fp) => {
  const { memory, ea } = accessOf(t, fp + n.a, n.k as FarAccess);
  t.I[fp + n.c] = atomics.notify(memory, ea, t.I[fp + n.b]!);
};

function handlerOf(name: string, accessBytes: number): ColdHandler {
  if (name === 'memory.atomic.notify') return notify;
  if (name === 'atomic.fence') return atomics.fence;
  const [, , kind = '', operator = ''] = name.split('.');
  if (kind.startsWith('load')) return loadHandler(accessBytes);
  if (kind.startsWith('store')) return storeHandler(accessBytes);
  const operation = operator.replace(/_u$/, '');
  if (operation === 'cmpxchg') return compareExchangeHandler(accessBytes);
  const rmwOperator = rmwOperators[operation as keyof typeof rmwOperators];
  if (rmwOperator === undefined) throw new InternalError(`no handler for ${name}`);
  return rmwHandler(rmwOperator, accessBytes);
}

/** The handler of an atomic instruction other than a wait. */
export function atomicHandler(name: AtomicOpName): ColdHandler {
  return handlerOf(name, instructions[instrId(name)]?.accessBytes ?? 0);
}
