/**
 * The training run: executes every operation of a dispatch loop with operands of many kinds, once a process and loop,
 * when a guest has run for a while. A host's compiler then knows all of them before it compiles the loop; without it,
 * each new operation throws the compiled loop away.
 */
import { decodeModule } from '../decoder/index.ts';
import { Budget, type Func, type Instance } from '../runtime/index.ts';
import { Fiber } from './fiber.ts';
import { instantiate } from './instantiate.ts';
import { loadModule } from './load.ts';
import type { LoopName } from './loops.ts';
import { Meter } from './meter.ts';
import { invoke } from './scheduler.ts';
import { trainingModule } from './training.gen.ts';

/** Rounds over all operands: V8 takes note of what it sees from the first on. */
const ROUNDS = 4;

const trained = new Set<LoopName | undefined>();

/** Trains a loop, if it has not been. @param loop undefined: what suits the host */
export function train(loop: LoopName | undefined): void {
  // Handlers are small: each is compiled by itself.
  if (trained.has(loop) || loop === 'handlers') return;
  trained.add(loop);
  const instance = trainingInstance();
  const meter = new Meter({ loop });
  const words = new Int32Array(2);
  words[0] = ROUNDS;
  invoke(new Fiber(meter, instance), instance.exports.get('train') as Func, { words, refs: [] });
}

/** @internal For the test that it holds every operation. */
export function trainingInstance(): Instance {
  return instantiate(loadModule(decodeModule(trainingBytes())), [], noBudgets(), () => undefined);
}

const PAIR = 2;
const RADIX = 16;

function trainingBytes(): Uint8Array {
  const bytes = new Uint8Array(trainingModule.length / PAIR);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(trainingModule.slice(i * PAIR, (i + 1) * PAIR), RADIX);
  }
  return bytes;
}

function noBudgets() {
  return { memoryBytes: new Budget(Number.POSITIVE_INFINITY), tableElements: new Budget(Number.POSITIVE_INFINITY) };
}
