/** Sockets, over connections in memory: the bytes stored between guard bytes, errnos, flags, waiting and closing. */
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../syntax/index.ts';
import { LoopbackListener } from '../host/loopback.ts';
import type { HostSocket } from '../host/waiting.ts';
import { type Case, named, runCase } from './test-cases.ts';
import { TestGuest } from './test-guest.ts';

const cases: Case[] = [
  { name: 'a stream', function: 'sock_accept', act: (guest) => guest.call('sock_accept', 1, 0, 8), errno: 'notsock' },
  { name: 'nothing there', function: 'sock_accept', act: (guest) => guest.call('sock_accept', 9, 0, 8), errno: 'badf' },
  {
    name: 'a stream',
    function: 'sock_recv',
    act: (guest) => guest.call('sock_recv', 0, 0, 0, 0, 8, 8),
    errno: 'notsock',
  },
  {
    name: 'a directory',
    function: 'sock_send',
    act: (guest) => guest.call('sock_send', 3, 0, 0, 0, 8),
    errno: 'notsock',
  },
  { name: 'a stream', function: 'sock_shutdown', act: (guest) => guest.call('sock_shutdown', 2, 1), errno: 'notsock' },
];

describe('sockets', () => {
  test.each(named(cases))('%s', (_, each) => {
    const { guest, errno, picture } = runCase(each);
    expect({ errno, picture }).toEqual({ errno: each.errno, picture: each.picture });
    each.check?.(guest);
  });
});

const LISTENER = 4;
const CONNECTION = 5;
const NONBLOCK = 4;
const PEEK = 1;
const WAITALL = 2;

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** What there is to be read, as text. */
function receive(socket: HostSocket): string | undefined {
  const buffer = new Uint8Array(1000);
  const count = socket.tryRead(buffer);
  return count === undefined ? undefined : new TextDecoder().decode(buffer.subarray(0, count));
}

/** A guest with a listener; with `client`, a connection that it has accepted. */
function listening({ maySuspend = true } = {}) {
  const listener = new LoopbackListener();
  return { listener, guest: new TestGuest({ listeners: [listener], maySuspend }) };
}

function connected(options = {}) {
  const { listener, guest } = listening(options);
  const client = listener.connect();
  expect(guest.call('sock_accept', LISTENER, 0, 248)).toBe('success');
  expect(guest.picture(247, 253)).toBe('? 05 00 00 00 ?');
  return { listener, guest, client };
}

/** One buffer of 8 bytes at 40; count at 48, flags at 52. */
const receiveArguments = [CONNECTION, 8, 1, 0, 48, 52] as const;

function withBuffer(guest: TestGuest, byteCount = 8): TestGuest {
  guest.words(8, 40, byteCount);
  return guest;
}

describe('accepting', () => {
  test('takes who waits, and gives the lowest free number', () => {
    const { guest, listener } = connected();
    listener.connect();
    expect(guest.call('sock_accept', LISTENER, NONBLOCK, 248)).toBe('success');
    expect(guest.picture(247, 253)).toBe('? 06 00 00 00 ?');
    expect(guest.call('fd_fdstat_get', 6, 8)).toBe('success');
    expect(guest.picture(8, 12)).toBe('06 00 04 00');
  });

  test('waits until somebody connects', async () => {
    const { guest, listener } = listening();
    const accepting = guest.callAsync('sock_accept', LISTENER, 0, 248);
    listener.connect();
    expect(await accepting).toBe('success');
  });

  test.each([
    ['nobody has connected, and the listener does not block', NONBLOCK, LISTENER, 0, 'again'],
    ['an unknown flag', 0, LISTENER, 1, 'inval'],
    ['a number that stands for nothing', 0, 9, 0, 'badf'],
  ] as const)('%s', (_, listenerFlags, fd, flags, errno) => {
    const { guest } = listening();
    expect(guest.call('fd_fdstat_set_flags', LISTENER, listenerFlags)).toBe('success');
    expect(guest.call('sock_accept', fd, flags, 248)).toBe(errno);
    expect(guest.picture(248, 252)).toBe('? ? ? ?');
  });

  test('a connection accepts none', () => {
    expect(connected().guest.call('sock_accept', CONNECTION, 0, 248)).toBe('inval');
  });

  test('without a free descriptor the connection is closed', () => {
    const listener = new LoopbackListener();
    const guest = new TestGuest({ listeners: [listener], maxDescriptors: 5 });
    const client = listener.connect();
    expect(guest.call('sock_accept', LISTENER, 0, 248)).toBe('mfile');
    expect(receive(client)).toBe('');
  });

  test('a guest that runs synchronously cannot wait', () => {
    const { guest } = listening({ maySuspend: false });
    expect(() => guest.call('sock_accept', LISTENER, 0, 248)).toThrow(UsageError);
  });

  test('nobody can connect once the listener is closed', () => {
    const { guest, listener } = listening();
    const client = listener.connect();
    expect(guest.call('fd_close', LISTENER)).toBe('success');
    expect(receive(client)).toBe('');
    expect(() => listener.connect()).toThrow('ECONNREFUSED');
  });
});

describe('receiving', () => {
  test('stores what has come', () => {
    const { guest, client } = connected();
    client.tryWrite(bytesOf('hey'));
    expect(withBuffer(guest).call('sock_recv', ...receiveArguments)).toBe('success');
    expect(guest.picture(39, 55)).toBe('? 68 65 79 ? ? ? ? ? 03 00 00 00 00 00 ?');
  });

  test('waits for the first byte', async () => {
    const { guest, client } = connected();
    const receiving = withBuffer(guest).callAsync('sock_recv', ...receiveArguments);
    client.tryWrite(bytesOf('a'));
    expect(await receiving).toBe('success');
    expect(guest.picture(40, 54)).toBe('61 ? ? ? ? ? ? ? 01 00 00 00 00 00');
  });

  test('leaves with recv_peek what it has seen', () => {
    const { guest, client } = connected();
    client.tryWrite(bytesOf('abc'));
    const peek = [CONNECTION, 8, 1, PEEK, 48, 52] as const;
    expect(withBuffer(guest, 2).call('sock_recv', ...peek)).toBe('success');
    expect(guest.call('sock_recv', ...receiveArguments)).toBe('success');
    expect(guest.picture(40, 43)).toBe('61 62 ?');
    expect(guest.call('sock_recv', ...receiveArguments)).toBe('success');
    expect(guest.picture(40, 43)).toBe('63 62 ?');
  });

  test.each([
    ['until the buffer is full', 'defghi', false, '08'],
    ['until the end', 'd', true, '04'],
  ])('waits with recv_waitall %s', async (_, rest, ends, count) => {
    const { guest, client } = connected();
    client.tryWrite(bytesOf('abc'));
    const receiving = withBuffer(guest).callAsync('sock_recv', CONNECTION, 8, 1, WAITALL, 48, 52);
    client.tryWrite(bytesOf(rest));
    if (ends) client.shutdown({ read: false, write: true });
    expect(await receiving).toBe('success');
    expect(guest.picture(48, 52)).toBe(`${count} 00 00 00`);
  });

  test.each([
    ['nothing has come, and the socket does not block', NONBLOCK, 0, 'again'],
    ['an unknown flag', 0, 4, 'inval'],
  ] as const)('%s', (_, fdflags, riFlags, errno) => {
    const { guest } = connected();
    expect(guest.call('fd_fdstat_set_flags', CONNECTION, fdflags)).toBe('success');
    expect(withBuffer(guest).call('sock_recv', CONNECTION, 8, 1, riFlags, 48, 52)).toBe(errno);
    expect(guest.picture(48, 54)).toBe('? ? ? ? ? ?');
  });

  test('with recv_waitall and nonblock gives what there is', () => {
    const { guest, client } = connected();
    guest.call('fd_fdstat_set_flags', CONNECTION, NONBLOCK);
    client.tryWrite(bytesOf('ab'));
    expect(withBuffer(guest).call('sock_recv', CONNECTION, 8, 1, WAITALL, 48, 52)).toBe('success');
    expect(guest.picture(48, 52)).toBe('02 00 00 00');
  });

  test('is at its end when the other side has closed, or this one has ended receiving', () => {
    const { guest, client } = connected();
    client.close();
    expect(withBuffer(guest).call('sock_recv', ...receiveArguments)).toBe('success');
    expect(guest.picture(48, 52)).toBe('00 00 00 00');
    const other = connected();
    other.client.tryWrite(bytesOf('lost'));
    expect(other.guest.call('sock_shutdown', CONNECTION, 1)).toBe('success');
    expect(withBuffer(other.guest).call('fd_read', CONNECTION, 8, 1, 48)).toBe('success');
    expect(other.guest.picture(48, 52)).toBe('00 00 00 00');
  });

  test('from a listener is notconn', () => {
    const { guest } = listening();
    expect(guest.call('sock_recv', LISTENER, 8, 0, 0, 48, 52)).toBe('notconn');
    expect(guest.call('sock_send', LISTENER, 8, 0, 0, 48)).toBe('notconn');
    expect(guest.call('sock_shutdown', LISTENER, 1)).toBe('notconn');
  });

  test('a guest that runs synchronously cannot wait', () => {
    const { guest } = connected({ maySuspend: false });
    expect(() => withBuffer(guest).call('sock_recv', ...receiveArguments)).toThrow(UsageError);
  });

  test('ends with badf when the socket is closed meanwhile', async () => {
    const { guest } = connected();
    const receiving = withBuffer(guest).callAsync('sock_recv', ...receiveArguments);
    expect(guest.call('fd_close', CONNECTION)).toBe('success');
    expect(await receiving).toBe('badf');
    expect(guest.picture(40, 54)).not.toContain('0');
  });

  test('goes on under another number when the socket is moved', async () => {
    const { guest, client } = connected();
    const receiving = withBuffer(guest).callAsync('sock_recv', ...receiveArguments);
    expect(guest.call('fd_renumber', CONNECTION, LISTENER)).toBe('success');
    client.tryWrite(bytesOf('a'));
    expect(await receiving).toBe('success');
  });
});

describe('sending', () => {
  test('hands everything over, in the order of the buffers', () => {
    const { guest, client } = connected();
    guest.words(8, ...guest.text('he'), ...guest.text('llo'));
    expect(guest.call('sock_send', CONNECTION, 8, 2, 0, 48)).toBe('success');
    expect(guest.picture(47, 53)).toBe('? 05 00 00 00 ?');
    expect(receive(client)).toBe('hello');
  });

  test('waits for room', async () => {
    const { guest, client } = connected();
    while (client.readable()?.byteCount !== 65_536) {
      guest.words(8, 128, 128);
      expect(guest.call('fd_write', CONNECTION, 8, 1, 48)).toBe('success');
    }
    const sending = guest.callAsync('sock_send', CONNECTION, 8, 1, 0, 48);
    receive(client);
    expect(await sending).toBe('success');
    expect(client.readable()?.byteCount).toBe(65_536 - 1000 + 128);
  });

  test('without room is again when the socket does not block, after as much as fits', () => {
    const { guest, client } = connected();
    guest.call('fd_fdstat_set_flags', CONNECTION, NONBLOCK);
    guest.words(8, 128, 128);
    while (client.readable()?.byteCount !== 65_536) guest.call('sock_send', CONNECTION, 8, 1, 0, 48);
    expect(guest.call('sock_send', CONNECTION, 8, 1, 0, 48)).toBe('again');
    client.tryRead(new Uint8Array(3));
    expect(guest.call('sock_send', CONNECTION, 8, 1, 0, 48)).toBe('success');
    expect(guest.picture(48, 52)).toBe('03 00 00 00');
  });

  test.each([
    ['the other side has closed', (_: TestGuest, client: HostSocket) => client.close()],
    ['this side has ended sending', (guest: TestGuest) => guest.call('sock_shutdown', CONNECTION, 2)],
  ])('is pipe when %s', (_, end) => {
    const { guest, client } = connected();
    end(guest, client);
    guest.words(8, 128, 1);
    expect(guest.call('sock_send', CONNECTION, 8, 1, 0, 48)).toBe('pipe');
  });

  test('knows no flags', () => {
    expect(connected().guest.call('sock_send', CONNECTION, 8, 0, 1, 48)).toBe('inval');
  });
});

test.each([0, 4, 5])('sock_shutdown of no known direction (%d) is inval', (how) => {
  expect(connected().guest.call('sock_shutdown', CONNECTION, how)).toBe('inval');
});

describe('polling', () => {
  /** Subscribes at 64 to reading (1) or writing (2), and stores events from 128. */
  function subscribed(guest: TestGuest, fd: number, type: number): TestGuest {
    guest.memory.bytes.fill(0, 64, 112);
    guest.words(64, 7, 0, type, 0, fd);
    return guest;
  }
  const poll = [64, 128, 1, 48] as const;

  test('waits for a connection, and tells how many there are', async () => {
    const { guest, listener } = listening();
    const polling = subscribed(guest, LISTENER, 1).callAsync('poll_oneoff', ...poll);
    listener.connect();
    expect(await polling).toBe('success');
    expect(guest.picture(128, 160)).toBe(
      '07 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00',
    );
  });

  test('waits for bytes, and tells how many there are and that the other side has closed', async () => {
    const { guest, client } = connected();
    const polling = subscribed(guest, CONNECTION, 1).callAsync('poll_oneoff', ...poll);
    client.tryWrite(bytesOf('abc'));
    client.close();
    expect(await polling).toBe('success');
    expect(guest.picture(138, 154)).toBe('01 00 00 00 00 00 03 00 00 00 00 00 00 00 01 00');
  });

  test('waits for room', async () => {
    const { guest, client } = connected();
    guest.call('fd_fdstat_set_flags', CONNECTION, NONBLOCK);
    guest.words(8, 128, 128);
    while (guest.call('sock_send', CONNECTION, 8, 1, 0, 48) !== 'again');
    const polling = subscribed(guest, CONNECTION, 2).callAsync('poll_oneoff', ...poll);
    client.tryRead(new Uint8Array(5));
    expect(await polling).toBe('success');
    expect(guest.picture(138, 147)).toBe('02 00 00 00 00 00 05 00 00');
  });

  test('tells badf of the one that is closed meanwhile', async () => {
    const { guest } = connected();
    const polling = subscribed(guest, CONNECTION, 1).callAsync('poll_oneoff', ...poll);
    guest.call('fd_close', CONNECTION);
    expect(await polling).toBe('success');
    expect(guest.picture(136, 139)).toBe('08 00 01');
  });

  test('is refused for ever to a guest that runs synchronously', () => {
    const { guest } = connected({ maySuspend: false });
    expect(() => subscribed(guest, CONNECTION, 1).call('poll_oneoff', ...poll)).toThrow(UsageError);
  });
});

test('a listener does not hide directories from a program that looks for them', () => {
  const { guest } = listening();
  expect(guest.call('fd_prestat_get', LISTENER, 8)).toBe('success');
  expect(guest.picture(8, 16)).toBe('01 00 00 00 00 00 00 00');
  expect(guest.call('fd_prestat_dir_name', LISTENER, 8, 0)).toBe('notdir');
});
