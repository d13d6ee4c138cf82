/** Atomic operations on shared and unshared memory; locks and tables that agents share. */
export { SharedCondition } from './condition.ts';
export {
  HandleCell,
  type HandleEntry,
  type HandleTable,
  type HandleTableOptions,
  newHandleTable,
  PlainHandleTable,
  SharedHandleTable,
} from './handle-table.ts';
export {
  findDeadlock,
  LOCK_WORDS,
  type LockState,
  lockText,
  SharedLock,
  type SharedLockOptions,
} from './lock.ts';
export {
  type AsyncWait,
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
