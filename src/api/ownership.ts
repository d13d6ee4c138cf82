/** Which store an instance belongs to, and which object of the embedding API stands for which entry of a store. */
import type { Instance as RuntimeInstance } from '../runtime/index.ts';
import { InternalError } from '../syntax/index.ts';
import type { Store } from './store.ts';

const stores = new WeakMap<RuntimeInstance, Store>();

export function setStore(instance: RuntimeInstance, store: Store): void {
  stores.set(instance, store);
}

/** The store an instance was made in. */
export function storeOf(instance: RuntimeInstance): Store {
  const store = stores.get(instance);
  if (store === undefined) throw new InternalError('an instance without a store');
  return store;
}

/** Keeps one wrapper for each entry, so that `a.exports.memory === b.exports.memory` tells the truth. */
export class Wrappers<E extends object, W extends object> {
  private readonly byEntry = new WeakMap<E, W>();

  /** The wrapper of an entry, made when first wanted. */
  of(entry: E, wrap: (entry: E) => W): W {
    const known = this.byEntry.get(entry) ?? wrap(entry);
    this.byEntry.set(entry, known);
    return known;
  }

  set(entry: E, wrapper: W): void {
    this.byEntry.set(entry, wrapper);
  }
}
