/** Runs steps on the back ends of this project: the functions of preview 1 on bytes that stand for a guest's memory. */
import type { HostDirectory } from '../../src/wasi/index.ts';
import { callFunction } from '../../src/wasi/preview1/functions.ts';
import { TestGuest } from '../../src/wasi/preview1/test-guest.ts';
import { answerText, MEMORY_BYTES, type RawCall, rawCall, type Step } from './steps.ts';

/** A guest that is granted directories as descriptors 3, 4 and so on. */
export class StepGuest {
  readonly guest: TestGuest;

  constructor(directories: readonly HostDirectory[]) {
    this.guest = new TestGuest({ byteCount: MEMORY_BYTES, directory: directories[0]! });
    for (const [i, directory] of directories.entries()) {
      if (i > 0) this.guest.context.descriptors.addPreopen(`/${i}`, directory);
    }
  }

  run(call: RawCall): string {
    const { memory, context } = this.guest;
    for (const [address, bytes] of call.writes) memory.bytes.set(bytes, address);
    let errno: unknown;
    try {
      errno = callFunction(call.name, context, memory, call.args as never);
    } catch (error) {
      return `trap ${error instanceof Error ? error.message : error}`;
    }
    if (typeof errno !== 'number') throw new Error(`${call.name} suspends`);
    return answerText(call, errno, memory.bytes);
  }

  step(...step: Step): string {
    return this.run(rawCall(step));
  }

  close(): void {
    this.guest.context.descriptors.closeAll();
  }
}
