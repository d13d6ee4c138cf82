/**
 * Which fibers stand in instances that they came to by a call from another one. Such a fiber may be another store's:
 * who changes an instance's code finds it here.
 */
import type { Instance } from '../runtime/index.ts';
import type { Fiber } from './fiber.ts';

const visitors = new WeakMap<Instance, Set<Fiber>>();

/** Tells of a fiber that no loop runs from now on, and that has called across instances. */
export function noteVisits(t: Fiber): void {
  const instances = [...new Set([...t.links, t.instance])];
  t.visited = instances;
  for (const instance of instances) {
    const fibers = visitors.get(instance) ?? new Set();
    visitors.set(instance, fibers.add(t));
  }
}

/** The fiber runs again, or is done. */
export function forgetVisits(t: Fiber): void {
  if (t.visited === null) return;
  for (const instance of t.visited) visitors.get(instance)?.delete(t);
  t.visited = null;
}

/** Fibers that no loop runs and that have called across instances, with frames of this one among others. */
export function visitorsOf(instance: Instance): readonly Fiber[] {
  return [...(visitors.get(instance) ?? [])];
}
