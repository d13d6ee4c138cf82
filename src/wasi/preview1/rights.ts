/**
 * Rights: what a descriptor may be used for.
 *
 * As in wasmtime, rights are told but only reading and writing are enforced: `path_open` looks at
 * `fd_read` and `fd_write` alone, and `fd_fdstat_get` answers from what the descriptor is.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#rights
 */

/** Bit numbers in the order of the specification. */
export const rightNames = [
  'fd_datasync',
  'fd_read',
  'fd_seek',
  'fd_fdstat_set_flags',
  'fd_sync',
  'fd_tell',
  'fd_write',
  'fd_advise',
  'fd_allocate',
  'path_create_directory',
  'path_create_file',
  'path_link_source',
  'path_link_target',
  'path_open',
  'fd_readdir',
  'path_readlink',
  'path_rename_source',
  'path_rename_target',
  'path_filestat_get',
  'path_filestat_set_size',
  'path_filestat_set_times',
  'fd_filestat_get',
  'fd_filestat_set_size',
  'fd_filestat_set_times',
  'path_symlink',
  'path_remove_directory',
  'path_unlink_file',
  'poll_fd_readwrite',
  'sock_shutdown',
  'sock_accept',
] as const;

export type RightName = (typeof rightNames)[number];

/** The set of the named rights. They are 30, so a set fits a number; in memory it has 64 bits. */
export function rightsOf(...names: readonly RightName[]): number {
  return names.reduce((set, name) => set | (1 << rightNames.indexOf(name)), 0);
}

/** All 30 rights. */
export const ALL_RIGHTS = (1 << rightNames.length) - 1;

/** How many of the lowest bits hold `fd_read` and `fd_write`. */
export const RIGHTS_LOOKED_AT = rightNames.indexOf('fd_write') + 1;

export const FD_READ = rightsOf('fd_read');
export const FD_WRITE = rightsOf('fd_write');

/** What can never be done with a directory. */
const notForDirectories = rightsOf('fd_seek', 'fd_write', 'path_filestat_set_size', 'fd_filestat_set_size');

/** Rights of a directory that the guest opened. */
export const DIRECTORY_RIGHTS = ALL_RIGHTS & ~notForDirectories;

/** Rights of a preopened directory: what acts on paths, and the directory's own metadata. */
export const PREOPEN_RIGHTS = rightsOf(
  'path_create_directory',
  'path_create_file',
  'path_link_source',
  'path_link_target',
  'path_open',
  'fd_readdir',
  'path_readlink',
  'path_rename_source',
  'path_rename_target',
  'path_filestat_get',
  'path_filestat_set_times',
  'fd_filestat_get',
  'fd_filestat_set_times',
  'path_symlink',
  'path_remove_directory',
  'path_unlink_file',
);

/** What a preopened directory may pass on: its own rights and those of files. */
export const PREOPEN_INHERITING_RIGHTS =
  ALL_RIGHTS & ~rightsOf('path_filestat_set_size', 'sock_shutdown', 'sock_accept');

/** Rights of an open file. */
export function fileRights(readable: boolean, writable: boolean): number {
  const unreadable = readable ? 0 : rightsOf('fd_read', 'fd_readdir');
  const unwritable = writable ? 0 : FD_WRITE;
  return ALL_RIGHTS & ~unreadable & ~unwritable;
}

/** Rights of a connection. */
export const SOCKET_RIGHTS = rightsOf(
  'fd_read',
  'fd_write',
  'fd_fdstat_set_flags',
  'fd_filestat_get',
  'poll_fd_readwrite',
  'sock_shutdown',
);

/** Rights of what accepts connections. */
export const LISTENER_RIGHTS = rightsOf('fd_fdstat_set_flags', 'fd_filestat_get', 'poll_fd_readwrite', 'sock_accept');
