/**
 * Name by name, the function behind each of the 46; and the border where a failed effect becomes its errno.
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
import * as fd from './fd.ts';
import { fdReaddir } from './fd-readdir.ts';
import * as path from './path.ts';
import { pollOneoff } from './poll.ts';
import { procExit, procRaise } from './proc.ts';
import { randomGet } from './random.ts';
import { schedYield } from './sched.ts';
import type { ArgumentsOf, FunctionName } from './signatures.ts';
import { notASocket } from './sock.ts';

const functions: {
  readonly [N in FunctionName]: (context: WasiContext, memory: GuestMemory, ...args: ArgumentsOf<N>) => Outcome;
} = {
  args_get: argsGet,
  args_sizes_get: argsSizesGet,
  environ_get: environGet,
  environ_sizes_get: environSizesGet,
  clock_res_get: clockResGet,
  clock_time_get: clockTimeGet,
  fd_advise: fd.fdAdvise,
  fd_allocate: fd.fdAllocate,
  fd_close: fd.fdClose,
  fd_datasync: fd.fdDatasync,
  fd_fdstat_get: fd.fdFdstatGet,
  fd_fdstat_set_flags: fd.fdFdstatSetFlags,
  fd_fdstat_set_rights: fd.fdFdstatSetRights,
  fd_filestat_get: fd.fdFilestatGet,
  fd_filestat_set_size: fd.fdFilestatSetSize,
  fd_filestat_set_times: fd.fdFilestatSetTimes,
  fd_pread: fd.fdPread,
  fd_prestat_dir_name: fd.fdPrestatDirName,
  fd_prestat_get: fd.fdPrestatGet,
  fd_pwrite: fd.fdPwrite,
  fd_read: fd.fdRead,
  fd_readdir: fdReaddir,
  fd_renumber: fd.fdRenumber,
  fd_seek: fd.fdSeek,
  fd_sync: fd.fdSync,
  fd_tell: fd.fdTell,
  fd_write: fd.fdWrite,
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
  sock_accept: notASocket,
  sock_recv: notASocket,
  sock_send: notASocket,
  sock_shutdown: notASocket,
};

/**
 * Calls a function of preview 1 as a guest does.
 *
 * @throws {Trap} for a pointer that is out of bounds or misaligned
 * @throws {HostExit} from `proc_exit`
 */
export function callFunction<N extends FunctionName>(
  name: N,
  context: WasiContext,
  memory: GuestMemory,
  args: ArgumentsOf<N>,
): Outcome {
  try {
    const outcome = functions[name](context, memory, ...args);
    return outcome instanceof Promise ? outcome.catch(errnoOf) : outcome;
  } catch (error) {
    return errnoOf(error);
  }
}

/** The errno of a failed effect; everything else goes on as it is. */
function errnoOf(error: unknown): Errno {
  if (error instanceof HostError) return errnoOfPosix(error.code);
  throw error;
}
