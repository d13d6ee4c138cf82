/** Runs sequences on all sides and says where they part ways. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Difference, firstDifference, type Run } from './compare.ts';
import { makeFixture, removeFixture, treeOf, treeOfDirectory } from './fixture.ts';
import { driver, memoryRoot, runInMemory, runOnNode } from './glassbox-side.ts';
import type { Sequence } from './sequence.ts';
import { startWasmtime, type WasmtimeSide } from './wasmtime-side.ts';

/** Files in memory under Linux, where making thousands of folders costs little. */
const SHARED_MEMORY = '/dev/shm';

export type BackEnd = 'node' | 'memory';

export interface FoundDifference extends Difference {
  readonly sequence: Sequence;
  readonly backEnd: BackEnd;
}

/** Three sides and a folder in which each sequence finds its files anew. */
export class Agreement {
  readonly wasmtime: WasmtimeSide;
  readonly #folder: string;
  #count = 0;
  readonly #unused: string[] = [];
  #pristine: string | undefined;

  private constructor(wasmtime: WasmtimeSide) {
    this.wasmtime = wasmtime;
    this.#folder = mkdtempSync(join(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), 'glassbox-wasi-'));
  }

  /** `undefined` when wasmtime is not here. */
  static async start(): Promise<Agreement | undefined> {
    const wasmtime = await startWasmtime(driver.bytes);
    return wasmtime === undefined ? undefined : new Agreement(wasmtime);
  }

  /** The first difference of each back end. */
  async differences(sequence: Sequence): Promise<FoundDifference[]> {
    const [ourRoot, theirRoot] = [this.#root(), this.#root()];
    const pending = this.wasmtime.run(theirRoot, sequence);
    const ours = attempt(() => runHere(ourRoot, sequence));
    const theirs: Run = { ...(await pending), tree: treeOf(theirRoot) };
    this.#giveBack(theirRoot, theirs.tree);
    const { onNode, inMemory } = ours();
    this.#giveBack(ourRoot, onNode.tree);
    const found: FoundDifference[] = [];
    for (const [backEnd, seen] of [
      ['node', onNode],
      ['memory', inMemory],
    ] as const) {
      const difference = firstDifference(sequence, seen, theirs);
      if (difference !== undefined) found.push({ ...difference, sequence, backEnd });
    }
    return found;
  }

  #root(): string {
    const root = this.#unused.pop();
    if (root !== undefined) return root;
    this.#count++;
    const fresh = join(this.#folder, String(this.#count));
    mkdirSync(fresh);
    makeFixture(fresh);
    this.#pristine ??= treeOf(fresh).join();
    return fresh;
  }

  /** Files that no call has changed can be used again. */
  #giveBack(root: string, tree: readonly string[]): void {
    if (tree.join() === this.#pristine) this.#unused.push(root);
    else removeFixture(root);
  }

  close(): void {
    this.wasmtime.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function runHere(root: string, sequence: Sequence): { readonly onNode: Run; readonly inMemory: Run } {
  const onNode: Run = { ...runOnNode(root, sequence), tree: treeOf(root) };
  const tree = memoryRoot();
  return { onNode, inMemory: { ...runInMemory(tree, sequence), tree: treeOfDirectory(tree) } };
}

/** What `act` gives or throws, later. */
function attempt<T>(act: () => T): () => T {
  try {
    const value = act();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
