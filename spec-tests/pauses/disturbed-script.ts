/**
 * Runs a script of the specification's kind twice, undisturbed and with interruptions, and says what differs:
 * outcomes of commands, results of calls, backtraces, numbers of instructions and calls.
 */

import { outward } from '../../src/api/exception.ts';
import {
  callValues,
  type Imports,
  type Instance,
  instantiate,
  type Module,
  type Store,
  type Value,
} from '../../src/api/index.ts';
import { startOf } from '../../src/api/instance.ts';
import type { Random } from '../../src/diff/random.ts';
import type { Func } from '../../src/runtime/index.ts';
import { HostReference } from '../../src/script/expected.ts';
import { runScript, type ScriptOptions } from '../../src/script/index.ts';
import { type Disturbances, Disturber, type DisturberOptions, hastyClock, noDisturbances } from './disturber.ts';
import { outcomeText, type SnapshotHooks } from './snapshot-copy.ts';

/** Enough for all that does not run away; interruptions of deep stacks take long. */
const MAX_FRAMES = 1_000;

const hooks: SnapshotHooks = {
  saveExtern: (value) => {
    if (value instanceof HostReference) return new TextEncoder().encode(`${value.id}`);
    return undefined;
  },
  loadExtern: (bytes) => new HostReference(Number(new TextDecoder().decode(bytes))),
};

type Call = (f: Func, values: readonly Value[]) => Value[];

/** A line for each command and call of a script. */
export interface DisturbedRuns {
  readonly plain: readonly string[];
  readonly disturbed: readonly string[];
  readonly counts: Disturbances;
}

/** Calls, and writes down what came of it. */
function logged(call: Call, store: Store, lines: string[]): Call {
  return (f, values) => {
    const { instructionCount, callCount } = store;
    let outcome: unknown;
    try {
      outcome = call(f, values);
      return outcome as Value[];
    } catch (error) {
      outcome = outward(error);
      throw outcome;
    } finally {
      const instructions = store.instructionCount - instructionCount;
      const calls = store.callCount - callCount;
      lines.push(`  ${outcomeText(outcome)}; ${instructions} instructions, ${calls} calls`);
    }
  };
}

function runWith(source: string, options: ScriptOptions, makeCall: (store: Store, all: Instance[]) => Call): string[] {
  const lines: string[] = [];
  const instances: Instance[] = [];
  let call: Call | undefined;
  const result = runScript(source, {
    ...options,
    store: { maxFrames: MAX_FRAMES, clock: hastyClock() },
    instantiate(module: Module, imports: Imports, store: Store) {
      call ??= logged(makeCall(store, instances), store, lines);
      const instance = instantiate(module, imports, { store, omitStart: true });
      instances.push(instance);
      const start = startOf(instance);
      if (start !== undefined && start.host === null) call(start, []);
      return instance;
    },
    callValues: (f, values) => (f.host === null ? call!(f, values) : callValues(f, values)),
  });
  for (const { line, kind, status, message } of result.outcomes) lines.push(`${line}: ${kind} ${status} ${message}`);
  return lines;
}

/** Runs a script undisturbed, then with interruptions. */
export function runBoth(
  source: string,
  options: ScriptOptions,
  random: Random,
  disturbance: DisturberOptions,
): DisturbedRuns {
  const plain = runWith(source, options, () => callValues);
  const disturbers: Disturber[] = [];
  const disturbed = runWith(source, options, (store, instances) => {
    const disturber = new Disturber(store, instances, random, { ...disturbance, hooks });
    disturbers.push(disturber);
    return (f, values) => disturber.call(f, values);
  });
  return { plain, disturbed, counts: disturbers[0]?.counts ?? noDisturbances() };
}
