/**
 * The 46 functions of WASI preview 1: names, parameters and results, each once.
 *
 * The import object is made from this table, implementations are checked against it by the compiler,
 * and traces name and print parameters by it. A parameter is `[name, kind]`; the kind gives the core type.
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

type Parameter = readonly [name: string, kind: ParameterKind];

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
  args_get: returnsErrno(['argv', 'pointer'], ['argv_buf', 'pointer']),
  args_sizes_get: returnsErrno(['argc', 'result'], ['argv_buf_size', 'result']),
  environ_get: returnsErrno(['environ', 'pointer'], ['environ_buf', 'pointer']),
  environ_sizes_get: returnsErrno(['environc', 'result'], ['environ_buf_size', 'result']),
  clock_res_get: returnsErrno(['id', 'u32'], ['resolution', 'result']),
  clock_time_get: returnsErrno(['id', 'u32'], ['precision', 'u64'], ['time', 'result']),
  fd_advise: returnsErrno(['fd', 'fd'], ['offset', 'u64'], ['len', 'u64'], ['advice', 'u32']),
  fd_allocate: returnsErrno(['fd', 'fd'], ['offset', 'u64'], ['len', 'u64']),
  fd_close: returnsErrno(['fd', 'fd']),
  fd_datasync: returnsErrno(['fd', 'fd']),
  fd_fdstat_get: returnsErrno(['fd', 'fd'], ['stat', 'result']),
  fd_fdstat_set_flags: returnsErrno(['fd', 'fd'], ['flags', 'flags']),
  fd_fdstat_set_rights: returnsErrno(['fd', 'fd'], ['rights_base', 'u64'], ['rights_inheriting', 'u64']),
  fd_filestat_get: returnsErrno(['fd', 'fd'], ['stat', 'result']),
  fd_filestat_set_size: returnsErrno(['fd', 'fd'], ['size', 'u64']),
  fd_filestat_set_times: returnsErrno(['fd', 'fd'], ['atim', 'u64'], ['mtim', 'u64'], ['fst_flags', 'flags']),
  fd_pread: returnsErrno(
    ['fd', 'fd'],
    ['iovs', 'pointer'],
    ['iovs_len', 'size'],
    ['offset', 'u64'],
    ['nread', 'result'],
  ),
  fd_prestat_dir_name: returnsErrno(['fd', 'fd'], ['path', 'pointer'], ['path_len', 'size']),
  fd_prestat_get: returnsErrno(['fd', 'fd'], ['prestat', 'result']),
  fd_pwrite: returnsErrno(
    ['fd', 'fd'],
    ['iovs', 'pointer'],
    ['iovs_len', 'size'],
    ['offset', 'u64'],
    ['nwritten', 'result'],
  ),
  fd_read: returnsErrno(['fd', 'fd'], ['iovs', 'pointer'], ['iovs_len', 'size'], ['nread', 'result']),
  fd_readdir: returnsErrno(
    ['fd', 'fd'],
    ['buf', 'pointer'],
    ['buf_len', 'size'],
    ['cookie', 'u64'],
    ['bufused', 'result'],
  ),
  fd_renumber: returnsErrno(['fd', 'fd'], ['to', 'fd']),
  fd_seek: returnsErrno(['fd', 'fd'], ['offset', 'i64'], ['whence', 'u32'], ['newoffset', 'result']),
  fd_sync: returnsErrno(['fd', 'fd']),
  fd_tell: returnsErrno(['fd', 'fd'], ['offset', 'result']),
  fd_write: returnsErrno(['fd', 'fd'], ['iovs', 'pointer'], ['iovs_len', 'size'], ['nwritten', 'result']),
  path_create_directory: returnsErrno(['fd', 'fd'], ...text('path')),
  path_filestat_get: returnsErrno(['fd', 'fd'], ['flags', 'flags'], ...text('path'), ['stat', 'result']),
  path_filestat_set_times: returnsErrno(
    ['fd', 'fd'],
    ['flags', 'flags'],
    ...text('path'),
    ['atim', 'u64'],
    ['mtim', 'u64'],
    ['fst_flags', 'flags'],
  ),
  path_link: returnsErrno(
    ['old_fd', 'fd'],
    ['old_flags', 'flags'],
    ...text('old_path'),
    ['new_fd', 'fd'],
    ...text('new_path'),
  ),
  path_open: returnsErrno(
    ['fd', 'fd'],
    ['dirflags', 'flags'],
    ...text('path'),
    ['oflags', 'flags'],
    ['rights_base', 'u64'],
    ['rights_inheriting', 'u64'],
    ['fdflags', 'flags'],
    ['opened_fd', 'result'],
  ),
  path_readlink: returnsErrno(
    ['fd', 'fd'],
    ...text('path'),
    ['buf', 'pointer'],
    ['buf_len', 'size'],
    ['bufused', 'result'],
  ),
  path_remove_directory: returnsErrno(['fd', 'fd'], ...text('path')),
  path_rename: returnsErrno(['fd', 'fd'], ...text('old_path'), ['new_fd', 'fd'], ...text('new_path')),
  path_symlink: returnsErrno(...text('old_path'), ['fd', 'fd'], ...text('new_path')),
  path_unlink_file: returnsErrno(['fd', 'fd'], ...text('path')),
  poll_oneoff: returnsErrno(['in', 'pointer'], ['out', 'pointer'], ['nsubscriptions', 'size'], ['nevents', 'result']),
  proc_exit: { parameters: [['rval', 'u32']], result: 'none' },
  proc_raise: returnsErrno(['sig', 'u32']),
  random_get: returnsErrno(['buf', 'pointer'], ['buf_len', 'size']),
  sched_yield: returnsErrno(),
  sock_accept: returnsErrno(['fd', 'fd'], ['flags', 'flags'], ['ro_fd', 'result']),
  sock_recv: returnsErrno(
    ['fd', 'fd'],
    ['ri_data', 'pointer'],
    ['ri_data_len', 'size'],
    ['ri_flags', 'flags'],
    ['ro_datalen', 'result'],
    ['ro_flags', 'result'],
  ),
  sock_send: returnsErrno(
    ['fd', 'fd'],
    ['si_data', 'pointer'],
    ['si_data_len', 'size'],
    ['si_flags', 'flags'],
    ['so_datalen', 'result'],
  ),
  sock_shutdown: returnsErrno(['fd', 'fd'], ['how', 'flags']),
} as const satisfies Record<string, Signature>;

export type FunctionName = keyof typeof signatures;

/** The core type a parameter of this kind has. */
export function coreTypeOf(kind: ParameterKind): 'i32' | 'i64' {
  return kind === 'i64' || kind === 'u64' ? 'i64' : 'i32';
}

type ArgumentOf<P> = P extends readonly [string, infer K] ? (K extends 'i64' | 'u64' ? bigint : number) : never;

type ArgumentTuple<P extends readonly unknown[]> = { -readonly [I in keyof P]: ArgumentOf<P[I]> };

/** The arguments of a function as the embedding API hands them over. */
export type ArgumentsOf<N extends FunctionName> = ArgumentTuple<(typeof signatures)[N]['parameters']>;
