/** `--tcplisten` and `--listenfd`: sockets that a program may accept connections from, its descriptors from 3 on. */
import { listenOn, listenTcp, type NodeListener } from '../wasi/host/node/index.ts';
import { HostError } from '../wasi/index.ts';
import type { Arguments, Option } from './command.ts';
import { Failure, usageFailure } from './failure.ts';

export const listenOptions: readonly Option[] = [
  { name: 'tcplisten', value: 'HOST:PORT', multiple: true, help: 'let the program accept connections to this address' },
  { name: 'listenfd', help: 'let it accept from the sockets that LISTEN_FDS hands down (systemd)' },
];

export interface Listening {
  readonly listeners: readonly NodeListener[];
  /** What tells the program how many sockets it has from `--listenfd`. */
  readonly env: Readonly<Record<string, string>>;
}

/** Begins to listen. @throws {Failure} for an address that is none or is taken, or sockets that are not there */
export async function listeningOf(args: Arguments): Promise<Listening> {
  const addresses = args.values('tcplisten').map(addressOf);
  const inherited = args.flag('listenfd') ? inheritedSockets() : { fds: [], env: {} };
  const listeners: NodeListener[] = [];
  try {
    for (const fd of inherited.fds) {
      listeners.push(await attempt(`descriptor ${fd} of LISTEN_FDS`, () => listenOn(fd)));
    }
    for (const { host, port } of addresses) {
      listeners.push(await attempt(`${host}:${port}`, () => listenTcp(host, port)));
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  return { listeners, env: inherited.env };
}

async function attempt(what: string, listen: () => Promise<NodeListener>): Promise<NodeListener> {
  try {
    return await listen();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new Failure(`cannot listen on ${what}: ${error.message}`);
  }
}

const MAX_PORT = 65535;

function addressOf(text: string): { host: string; port: number } {
  const [, v6, name, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (host === undefined || port > MAX_PORT) {
    throw usageFailure(`option '--tcplisten' does not take '${text}'`, 'write HOST:PORT, such as 127.0.0.1:8080');
  }
  return { host, port };
}

/** @see https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html */
const FIRST_FD = 3;

function inheritedSockets() {
  const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES } = process.env;
  const count = Number(LISTEN_FDS ?? '');
  const isForUs = LISTEN_PID === undefined || Number(LISTEN_PID) === process.pid;
  if (!Number.isSafeInteger(count) || count < 1 || !isForUs) {
    throw new Failure(
      'no sockets are handed down: LISTEN_FDS and LISTEN_PID do not say so',
      '--tcplisten makes its own',
    );
  }
  const env = { LISTEN_FDS: String(count), ...(LISTEN_FDNAMES === undefined ? {} : { LISTEN_FDNAMES }) };
  return { fds: Array.from({ length: count }, (_, index) => FIRST_FD + index), env };
}
