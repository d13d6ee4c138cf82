/**
 * Every function with arguments that nobody would give it: it answers an errno, traps or exits, and nothing else. It
 * stores nothing outside of its results, a call that fails stores nothing at all and leaves what is open as it was.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostExit, Trap } from '../../syntax/index.ts';
import { errnoRows } from './errno.ts';
import { callFunction } from './functions.ts';
import { type ArgumentsOf, type FunctionName, type ParameterKind, signatures } from './signatures.ts';
import { tree } from './test-cases.ts';
import { TestGuest } from './test-guest.ts';

const MEMORY_BYTES = 2048;
const RUNS = Number(process.env.GLASSBOX_FUZZ_RUNS ?? 150);

const functionNames = Object.keys(signatures) as FunctionName[];

/** Where memory holds something that some function can use; the rest is guard bytes. */
const IOVECS = 512;
const SUBSCRIPTIONS = 640;
const TEXTS = 1536;
const NEW_TEXT = 1792;
const newText = 'fresh';
const texts = [
  'hello.txt',
  'sub',
  'bare',
  'made',
  'sub/x.txt',
  'new',
  '..',
  '',
  'link',
  'sub/',
  'a\0b',
  'new/x',
  '/etc/passwd',
];

/** A guest with a file, a directory and streams open. */
function makeGuest(): TestGuest {
  const guest = new TestGuest({ tree, byteCount: MEMORY_BYTES, args: ['a', 'bc'], environ: ['A=b'], stdin: 'input' });
  guest.open('hello.txt');
  guest.open('sub', { rights: 2n });
  guest.open('hello.txt', { rights: 0x40n, fdflags: 1 });
  guest.call('path_create_directory', 3, ...guest.text('bare'));
  guest.call('path_symlink', ...guest.text('hello.txt'), 3, ...guest.text('link'));
  guest.memory.bytes.fill(0x3f);
  return guest;
}

const interesting = (...values: readonly number[]) => fc.constantFrom(...values);
const fds = fc.oneof(fc.integer({ min: 0, max: 7 }), interesting(-1, 8, 1000, 0x7fffffff, -0x80000000));
const pointers = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: MEMORY_BYTES / 8 - 8 }).map((index) => index * 8) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: MEMORY_BYTES + 8 }) },
  { weight: 2, arbitrary: interesting(IOVECS, IOVECS + 8, SUBSCRIPTIONS, MEMORY_BYTES - 4, MEMORY_BYTES - 8) },
  { weight: 1, arbitrary: interesting(-1, -4, -8, MEMORY_BYTES, MEMORY_BYTES - 1, -0x80000000, 0x7ffffff8) },
);
const sizes = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 1, arbitrary: interesting(MEMORY_BYTES, MEMORY_BYTES + 1, 65536, 65537, 0x20000000, 0x7fffffff, -1) },
);
const u64s = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  fc.constantFrom(2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n, -1n, -5n, 0x42n),
);
const numbers = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer());

const arbitraryOf: { readonly [K in ParameterKind]: fc.Arbitrary<number | bigint> } = {
  fd: fds,
  pointer: pointers,
  text: pointers,
  result: pointers,
  size: sizes,
  u32: numbers,
  flags: numbers,
  i64: u64s,
  u64: u64s,
};

/** Words of four buffers, and of two subscriptions: in memory, or nearly. */
const iovecWords = fc.array(fc.tuple(pointers, sizes), { minLength: 4, maxLength: 4 });
const subscriptionWords = fc.array(
  fc.tuple(interesting(0, 1, 2, 3), fc.oneof(fds, numbers), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  { minLength: 2, maxLength: 2 },
);

/** The text that a function succeeds with, where few of them fit. */
const fittingTexts: Partial<Readonly<Record<FunctionName, string>>> = {
  path_link: 'hello.txt',
  path_readlink: 'link',
  path_remove_directory: 'bare',
  path_unlink_file: 'hello.txt',
};

interface Try {
  readonly args: readonly (number | bigint)[];
  readonly iovecs: readonly (readonly [number | bigint, number | bigint])[];
  readonly subscriptions: readonly (readonly [number, number, bigint])[];
  readonly text: string;
}

/** Arguments by kind. In most calls all of them make sense, or all but one. */
function triesOf(name: FunctionName): fc.Arbitrary<Try> {
  const kinds = signatures[name].parameters.map(([, kind]) => kind);
  const args = fc.tuple(...kinds.map((kind) => arbitraryOf[kind]));
  const odd = fc.oneof(
    { weight: 2, arbitrary: fc.constant(-1) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: Math.max(0, kinds.length - 1) }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  const fittingText = fittingTexts[name];
  const fitting = fittingText === undefined ? [] : Array<string>(texts.length).fill(fittingText);
  return fc
    .tuple(args, odd, iovecWords, subscriptionWords, fc.constantFrom(...texts, ...fitting))
    .map(([values, oddIndex, iovecs, subscriptions, text]) => {
      const isPlausible = (index: number) => oddIndex !== undefined && index !== oddIndex;
      const fitted = values.map((value, index) => (isPlausible(index) ? sensible(name, index, value, text) : value));
      return { args: fitted, iovecs, subscriptions, text };
    });
}

/** What a call that succeeds is given; `value` where anything will do. */
function sensible(name: FunctionName, index: number, value: number | bigint, text: string): number | bigint {
  const { parameters } = signatures[name];
  const kind = parameters[index]?.[1];
  const isPath = name.startsWith('path_');
  switch (kind) {
    case 'fd':
      if (isPath || name.includes('prestat') || name === 'fd_readdir') return 3;
      // The file, half the time: only few functions take the streams and the folder too.
      return name === 'fd_pread' || name === 'fd_pwrite' || Number(value) % 2 === 1 ? 4 : value;
    case 'text':
      return parameters[index]![0].startsWith('new') ? NEW_TEXT : TEXTS;
    case 'result':
      return 1024 + index * 64;
    case 'flags':
      return Number(value) & 1;
    case 'u32':
      // A clock, a whence or an advice.
      return Math.abs(Number(value)) % 4;
    case 'pointer':
      if (name === 'poll_oneoff') return index === 0 ? SUBSCRIPTIONS : 1024;
      return isPath ? 1024 : IOVECS;
    case 'size':
      if (parameters[index - 1]?.[1] === 'text') return lengthOfText(parameters[index - 1]![0], text);
      if (name === 'poll_oneoff') return 1;
      return name.includes('prestat') ? value : Number(value) % 4;
    default:
      return value;
  }
}

function prepare(guest: TestGuest, { iovecs, subscriptions, text }: Try): void {
  const view = new DataView(guest.memory.bytes.buffer);
  for (const [index, [pointer, length]] of iovecs.entries()) {
    guest.words(IOVECS + index * 8, Number(pointer), Number(length));
  }
  for (const [index, [tag, id, timeoutNs]] of subscriptions.entries()) {
    const at = SUBSCRIPTIONS + index * 48;
    guest.memory.bytes.fill(0, at, at + 48);
    view.setUint8(at + 8, tag);
    view.setUint32(at + 16, id, true);
    view.setBigUint64(at + 24, timeoutNs, true);
  }
  guest.memory.bytes.set(Buffer.from(text), TEXTS);
  guest.memory.bytes.set(Buffer.from(newText), NEW_TEXT);
}

function lengthOfText(parameter: string, text: string): number {
  return parameter.startsWith('new') ? newText.length : Buffer.byteLength(text);
}

type Range = readonly [start: number, end: number];

/** Bytes that a parameter of kind `result` stores. */
const resultBytes: Readonly<Record<string, number>> = { resolution: 8, time: 8, newoffset: 8, offset: 8, prestat: 8 };

function bytesOfResult(name: FunctionName, parameter: string): number {
  if (parameter === 'stat') return name === 'fd_fdstat_get' ? 24 : 64;
  if (name === 'sock_recv' && parameter === 'ro_flags') return 2;
  return resultBytes[parameter] ?? 4;
}

/** Where a call that succeeds may store something. */
function documentedRanges(name: FunctionName, args: readonly (number | bigint)[], guest: TestGuest): Range[] {
  const at = (index: number) => Number(args[index]) >>> 0;
  const ranges: Range[] = [];
  const add = (start: number, length: number) => ranges.push([start, start + length]);
  for (const [index, [parameter, kind]] of signatures[name].parameters.entries()) {
    if (kind === 'result') add(at(index), bytesOfResult(name, parameter));
  }
  const view = new DataView(guest.memory.bytes.buffer);
  switch (name) {
    case 'args_get':
      add(at(0), 8);
      add(at(1), 5);
      break;
    case 'environ_get':
      add(at(0), 4);
      add(at(1), 4);
      break;
    case 'random_get':
      add(at(0), at(1));
      break;
    case 'fd_prestat_dir_name':
    case 'fd_readdir':
      add(at(1), at(2));
      break;
    case 'path_readlink':
      add(at(3), at(4));
      break;
    case 'poll_oneoff':
      add(at(1), at(2) * 32);
      break;
    case 'fd_read':
    case 'fd_pread':
    case 'sock_recv':
      for (let index = 0; index < at(2) && at(1) + index * 8 + 8 <= MEMORY_BYTES; index++) {
        add(view.getUint32(at(1) + index * 8, true), view.getUint32(at(1) + index * 8 + 4, true));
      }
      break;
  }
  return ranges;
}

/** What is open, as far as a guest can see it. */
function openText(guest: TestGuest): string {
  return guest.context.descriptors.open
    .map(([fd, descriptor]) => {
      const state = descriptor.kind === 'file' ? ` ${descriptor.offset} ${descriptor.flags}` : '';
      return `${fd} ${descriptor.kind}${state}`;
    })
    .join(', ');
}

/** How a call ended: an errno's name, `trap` or `exit`. */
function call(name: FunctionName, guest: TestGuest, args: readonly (number | bigint)[]): string {
  try {
    const outcome = callFunction(name, guest.context, guest.memory, args as unknown as ArgumentsOf<typeof name>);
    return typeof outcome === 'number' ? (errnoRows[outcome]?.name ?? `errno ${outcome}`) : 'a promise';
  } catch (error) {
    if (error instanceof Trap) return 'trap';
    if (error instanceof HostExit) return 'exit';
    throw error;
  }
}

const endings = new Set([...errnoRows.map((row): string => row.name), 'trap']);

describe.each(functionNames)('%s', (name) => {
  test('ends well and keeps to its results, whatever it is given', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(triesOf(name), (each) => {
        const guest = makeGuest();
        prepare(guest, each);
        const before = guest.memory.bytes.slice();
        const ranges = documentedRanges(name, each.args, guest);
        const openBefore = openText(guest);
        const ending = call(name, guest, each.args);
        seen.set(ending, (seen.get(ending) ?? 0) + 1);
        expect(name === 'proc_exit' ? ending === 'exit' : endings.has(ending), ending).toBe(true);
        const isAllowed = (at: number) =>
          ending === 'success' && ranges.some(([start, end]) => at >= start && at < end);
        const hasStored = !Buffer.from(before).equals(guest.memory.bytes);
        const changed = hasStored ? [...before.keys()].filter((at) => guest.memory.bytes[at] !== before[at]) : [];
        expect(
          changed.filter((at) => !isAllowed(at)),
          `${ending} has stored at`,
        ).toEqual([]);
        if (ending !== 'success') expect(openText(guest)).toBe(openBefore);
      }),
      { numRuns: RUNS },
    );
    // Arguments that only ever fail would show nothing.
    if (!neverSucceed.has(name)) expect(seen.get('success') ?? 0).toBeGreaterThan(0);
  });
});

/** What no guest here can have, and what is not offered. */
const neverSucceed: ReadonlySet<FunctionName> = new Set([
  'fd_allocate',
  'fd_fdstat_set_rights',
  'proc_exit',
  'proc_raise',
  'sock_accept',
  'sock_recv',
  'sock_send',
  'sock_shutdown',
]);
