/**
 * Name by name, the function behind each of the 46, in either version; and the border where a failed effect becomes
 * its errno.
 *
 * The compiler checks that none is missing and that parameters fit `signatures.ts`.
 */
import { HostError } from '../host/host.ts';
import type { GuestMemory } from './abi.ts';
import { argsGet, argsSizesGet } from './args.ts';
import { clockResGet, clockTimeGet } from './clock.ts';
import type { Outcome, WasiContext } from './context.ts';
import { environGet, environSizesGet } from './environ.ts';
import { type Errno, errnoOfPosix } from './errno.ts';
import {
  fdAdvise,
  fdAllocate,
  fdDatasync,
  fdFilestatGet,
  fdFilestatSetSize,
  fdFilestatSetTimes,
  fdSync,
} from './fd-file.ts';
import { fdPread, fdPwrite, fdRead, fdWrite } from './fd-read-write.ts';
import { fdReaddir } from './fd-readdir.ts';
import { fdSeek, fdTell } from './fd-seek.ts';
import { fdFdstatGet, fdFdstatSetFlags, fdFdstatSetRights } from './fd-status.ts';
import { fdClose, fdPrestatDirName, fdPrestatGet, fdRenumber } from './fd-table.ts';
import * as path from './path.ts';
import { pollOneoff } from './poll.ts';
import { procExit, procRaise } from './proc.ts';
import { randomGet } from './random.ts';
import { schedYield } from './sched.ts';
import type { ArgumentsOf, FunctionName } from './signatures.ts';
import { sockAccept, sockRecv, sockSend, sockShutdown } from './sock.ts';
import {
  fdFdstatGetUnstable,
  fdFilestatGetUnstable,
  fdSeekUnstable,
  pathFilestatGetUnstable,
  pollOneoffUnstable,
} from './unstable.ts';

/** One function for each name. */
export type Functions = {
  readonly [N in FunctionName]: (context: WasiContext, memory: GuestMemory, ...args: ArgumentsOf<N>) => Outcome;
};

export const preview1Functions: Functions = {
  args_get: argsGet,
  args_sizes_get: argsSizesGet,
  environ_get: environGet,
  environ_sizes_get: environSizesGet,
  clock_res_get: clockResGet,
  clock_time_get: clockTimeGet,
  fd_advise: fdAdvise,
  fd_allocate: fdAllocate,
  fd_close: fdClose,
  fd_datasync: fdDatasync,
  fd_fdstat_get: fdFdstatGet,
  fd_fdstat_set_flags: fdFdstatSetFlags,
  fd_fdstat_set_rights: fdFdstatSetRights,
  fd_filestat_get: fdFilestatGet,
  fd_filestat_set_size: fdFilestatSetSize,
  fd_filestat_set_times: fdFilestatSetTimes,
  fd_pread: fdPread,
  fd_prestat_dir_name: fdPrestatDirName,
  fd_prestat_get: fdPrestatGet,
  fd_pwrite: fdPwrite,
  fd_read: fdRead,
  fd_readdir: fdReaddir,
  fd_renumber: fdRenumber,
  fd_seek: fdSeek,
  fd_sync: fdSync,
  fd_tell: fdTell,
  fd_write: fdWrite,
  path_create_directory: path.pathCreateDirectory,
  path_filestat_get: path.pathFilestatGet,
  path_filestat_set_times: path.pathFilestatSetTimes,
  path_link: path.pathLink,
  path_open: path.pathOpen,
  path_readlink: path.pathReadlink,
  path_remove_directory: path.pathRemoveDirectory,
  path_rename: path.pathRename,
  path_symlink: path.pathSymlink,
  path_unlink_file: path.pathUnlinkFile,
  poll_oneoff: pollOneoff,
  proc_exit: procExit,
  proc_raise: procRaise,
  random_get: randomGet,
  sched_yield: schedYield,
  sock_accept: sockAccept,
  sock_recv: sockRecv,
  sock_send: sockSend,
  sock_shutdown: sockShutdown,
};

/** `wasi_unstable`; it has no `sock_accept`, which is not bound. */
export const unstableFunctions: Functions = {
  ...preview1Functions,
  fd_fdstat_get: fdFdstatGetUnstable,
  fd_filestat_get: fdFilestatGetUnstable,
  fd_seek: fdSeekUnstable,
  path_filestat_get: pathFilestatGetUnstable,
  poll_oneoff: pollOneoffUnstable,
};

/**
 * Calls a function as a guest does.
 *
 * @param functions those of one version
 * @throws {Trap} for a pointer that is out of bounds or misaligned
 * @throws {HostExit} from `proc_exit`
 */
export function callFunction<N extends FunctionName>(
  name: N,
  context: WasiContext,
  memory: GuestMemory,
  args: ArgumentsOf<N>,
  functions: Functions = preview1Functions,
): Outcome {
  const outcome = callForThread(name, context, memory, args, functions);
  if (!(outcome instanceof Promise)) return outcome;
  const cancelCall = outcome.cancel;
  return Object.assign(outcome, {
    cancel: () => {
      cancelCall();
      context.descriptors.giveUp();
    },
  });
}

/** As `callFunction`; when the call is cancelled, other threads still write. */
export function callForThread<N extends FunctionName>(
  name: N,
  context: WasiContext,
  memory: GuestMemory,
  args: ArgumentsOf<N>,
  functions: Functions = preview1Functions,
): Outcome {
  try {
    const outcome = functions[name](context, memory, ...args);
    if (!(outcome instanceof Promise)) return outcome;
    return Object.assign(outcome.catch(errnoOf), { cancel: () => outcome.cancel() });
  } catch (error) {
    return errnoOf(error);
  }
}

/** The errno of a failed effect; everything else goes on as it is. */
function errnoOf(error: unknown): Errno {
  if (error instanceof HostError) return errnoOfPosix(error.code);
  throw error;
}
