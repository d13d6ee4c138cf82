/** Guests for tests of what a stopped guest shows: modules from text, stopped before any instruction. */
import { compile, type Imports, type Instance, instantiate, Store } from '../../src/api/index.ts';
import { describePlace, instructionOffsets } from '../../src/inspect/frames/index.ts';
import { advance, Fiber, type Standing, stand, wordsOf } from '../../src/interpreter/index.ts';
import { type Code, Func, type HostArguments, type Instance as RuntimeInstance } from '../../src/runtime/index.ts';
import { instructions } from '../../src/syntax/index.ts';

export function makeGuest(wat: string, imports: Imports = {}, lowering: 'fast' | 'clear' = 'clear'): Instance {
  return instantiate(compile(wat.startsWith('(module') ? wat : `(module ${wat})`, { lowering }), imports, {
    store: new Store(),
  });
}

export function codeOf({ entry: { code } }: Instance, funcidx = code.importedFuncs): Code {
  return code.codes[funcidx - code.importedFuncs]!;
}

/** The byte offset of the `nth` instruction of that name in a function. */
export function offsetOf(code: Code, mnemonic: string, nth = 0): number {
  const found = instructionOffsets(code).filter(
    (pc) => instructions[describePlace(code, pc, false).id]!.name === mnemonic,
  );
  const offset = found[nth];
  if (offset === undefined) throw new Error(`${mnemonic} occurs ${found.length} times`);
  return offset;
}

export function argumentsOf(f: Func, words: readonly number[] = []): HostArguments {
  const count = Math.max(wordsOf(f.type.params), wordsOf(f.type.results));
  const args = { words: new Int32Array(count), refs: new Array(count >> 1).fill(null) };
  args.words.set(words.slice(0, count));
  return args;
}

/** A guest that stands before an instruction, and steps. */
export class StoppedGuest {
  readonly fiber: Fiber;

  /** @param words of the arguments: two each, four for a v128 */
  constructor(instance: RuntimeInstance, meter: Fiber['meter'], f: Func, words: readonly number[] = []) {
    this.fiber = new Fiber(meter, instance);
    stand(this.fiber, f, argumentsOf(f, words));
  }

  static in({ entry, store }: Instance, name: string, words: readonly number[] = []): StoppedGuest {
    const f = entry.exports.get(name);
    if (!(f instanceof Func)) throw new Error(`no function ${name}`);
    return new StoppedGuest(entry, store.meter, f, words);
  }

  /** Runs so many instructions more. */
  step(count = 1): Standing {
    const { meter } = this.fiber;
    meter.pauseAt = meter.instructionCount + count;
    let standing = advance(this.fiber);
    while (standing === 'yielded') standing = advance(this.fiber);
    return standing;
  }

  /** Enters the function and goes on to the instruction at a byte offset. */
  goTo(pc: number): this {
    this.step(0);
    for (let i = 0; this.fiber.n?.pc !== pc; i++) {
      if (i > 10_000 || this.step() === 'exited') throw new Error(`the guest does not come to byte ${pc}`);
    }
    return this;
  }
}
