/**
 * The 46 functions of WASI preview 1: names, parameters and results, each once.
 *
 * The import object is made from this table, implementations are checked against it by the compiler,
 * and traces name and print parameters and results by it. A parameter is `[name, kind, type]`; the kind gives the
 * core type, the type says how the value, or what it points to, is read.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#modules
 */

/** What a parameter means. The 64-bit kinds arrive as bigint, all others as number. */
export type ParameterKind =
  | 'fd'
  /** Points to what the function reads, or to where it writes several things. */
  | 'pointer'
  /** Points to UTF-8, whose length in bytes is the next parameter. */
  | 'text'
  | 'size'
  /** Points to where the function writes its result. */
  | 'result'
  | 'u32'
  | 'flags'
  | 'i64'
  | 'u64';

/**
 * The specification's type of a value, or of what a pointer leads to. Of the latter, lists and bytes are as long as
 * a later parameter of the kind `size` says, when there is one:
 * - `strings` what `args_get` and `environ_get` store: addresses of texts, each with a zero at its end
 * - `bytes`, `dirents` stored by the function: as many as its last result says, all when it has none
 * - `ciovecs`, `iovecs` buffers that are written from and read into
 */
export type ValueType =
  | 'advice'
  | 'bytes'
  | 'ciovecs'
  | 'clockid'
  | 'dirents'
  | 'events'
  | 'fd'
  | 'fdflags'
  | 'fdstat'
  | 'filesize'
  | 'filestat'
  | 'fstflags'
  | 'iovecs'
  | 'lookupflags'
  | 'oflags'
  | 'prestat'
  | 'riflags'
  | 'rights'
  | 'roflags'
  | 'sdflags'
  | 'siflags'
  | 'signal'
  | 'size'
  | 'strings'
  | 'subscriptions'
  | 'timestamp'
  | 'whence';

type Parameter = readonly [name: string, kind: ParameterKind, type?: ValueType];

interface Signature {
  readonly parameters: readonly Parameter[];
  /** `none`: the function does not return. */
  readonly result: 'errno' | 'none';
}

const returnsErrno = <const P extends readonly Parameter[]>(...parameters: P) =>
  ({ parameters, result: 'errno' }) as const;

const text = <const N extends string>(name: N) =>
  [
    [name, 'text'],
    [`${name}_len`, 'size'],
  ] as const;

export const signatures = {
  args_get: returnsErrno(['argv', 'pointer', 'strings'], ['argv_buf', 'pointer']),
  args_sizes_get: returnsErrno(['argc', 'result', 'size'], ['argv_buf_size', 'result', 'size']),
  environ_get: returnsErrno(['environ', 'pointer', 'strings'], ['environ_buf', 'pointer']),
  environ_sizes_get: returnsErrno(['environc', 'result', 'size'], ['environ_buf_size', 'result', 'size']),
  clock_res_get: returnsErrno(['id', 'u32', 'clockid'], ['resolution', 'result', 'timestamp']),
  clock_time_get: returnsErrno(
    ['id', 'u32', 'clockid'],
    ['precision', 'u64', 'timestamp'],
    ['time', 'result', 'timestamp'],
  ),
  fd_advise: returnsErrno(
    ['fd', 'fd'],
    ['offset', 'u64', 'filesize'],
    ['len', 'u64', 'filesize'],
    ['advice', 'u32', 'advice'],
  ),
  fd_allocate: returnsErrno(['fd', 'fd'], ['offset', 'u64', 'filesize'], ['len', 'u64', 'filesize']),
  fd_close: returnsErrno(['fd', 'fd']),
  fd_datasync: returnsErrno(['fd', 'fd']),
  fd_fdstat_get: returnsErrno(['fd', 'fd'], ['stat', 'result', 'fdstat']),
  fd_fdstat_set_flags: returnsErrno(['fd', 'fd'], ['flags', 'flags', 'fdflags']),
  fd_fdstat_set_rights: returnsErrno(
    ['fd', 'fd'],
    ['rights_base', 'u64', 'rights'],
    ['rights_inheriting', 'u64', 'rights'],
  ),
  fd_filestat_get: returnsErrno(['fd', 'fd'], ['stat', 'result', 'filestat']),
  fd_filestat_set_size: returnsErrno(['fd', 'fd'], ['size', 'u64', 'filesize']),
  fd_filestat_set_times: returnsErrno(
    ['fd', 'fd'],
    ['atim', 'u64', 'timestamp'],
    ['mtim', 'u64', 'timestamp'],
    ['fst_flags', 'flags', 'fstflags'],
  ),
  fd_pread: returnsErrno(
    ['fd', 'fd'],
    ['iovs', 'pointer', 'iovecs'],
    ['iovs_len', 'size'],
    ['offset', 'u64', 'filesize'],
    ['nread', 'result', 'size'],
  ),
  fd_prestat_dir_name: returnsErrno(['fd', 'fd'], ['path', 'pointer', 'bytes'], ['path_len', 'size']),
  fd_prestat_get: returnsErrno(['fd', 'fd'], ['prestat', 'result', 'prestat']),
  fd_pwrite: returnsErrno(
    ['fd', 'fd'],
    ['iovs', 'pointer', 'ciovecs'],
    ['iovs_len', 'size'],
    ['offset', 'u64', 'filesize'],
    ['nwritten', 'result', 'size'],
  ),
  fd_read: returnsErrno(['fd', 'fd'], ['iovs', 'pointer', 'iovecs'], ['iovs_len', 'size'], ['nread', 'result', 'size']),
  fd_readdir: returnsErrno(
    ['fd', 'fd'],
    ['buf', 'pointer', 'dirents'],
    ['buf_len', 'size'],
    ['cookie', 'u64'],
    ['bufused', 'result', 'size'],
  ),
  fd_renumber: returnsErrno(['fd', 'fd'], ['to', 'fd']),
  fd_seek: returnsErrno(
    ['fd', 'fd'],
    ['offset', 'i64'],
    ['whence', 'u32', 'whence'],
    ['newoffset', 'result', 'filesize'],
  ),
  fd_sync: returnsErrno(['fd', 'fd']),
  fd_tell: returnsErrno(['fd', 'fd'], ['offset', 'result', 'filesize']),
  fd_write: returnsErrno(
    ['fd', 'fd'],
    ['iovs', 'pointer', 'ciovecs'],
    ['iovs_len', 'size'],
    ['nwritten', 'result', 'size'],
  ),
  path_create_directory: returnsErrno(['fd', 'fd'], ...text('path')),
  path_filestat_get: returnsErrno(['fd', 'fd'], ['flags', 'flags', 'lookupflags'], ...text('path'), [
    'stat',
    'result',
    'filestat',
  ]),
  path_filestat_set_times: returnsErrno(
    ['fd', 'fd'],
    ['flags', 'flags', 'lookupflags'],
    ...text('path'),
    ['atim', 'u64', 'timestamp'],
    ['mtim', 'u64', 'timestamp'],
    ['fst_flags', 'flags', 'fstflags'],
  ),
  path_link: returnsErrno(
    ['old_fd', 'fd'],
    ['old_flags', 'flags', 'lookupflags'],
    ...text('old_path'),
    ['new_fd', 'fd'],
    ...text('new_path'),
  ),
  path_open: returnsErrno(
    ['fd', 'fd'],
    ['dirflags', 'flags', 'lookupflags'],
    ...text('path'),
    ['oflags', 'flags', 'oflags'],
    ['rights_base', 'u64', 'rights'],
    ['rights_inheriting', 'u64', 'rights'],
    ['fdflags', 'flags', 'fdflags'],
    ['opened_fd', 'result', 'fd'],
  ),
  path_readlink: returnsErrno(
    ['fd', 'fd'],
    ...text('path'),
    ['buf', 'pointer', 'bytes'],
    ['buf_len', 'size'],
    ['bufused', 'result', 'size'],
  ),
  path_remove_directory: returnsErrno(['fd', 'fd'], ...text('path')),
  path_rename: returnsErrno(['fd', 'fd'], ...text('old_path'), ['new_fd', 'fd'], ...text('new_path')),
  path_symlink: returnsErrno(...text('old_path'), ['fd', 'fd'], ...text('new_path')),
  path_unlink_file: returnsErrno(['fd', 'fd'], ...text('path')),
  poll_oneoff: returnsErrno(
    ['in', 'pointer', 'subscriptions'],
    ['out', 'pointer', 'events'],
    ['nsubscriptions', 'size'],
    ['nevents', 'result', 'size'],
  ),
  proc_exit: { parameters: [['rval', 'u32']], result: 'none' },
  proc_raise: returnsErrno(['sig', 'u32', 'signal']),
  random_get: returnsErrno(['buf', 'pointer', 'bytes'], ['buf_len', 'size']),
  sched_yield: returnsErrno(),
  sock_accept: returnsErrno(['fd', 'fd'], ['flags', 'flags', 'fdflags'], ['ro_fd', 'result', 'fd']),
  sock_recv: returnsErrno(
    ['fd', 'fd'],
    ['ri_data', 'pointer', 'iovecs'],
    ['ri_data_len', 'size'],
    ['ri_flags', 'flags', 'riflags'],
    ['ro_datalen', 'result', 'size'],
    ['ro_flags', 'result', 'roflags'],
  ),
  sock_send: returnsErrno(
    ['fd', 'fd'],
    ['si_data', 'pointer', 'ciovecs'],
    ['si_data_len', 'size'],
    ['si_flags', 'flags', 'siflags'],
    ['so_datalen', 'result', 'size'],
  ),
  sock_shutdown: returnsErrno(['fd', 'fd'], ['how', 'flags', 'sdflags']),
} as const satisfies Record<string, Signature>;

export type FunctionName = keyof typeof signatures;

/** The core type a parameter of this kind has. */
export function coreTypeOf(kind: ParameterKind): 'i32' | 'i64' {
  return kind === 'i64' || kind === 'u64' ? 'i64' : 'i32';
}

type ArgumentOf<P> = P extends readonly [string, infer K, ...unknown[]]
  ? K extends 'i64' | 'u64'
    ? bigint
    : number
  : never;

type ArgumentTuple<P extends readonly unknown[]> = { -readonly [I in keyof P]: ArgumentOf<P[I]> };

/** The arguments of a function as the embedding API hands them over. */
export type ArgumentsOf<N extends FunctionName> = ArgumentTuple<(typeof signatures)[N]['parameters']>;
