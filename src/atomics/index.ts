/** Atomic operations on shared and unshared memory. */
export { type Lock, noLock, SharedLock } from './lock.ts';
export {
  checkAccess,
  compareExchange,
  fence,
  load,
  notify,
  prepareWait,
  type RmwOperator,
  rmw,
  store,
  timeoutMs,
  type Wait,
  waitAsync,
  waitBlocking,
} from './operations.ts';
