/** The instance that called a host function, as the host function sees it. */
import { type Instance as RuntimeInstance, Memory as RuntimeMemory } from '../runtime/index.ts';
import { UsageError } from '../syntax/index.ts';
import { type Memory, memoryOf } from './externs.ts';

export class Caller {
  private readonly entry: RuntimeInstance | null;

  /** @internal */
  constructor(entry: RuntimeInstance | null) {
    this.entry = entry;
  }

  /**
   * A memory that the caller exports.
   *
   * @throws {UsageError} when the host itself is the caller, or it exports no such memory
   */
  memory(name = 'memory'): Memory {
    const found = this.entry?.exports.get(name);
    if (found instanceof RuntimeMemory) return memoryOf(found);
    const reason =
      this.entry === null
        ? 'the caller is the host, not a guest'
        : `the caller exports no memory ${JSON.stringify(name)}`;
    throw new UsageError(reason);
  }
}
