/**
 * Differences between Glassbox and wasmtime 50 that are meant to be, each with its reason. What none of them explains
 * is a fault of one of the two.
 */
import type { FoundDifference } from './agreement.ts';
import { parametersOf, RANDOM_NAME } from './sequence.ts';

export interface Explanation {
  readonly name: string;
  readonly reason: string;
  readonly applies: (difference: FoundDifference) => boolean;
}

const endsIn = (text: string, ...endings: readonly string[]) => endings.some((ending) => text.split(' ')[0] === ending);

const LARGEST_OFFSET = 2n ** 53n - 1n;
const MEMORY_FILE_BYTES = 2n ** 30n;

/** Whether a 64-bit argument, unsigned, is above `limit`. */
function hasLarge({ args }: FoundDifference, limit: bigint): boolean {
  return args.some((arg) => typeof arg === 'bigint' && BigInt.asUintN(64, arg) > limit);
}

const streaming = ['fd_read', 'fd_pread', 'fd_write', 'fd_pwrite', 'sock_recv', 'sock_send'];

/** The lengths of the buffers of a call, empty ones left out; garbage where the list is none. */
function bufferLengths({ call, args, memory }: FoundDifference): number[] {
  if (call === undefined || !streaming.includes(call)) return [];
  const [start, count] = [Number(args[1]) >>> 0, Number(args[2]) >>> 0];
  const lengths: number[] = [];
  for (let index = 0; index < count && start + index * 8 + 8 <= memory.length; index++) {
    lengths.push(memory.readUInt32LE(start + index * 8 + 4));
  }
  if (start + count * 8 > memory.length) lengths.push(1);
  return lengths.filter((length) => length > 0);
}

/** Whether a result is to be stored where there is no memory, or at no multiple of its alignment. */
function hasBadResult({ call, args, memory }: Pick<FoundDifference, 'call' | 'args' | 'memory'>): boolean {
  if (call === undefined) return false;
  return parametersOf(call).some(([name, kind], index) => {
    if (kind !== 'result') return false;
    const [size, alignment] = resultShapes[name] ?? [4, 4];
    const address = Number(args[index]) >>> 0;
    return address % alignment !== 0 || address + size > memory.length;
  });
}

/** Size and alignment of results that are no u32. */
const resultShapes: Readonly<Record<string, readonly [size: number, alignment: number]>> = {
  stat: [24, 8],
  newoffset: [8, 8],
  offset: [8, 8],
  time: [8, 8],
  resolution: [8, 8],
  prestat: [8, 4],
};

/** Whether one of the lists has filled its room, so that there may be more entries. */
function isFull(args: FoundDifference['args'], ...lists: readonly string[]): boolean {
  const used = Buffer.alloc(4);
  used.writeUInt32LE(Number(args[2]) >>> 0);
  return lists.some((list) => list.includes(` ${args[4]}: ${used.toString('hex')}`));
}

/** The paths of a call that end in a slash, or that lead through something. */
function endsInSlash({ call, args, memory }: FoundDifference): boolean {
  if (call === undefined) return false;
  return parametersOf(call).some(([, kind], index) => {
    if (kind !== 'text') return false;
    const [start, length] = [Number(args[index]) >>> 0, Number(args[index + 1]) >>> 0];
    return length > 0 && length < 4096 && memory[start + length - 1] === 0x2f;
  });
}

function stepsBefore({ sequence, at }: FoundDifference) {
  return sequence.steps.slice(0, at === -1 ? undefined : at);
}

export const explanations: readonly Explanation[] = [
  {
    name: 'unknown value',
    reason:
      'wasmtime traps when a flag or variant is none that preview 1 knows, before it looks at anything else; here a ' +
      'program gets an errno, `inval` where nothing else is wrong, as hosts in C give it. Unknown rights are ignored.',
    applies: ({ theirs }) => /Invalid (enum|flag) value|to fit in target type/.test(theirs),
  },
  {
    name: 'wasmtime copies no more',
    reason: 'wasmtime answers `nomem` for what would make it copy more than its limit; here there is no such limit.',
    applies: ({ theirs }) => endsIn(theirs, 'nomem'),
  },
  {
    name: 'one buffer a call',
    reason: 'wasmtime uses the first buffer that is not empty and looks at no other; here all of them are used.',
    applies: (difference) => bufferLengths(difference).length > 1,
  },
  {
    name: 'no bytes read from memory',
    reason: 'wasmtime copies out what it has read: where there is nothing to read, it does not look at the buffer.',
    applies: ({ call, ours, theirs }) =>
      (call === 'fd_read' || call === 'fd_pread') && endsIn(ours, 'trap') && endsIn(theirs, 'success'),
  },
  {
    name: 'nothing wanted from standard input',
    reason: 'wasmtime answers `intr` for a read of 0 bytes from a stream; here it is a success, as in POSIX.',
    applies: ({ call, ours, theirs }) => call === 'fd_read' && endsIn(ours, 'success') && endsIn(theirs, 'intr'),
  },
  {
    name: 'offsets beyond 2^53 - 1',
    reason: 'JavaScript cannot count them; a system may refuse them itself.',
    applies: (difference) =>
      (hasLarge(difference, LARGEST_OFFSET - 2n ** 33n) || hasLargeOffset(difference)) &&
      endsIn(difference.ours, 'inval', 'fbig', 'overflow') &&
      endsIn(difference.theirs, 'success', 'inval', 'fbig', 'overflow'),
  },
  {
    name: 'files in memory',
    reason: 'The host in memory keeps 2^30 bytes; the system under wasmtime makes larger files of holes.',
    applies: (difference) =>
      difference.backEnd === 'memory' && hasLarge(difference, MEMORY_FILE_BYTES) && endsIn(difference.ours, 'fbig'),
  },
  {
    name: 'order of entries',
    reason: 'Every host lists a directory in an order of its own; whole lists are compared as sets, parts cannot be.',
    applies: ({ call, args, ours, theirs }) =>
      call === 'fd_readdir' &&
      endsIn(ours, 'success') &&
      endsIn(theirs, 'success') &&
      (BigInt.asUintN(64, args[3] as bigint) >= 2n || Number(args[2]) >>> 0 < 512 || isFull(args, ours, theirs)),
  },
  {
    name: 'results are looked at first',
    reason:
      'Here a call acts only when its result can be stored, so a bad pointer for it traps even where the call would ' +
      'fail; wasmtime looks at it last, when it has acted.',
    applies: ({ ours, theirs, ...difference }) =>
      endsIn(ours, 'trap') && !endsIn(theirs, 'trap', 'success', 'nothing') && hasBadResult(difference),
  },
  {
    name: 'no time to be set',
    reason: 'With neither time to be set Linux does not look for the file; here it must be there all the same.',
    applies: ({ call, args, theirs }) =>
      call === 'path_filestat_set_times' && Number(args[6]) === 0 && endsIn(theirs, 'success'),
  },
  {
    name: 'which number is free',
    reason: 'wasmtime gives the highest number that was closed, here it is the lowest, as in POSIX.',
    applies: (difference) =>
      difference.call === 'path_open' &&
      endsIn(difference.ours, 'success') &&
      endsIn(difference.theirs, 'success') &&
      stepsBefore(difference).filter(({ call }) => call === 'fd_close' || call === 'fd_renumber').length > 1,
  },
  {
    name: 'times in memory',
    reason: 'Writing to a file in memory does not set its times: the host has no clock but the guest’s.',
    applies: ({ backEnd, call, ours, theirs }) =>
      backEnd === 'memory' &&
      (call === undefined || call.includes('filestat_get')) &&
      withoutTimes(ours) === withoutTimes(theirs),
  },
  {
    name: 'CPU clocks',
    reason: 'wasmtime answers `badf` for the CPU-time clocks; here as for other clocks that are not offered.',
    applies: ({ call, args, theirs }) =>
      (call === 'clock_res_get' || call === 'clock_time_get') && [2, 3].includes(Number(args[0])) && theirs === 'badf',
  },
  {
    name: 'exit codes',
    reason: 'wasmtime refuses exit codes of 126 and more; here the guest exits with what it says.',
    applies: ({ call, args }) => call === 'proc_exit' && Number(args[0]) >>> 0 >= 126,
  },
  {
    name: 'a slash behind a name that is removed',
    reason:
      'wasmtime follows a link before a slash, and refuses to remove a directory named with one (`inval`); here the ' +
      'slash says that it must be a directory, and a link is none, as in Linux.',
    applies: (difference) =>
      ['path_remove_directory', 'path_unlink_file'].includes(difference.call ?? '') && endsInSlash(difference),
  },
  {
    name: 'a slash behind a name that is made',
    reason: 'wasmtime says `isdir` before it follows the link; both refuse to make a directory by opening.',
    applies: (difference) =>
      difference.call === 'path_open' &&
      endsInSlash(difference) &&
      (Number(difference.args[4]) & 1) !== 0 &&
      endsIn(difference.theirs, 'isdir'),
  },
  {
    name: 'fd_pwrite appends under Linux',
    reason:
      'A file that Linux opened for appending is appended to by pwrite too; here the offset counts, as POSIX has it.',
    applies: (difference) =>
      stepsBefore(difference).some(({ call }) => call === 'fd_pwrite') &&
      stepsBefore(difference).some(opensForAppending),
  },
  {
    name: 'two things wrong at once',
    reason:
      'Which one is told first is the system’s matter: `pwrite` and `pread` look at the offset before the file, and of ' +
      'two paths either may be bad. (With one thing wrong, the table of arguments demands the same errno.)',
    applies: ({ call, ours, theirs, sequence }) =>
      ((call === 'fd_pread' || call === 'fd_pwrite') &&
        endsIn(ours, 'badf', 'inval') &&
        endsIn(theirs, 'badf', 'inval')) ||
      (sequence.name === RANDOM_NAME &&
        (call === 'path_link' || call === 'path_rename') &&
        !endsIn(ours, 'success', 'trap') &&
        !endsIn(theirs, 'success', 'trap')),
  },
  {
    name: 'fd_pwrite to an appending file at no offset',
    reason: 'As the file is appended to, wasmtime does not look at the offset.',
    applies: ({ call, ours, theirs }) => call === 'fd_pwrite' && ours === 'inval' && endsIn(theirs, 'success'),
  },
  {
    name: 'poll looks at the list first',
    reason:
      'wasmtime reads subscriptions one after the other and answers what is wrong with the first that is; here the ' +
      'whole list and the events must be in memory before one is read.',
    applies: ({ call, ours, theirs }) => call === 'poll_oneoff' && endsIn(ours, 'trap') && !endsIn(theirs, 'success'),
  },
  {
    name: 'poll finds files ready later',
    reason:
      'wasmtime learns from a thread of its own that a file can be read, so that one poll may miss it, if something ' +
      'else is ready; here files are ready at once.',
    applies: ({ call, args, ours, theirs }) =>
      call === 'poll_oneoff' && Number(args[2]) > 1 && endsIn(ours, 'success') && endsIn(theirs, 'success'),
  },
  {
    name: 'poll for what a file is not open for',
    reason: 'wasmtime calls such a file ready, and the read or write that follows fails; here the poll answers `badf`.',
    applies: ({ call, ours, theirs }) => call === 'poll_oneoff' && ours === 'badf' && endsIn(theirs, 'success'),
  },
];

/** A difference of trees, or of two stored filestats, without what tells times. */
function withoutTimes(text: string): string {
  const filestat = /^success (\d+: [0-9a-f]{80})[0-9a-f]{32}/.exec(text);
  return filestat === null ? text.replace(/ modified \d+ ns/g, '') : filestat[1]!;
}

function opensForAppending({ call, args }: { readonly call: string; readonly args: readonly (number | bigint)[] }) {
  const fdflags = call === 'path_open' ? args[7] : call === 'fd_fdstat_set_flags' ? args[1] : 0;
  return (Number(fdflags) & 1) !== 0;
}

/** Whether a seek before has set an offset so large that a call from there cannot be counted. */
function hasLargeOffset(difference: FoundDifference): boolean {
  return stepsBefore(difference).some(
    ({ call, args }) => call === 'fd_seek' && BigInt.asUintN(64, args[1] as bigint) > LARGEST_OFFSET - 2n ** 33n,
  );
}

export function explanationOf(difference: FoundDifference): Explanation | undefined {
  return explanations.find(({ applies }) => applies(difference));
}

/** A difference as one reads it. */
export function differenceText({ sequence, backEnd, at, step, ours, theirs }: FoundDifference): string {
  const where = at === -1 ? `at the end, ${step}` : `step ${at}: ${step}`;
  return `${sequence.name}\n  ${backEnd}, ${where}\n  Glassbox: ${ours}\n  wasmtime: ${theirs}`;
}
