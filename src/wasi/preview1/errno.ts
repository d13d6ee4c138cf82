/**
 * The error numbers of WASI preview 1, each once: number, name and meaning.
 *
 * Everything else is derived: `Errno.inval` in code, names for traces, and the way from a host's POSIX
 * name (`ENOENT`) to its number.
 *
 * @see https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md#errno
 */

const rows = [
  { number: 0, name: 'success', text: 'nothing went wrong' },
  { number: 1, name: '2big', text: 'the argument list is too long' },
  { number: 2, name: 'acces', text: 'the host denies permission' },
  { number: 3, name: 'addrinuse', text: 'the address is in use' },
  { number: 4, name: 'addrnotavail', text: 'the address cannot be had' },
  { number: 5, name: 'afnosupport', text: 'the address family is not supported' },
  { number: 6, name: 'again', text: 'nothing is ready now, try again' },
  { number: 7, name: 'already', text: 'a connection is already under way' },
  { number: 8, name: 'badf', text: 'no such descriptor, or not one for this use' },
  { number: 9, name: 'badmsg', text: 'the message is malformed' },
  { number: 10, name: 'busy', text: 'the device or file is in use' },
  { number: 11, name: 'canceled', text: 'the operation was called off' },
  { number: 12, name: 'child', text: 'there is no child process' },
  { number: 13, name: 'connaborted', text: 'the connection was given up' },
  { number: 14, name: 'connrefused', text: 'the other side refused the connection' },
  { number: 15, name: 'connreset', text: 'the other side broke the connection' },
  { number: 16, name: 'deadlk', text: 'waiting would never end' },
  { number: 17, name: 'destaddrreq', text: 'a destination address is needed' },
  { number: 18, name: 'dom', text: 'the argument is outside of the function’s domain' },
  { number: 19, name: 'dquot', text: 'reserved' },
  { number: 20, name: 'exist', text: 'the name exists already' },
  { number: 21, name: 'fault', text: 'the address is bad' },
  { number: 22, name: 'fbig', text: 'the file would become too large' },
  { number: 23, name: 'hostunreach', text: 'no route leads to the host' },
  { number: 24, name: 'idrm', text: 'the identifier was removed' },
  { number: 25, name: 'ilseq', text: 'the bytes are no UTF-8' },
  { number: 26, name: 'inprogress', text: 'the operation goes on' },
  { number: 27, name: 'intr', text: 'a signal interrupted the call' },
  { number: 28, name: 'inval', text: 'an argument makes no sense' },
  { number: 29, name: 'io', text: 'the device failed' },
  { number: 30, name: 'isconn', text: 'the socket is connected already' },
  { number: 31, name: 'isdir', text: 'it is a directory' },
  { number: 32, name: 'loop', text: 'too many symbolic links, or one where none may be followed' },
  { number: 33, name: 'mfile', text: 'the guest has too many descriptors' },
  { number: 34, name: 'mlink', text: 'the file has too many links' },
  { number: 35, name: 'msgsize', text: 'the message is too long' },
  { number: 36, name: 'multihop', text: 'reserved' },
  { number: 37, name: 'nametoolong', text: 'the name is too long' },
  { number: 38, name: 'netdown', text: 'the network is down' },
  { number: 39, name: 'netreset', text: 'the network broke the connection' },
  { number: 40, name: 'netunreach', text: 'the network cannot be reached' },
  { number: 41, name: 'nfile', text: 'the host has too many open files' },
  { number: 42, name: 'nobufs', text: 'there is no buffer space' },
  { number: 43, name: 'nodev', text: 'there is no such device' },
  { number: 44, name: 'noent', text: 'there is no such file or directory' },
  { number: 45, name: 'noexec', text: 'the file is no program' },
  { number: 46, name: 'nolck', text: 'there are no locks left' },
  { number: 47, name: 'nolink', text: 'reserved' },
  { number: 48, name: 'nomem', text: 'memory does not suffice' },
  { number: 49, name: 'nomsg', text: 'there is no such message' },
  { number: 50, name: 'noprotoopt', text: 'the protocol has no such option' },
  { number: 51, name: 'nospc', text: 'the device is full' },
  { number: 52, name: 'nosys', text: 'there is no such function' },
  { number: 53, name: 'notconn', text: 'the socket is not connected' },
  { number: 54, name: 'notdir', text: 'it is no directory' },
  { number: 55, name: 'notempty', text: 'the directory is not empty' },
  { number: 56, name: 'notrecoverable', text: 'the state cannot be recovered' },
  { number: 57, name: 'notsock', text: 'it is no socket' },
  { number: 58, name: 'notsup', text: 'the operation is not supported' },
  { number: 59, name: 'notty', text: 'the device has no such control' },
  { number: 60, name: 'nxio', text: 'there is no such device or address' },
  { number: 61, name: 'overflow', text: 'the value does not fit its type' },
  { number: 62, name: 'ownerdead', text: 'the former owner died' },
  { number: 63, name: 'perm', text: 'it is not permitted, such as leaving a preopened directory' },
  { number: 64, name: 'pipe', text: 'nobody reads the other end' },
  { number: 65, name: 'proto', text: 'the protocol was violated' },
  { number: 66, name: 'protonosupport', text: 'the protocol is not supported' },
  { number: 67, name: 'prototype', text: 'the protocol does not fit the socket' },
  { number: 68, name: 'range', text: 'the result is too large' },
  { number: 69, name: 'rofs', text: 'the file system is read-only' },
  { number: 70, name: 'spipe', text: 'it cannot seek' },
  { number: 71, name: 'srch', text: 'there is no such process' },
  { number: 72, name: 'stale', text: 'the handle is stale' },
  { number: 73, name: 'timedout', text: 'time ran out' },
  { number: 74, name: 'txtbsy', text: 'the program file is in use' },
  { number: 75, name: 'xdev', text: 'a link cannot cross devices' },
  { number: 76, name: 'notcapable', text: 'the descriptor lacks the right' },
] as const;

type Row = (typeof rows)[number];

export type ErrnoName = Row['name'];
export type Errno = Row['number'];

/** The numbers by name: `Errno.inval` is 28. */
export const Errno = Object.fromEntries(rows.map((row) => [row.name, row.number])) as {
  readonly [R in Row as R['name']]: R['number'];
};

/** Every errno, in the order of the numbers. */
export const errnoRows: readonly { readonly number: Errno; readonly name: ErrnoName; readonly text: string }[] = rows;

const numberByPosixName = new Map<string, Errno>(rows.map((row) => [`E${row.name.toUpperCase()}`, row.number]));
// Two names for one number in POSIX; hosts use either.
numberByPosixName.set('EWOULDBLOCK', Errno.again);
numberByPosixName.set('EOPNOTSUPP', Errno.notsup);

/** The errno of a POSIX name such as `ENOENT`; a name that preview 1 does not know is an `io` error. */
export function errnoOfPosix(code: string): Errno {
  return numberByPosixName.get(code) ?? Errno.io;
}
