/**
 * The capability report: which functions, paths, variables, clocks, random bytes and sockets a run has used, and
 * what it was refused. It is put together from the calls that a tracer tells, so nothing is asked of the guest.
 */
import type { FunctionName } from '../preview1/signatures.ts';
import { type CallArgument, type CallValue, GuestBytes, type WasiCall } from './call.ts';
import { joined } from './decode.ts';
import { textOf } from './text.ts';

/** What was done with a path; `openedOrCreated` is an opening that would have made a missing file. */
export type Use =
  | 'opened'
  | 'openedOrCreated'
  | 'listed'
  | 'lookedAt'
  | 'read'
  | 'written'
  | 'created'
  | 'changed'
  | 'renamed'
  | 'removed';

/** A path as the guest named it, from the name of the granted directory on; links are followed where it was opened. */
export interface PathUse {
  readonly path: string;
  /** How often, by use. */
  readonly uses: Readonly<Partial<Record<Use, number>>>;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Calls that were answered by an error, by its name; `perm`, `acces`, `rofs` and `notcapable` are refusals. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface AuditReport {
  /** Functions of WASI that the module imports, and how often each was called. */
  readonly imports: Readonly<Record<string, number>>;
  readonly paths: readonly PathUse[];
  /** What `args_get` has handed over; absent: it was not called. */
  readonly args?: readonly string[];
  /** The names that `environ_get` has handed over, all at once: which of them the guest looks at is its own affair. */
  readonly env?: readonly string[];
  /** How often each was read, by its name. */
  readonly clocks: Readonly<Record<string, number>>;
  /** Calls of `poll_oneoff`, and how many of them have suspended the guest. */
  readonly polls: { readonly calls: number; readonly waits: number };
  readonly randomBytes: number;
  readonly streams: { readonly stdinBytes: number; readonly stdoutBytes: number; readonly stderrBytes: number };
  readonly sockets: { readonly accepted: number; readonly bytesReceived: number; readonly bytesSent: number };
  /** Absent: the run has not ended by itself. */
  readonly exitCode?: number;
}

interface Entry {
  readonly path: string;
  readonly uses: Partial<Record<Use, number>>;
  bytesRead: number;
  bytesWritten: number;
  readonly errors: Record<string, number>;
}

/** What functions that take a descriptor do with the file behind it. */
const useByFd: Partial<Record<FunctionName, Use>> = {
  fd_allocate: 'changed',
  fd_filestat_get: 'lookedAt',
  fd_filestat_set_size: 'changed',
  fd_filestat_set_times: 'changed',
  fd_pread: 'read',
  fd_pwrite: 'written',
  fd_read: 'read',
  fd_readdir: 'listed',
  fd_write: 'written',
};

/** What functions that take a path do with it, by the name of the parameter. */
const useByPath: Partial<Record<FunctionName, Readonly<Record<string, Use>>>> = {
  path_create_directory: { path: 'created' },
  path_filestat_get: { path: 'lookedAt' },
  path_filestat_set_times: { path: 'changed' },
  path_link: { old_path: 'lookedAt', new_path: 'created' },
  path_open: { path: 'opened' },
  path_readlink: { path: 'lookedAt' },
  path_remove_directory: { path: 'removed' },
  path_rename: { old_path: 'renamed', new_path: 'created' },
  // The old path is what the link says: nothing is done with it.
  path_symlink: { new_path: 'created' },
  path_unlink_file: { path: 'removed' },
};

/** Collects the calls of one run. */
export class Audit {
  private readonly counts = new Map<string, number>();
  private readonly entries = new Map<string, Entry>();
  private readonly clocks: Record<string, number> = {};
  private readonly polls = { calls: 0, waits: 0 };
  private readonly streams = { stdinBytes: 0, stdoutBytes: 0, stderrBytes: 0 };
  private readonly sockets = { accepted: 0, bytesReceived: 0, bytesSent: 0 };
  private randomBytes = 0;
  private args: readonly string[] | undefined;
  private env: readonly string[] | undefined;
  private exitCode: number | undefined;

  /** Notes a call: the listener of a tracer. */
  readonly note = (call: WasiCall): void => {
    // It is told again when it ends.
    if (call.state === 'suspended') return;
    this.counts.set(call.name, (this.counts.get(call.name) ?? 0) + 1);
    this.notePaths(call);
    this.noteDescriptor(call);
    this.noteOther(call);
  };

  /** The guest has ended by returning, or by what the program makes of a trap. */
  ended(exitCode: number): void {
    this.exitCode = exitCode;
  }

  /** @param linked the functions that the module imports */
  report(linked: readonly string[]): AuditReport {
    const names = [...new Set([...linked, ...this.counts.keys()])].sort();
    const { args, env, exitCode } = this;
    return {
      imports: Object.fromEntries(names.map((name) => [name, this.counts.get(name) ?? 0])),
      paths: [...this.entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
      ...(args === undefined ? {} : { args }),
      ...(env === undefined ? {} : { env }),
      clocks: this.clocks,
      polls: this.polls,
      randomBytes: this.randomBytes,
      streams: this.streams,
      sockets: this.sockets,
      ...(exitCode === undefined ? {} : { exitCode }),
    };
  }

  private notePaths({ name, args, results, errno }: WasiCall): void {
    const uses = useByPath[name];
    if (uses === undefined || errno === undefined) return;
    for (const [parameter, use] of Object.entries(uses)) {
      const index = args.findIndex((argument) => argument.name === parameter);
      const asked = args[index];
      if (!(asked?.value instanceof GuestBytes)) continue;
      // The descriptor that a path begins at is the nearest before it.
      const base = args.slice(0, index).reverse().find(isFd);
      const path = results[0]?.path ?? joined(base?.path ?? '', textOf(asked.value) ?? '');
      const entry = this.entry(path);
      if (errno !== 'success') count(entry.errors, errno);
      else count(entry.uses, mayCreate(args) ? 'openedOrCreated' : use);
    }
  }

  private noteDescriptor({ name, args, results, errno }: WasiCall): void {
    const use = useByFd[name];
    const path = args.find(isFd)?.path;
    if (use === undefined || path === undefined || errno === undefined) return;
    const byteCount = numberIn(results.find(({ type }) => type === 'size')?.value);
    if (path === 'stdin' || path === 'stdout' || path === 'stderr') {
      if (use === 'read' || use === 'written') this.streams[`${path}Bytes`] += byteCount;
      return;
    }
    if (path === 'socket' || path === 'listener') {
      if (use === 'read') this.sockets.bytesReceived += byteCount;
      if (use === 'written') this.sockets.bytesSent += byteCount;
      return;
    }
    const entry = this.entry(path);
    if (errno !== 'success') {
      count(entry.errors, errno);
      return;
    }
    count(entry.uses, use);
    if (use === 'read') entry.bytesRead += byteCount;
    if (use === 'written') entry.bytesWritten += byteCount;
  }

  private noteOther({ name, args, results, errno, hasWaited }: WasiCall): void {
    const value = args[0]?.value;
    if (name === 'proc_exit') this.exitCode = numberIn(value);
    if (name === 'poll_oneoff') {
      this.polls.calls++;
      if (hasWaited) this.polls.waits++;
    }
    if (errno !== 'success') return;
    const byteCount = numberIn(results.find(({ type }) => type === 'size')?.value);
    if (name === 'clock_time_get' || name === 'clock_res_get') count(this.clocks, String(value));
    else if (name === 'random_get' && value instanceof GuestBytes) this.randomBytes += value.byteLength;
    else if (name === 'args_get') this.args = textsIn(value);
    else if (name === 'environ_get') this.env = textsIn(value).map((text) => text.split('=', 1)[0]!);
    else if (name === 'sock_accept') this.sockets.accepted++;
    else if (name === 'sock_recv') this.sockets.bytesReceived += byteCount;
    else if (name === 'sock_send') this.sockets.bytesSent += byteCount;
  }

  private entry(path: string): Entry {
    let entry = this.entries.get(path);
    if (entry === undefined) {
      entry = { path, uses: {}, bytesRead: 0, bytesWritten: 0, errors: {} };
      this.entries.set(path, entry);
    }
    return entry;
  }
}

function isFd({ type }: CallArgument): boolean {
  return type === 'fd';
}

function mayCreate(args: readonly CallArgument[]): boolean {
  const flags = args.find(({ type }) => type === 'oflags')?.value;
  return Array.isArray(flags) && flags.includes('creat');
}

function count<Key extends string>(counts: Partial<Record<Key, number>>, key: Key): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function numberIn(value: CallValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function textsIn(value: CallValue | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((each) => (each instanceof GuestBytes ? (textOf(each) ?? '?') : String(each)));
}

// As text

const useTexts: Readonly<Record<Use, string>> = {
  opened: 'opened',
  openedOrCreated: 'opened or created',
  listed: 'listed',
  lookedAt: 'looked at',
  read: 'read',
  written: 'written',
  created: 'created',
  changed: 'changed',
  renamed: 'renamed',
  removed: 'removed',
};

const refusals = new Set(['acces', 'notcapable', 'perm', 'rofs']);

/** The report for people. */
export function auditText(report: AuditReport): string {
  const { imports, paths, args, env, clocks, polls, randomBytes, streams, sockets, exitCode } = report;
  const called = Object.values(imports).filter((times) => times > 0);
  const calls = called.reduce((sum, times) => sum + times, 0);
  const { accepted, bytesReceived, bytesSent } = sockets;
  const clockTexts = Object.entries(clocks).map(([name, times]) => `${name} ${timesText(times)}`);
  return [
    `imports      ${Object.keys(imports).length} linked, ${called.length} called, ${calls} calls`,
    ...rows(Object.entries(imports).map(([name, times]) => [name, times === 0 ? 'never called' : timesText(times)])),
    `paths        ${paths.length === 0 ? 'none' : paths.length}`,
    ...rows(paths.map((each) => [shown(each.path), pathText(each)])),
    `arguments    ${args === undefined ? 'not read' : `${args.length} read`}`,
    `environment  ${env === undefined ? 'not read' : env.map(shown).join(', ') || 'read, empty'}`,
    `clocks       ${clockTexts.join(', ') || 'not read'}`,
    `polls        ${polls.calls === 0 ? 'none' : `${polls.calls}, ${polls.waits} of them waited`}`,
    `random       ${bytesCount(randomBytes)}`,
    `streams      stdin ${bytesCount(streams.stdinBytes)} read, stdout ${bytesCount(streams.stdoutBytes)} and ` +
      `stderr ${bytesCount(streams.stderrBytes)} written`,
    `sockets      ${accepted} accepted, ${bytesCount(bytesReceived)} received, ${bytesCount(bytesSent)} sent`,
    `exit code    ${exitCode ?? 'none'}`,
    '',
  ].join('\n');
}

function pathText({ uses, bytesRead, bytesWritten, errors }: PathUse): string {
  const done = (Object.keys(useTexts) as Use[]).flatMap((use) => {
    if (uses[use] === undefined) return [];
    if (use === 'read') return [`read ${bytesCount(bytesRead)}`];
    return [use === 'written' ? `written ${bytesCount(bytesWritten)}` : useTexts[use]];
  });
  const failed = Object.entries(errors).map(
    ([errno, times]) => `${refusals.has(errno) ? 'REFUSED' : 'failed'} ${timesText(times)} (${errno})`,
  );
  return [...done, ...failed].join(', ');
}

function rows(lines: readonly (readonly [string, string])[]): string[] {
  const width = lines.reduce((widest, [name]) => Math.min(40, Math.max(widest, name.length)), 0);
  return lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}

function timesText(times: number): string {
  return times === 1 ? 'once' : `${times} times`;
}

function bytesCount(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`;
}

/** Names are the guest's, and a terminal would obey what is no plain text in them. */
function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
}
