/**
 * How full the host's heap is, where the host tells (Node): garbage-collected objects of guests live there,
 * and a guest must not end the process by filling it.
 */

interface HeapStatistics {
  readonly used_heap_size: number;
  readonly heap_size_limit: number;
  readonly external_memory: number;
}

interface HostProcess {
  readonly getBuiltinModule?: (name: 'node:v8') => { getHeapStatistics(): HeapStatistics };
}

const host = (globalThis as unknown as { readonly process?: HostProcess }).process;

/** Memory outside of the heap, such as the elements of arrays, may be as many times the heap's limit. */
const EXTERNAL_SHARE = 4;

/** The used part of what the host gives, 0 to 1; 0 where the host does not tell. */
export function hostHeapShare(): number {
  const statistics = host?.getBuiltinModule?.('node:v8').getHeapStatistics();
  if (statistics === undefined) return 0;
  const { used_heap_size: used, heap_size_limit: limit, external_memory: external } = statistics;
  return Math.max(used / limit, external / (EXTERNAL_SHARE * limit));
}
