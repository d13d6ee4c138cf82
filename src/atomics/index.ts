/** Atomic operations on shared and unshared memory. */
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
