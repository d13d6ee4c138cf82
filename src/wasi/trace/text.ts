/**
 * Calls as lines of text, in the form that users of strace know: the call with its arguments, what it answers, and
 * what it has stored in brackets.
 *
 *     path_open(3</data>, symlink_follow, "in.txt", creat, fd_read|fd_write, 0, 0) = 0 [fd 4]
 *     path_open(3</data>, symlink_follow, "no.txt", 0, fd_read, 0, 0) = 44 noent (there is no such file or directory)
 */
import { decodeUtf8 } from '../../api/index.ts';
import { errnoRows } from '../preview1/errno.ts';
import { type CallArgument, type CallValue, GuestBytes, GuestPointer, type WasiCall } from './call.ts';

/** Flags that are written out; of more, such as all rights, the rest is a number. */
const MAX_FLAGS = 4;

/** Results whose name in the table says less than this one. */
const shortNames: Readonly<Record<string, string>> = { opened_fd: 'fd', ro_fd: 'fd' };

/** The line of a call, without an end of line. */
export function callText(call: WasiCall, options: { readonly withTime?: boolean } = {}): string {
  const thread = call.thread === undefined ? '' : `[${call.thread}] `;
  const begin = thread + openingOrRest(call);
  if (call.state === 'suspended') return `${begin} <unfinished ...>`;
  const time = options.withTime === true || call.hasWaited ? ` <${(call.durationMs / 1000).toFixed(6)}>` : '';
  return `${begin}${call.hasWaited ? storedText(call) : ''}) = ${endText(call)}${time}`;
}

function openingOrRest(call: WasiCall): string {
  return call.hasWaited && call.state !== 'suspended' ? `<... ${call.name} resumed` : openingText(call);
}

function openingText({ name, args }: WasiCall): string {
  return `${name}(${args.map(argumentText).join(', ')}`;
}

const storedTypes = new Set(['strings', 'bytes', 'dirents', 'iovecs', 'events']);

/** Lists of things, where others are sets of flags. */
const listTypes = new Set(['ciovecs', 'dirents', 'events', 'iovecs', 'strings', 'subscriptions']);

/** What a call that was told as unfinished has stored since. */
function storedText({ args, state }: WasiCall): string {
  const stored = state === 'returned' ? args.filter(({ type }) => storedTypes.has(type)) : [];
  return stored.length === 0 ? '>' : `> ${stored.map(argumentText).join(', ')}`;
}

function endText({ state, errno, results, failure }: WasiCall): string {
  if (state === 'exited') return '?';
  if (state === 'failed') return `? (${failure})`;
  const row = errnoRows.find(({ name }) => name === errno)!;
  if (row.number !== 0) return `${row.number} ${row.name} (${row.text})`;
  if (results.length === 0) return '0';
  return `0 [${results.map((each) => `${shortNames[each.name] ?? each.name} ${resultText(each)}`).join(', ')}]`;
}

function argumentText(argument: CallArgument): string {
  const { type, value, path } = argument;
  if (type === 'fd') return `${valueText(value)}<${shownPath(path ?? 'closed')}>`;
  if (Array.isArray(value) && !listTypes.has(type) && isFlags(value)) return flagsText(value);
  if (type === 'subscriptions' && Array.isArray(value)) return `[${value.map(subscriptionText).join(', ')}]`;
  if (type === 'events' && Array.isArray(value)) return `[${value.map(eventText).join(', ')}]`;
  if (type === 'dirents' && Array.isArray(value)) return `[${value.map(direntText).join(', ')}]`;
  return valueText(value);
}

/** A new descriptor is told by its number: what it stands for is in the arguments. */
function resultText({ value }: CallArgument): string {
  return Array.isArray(value) && isFlags(value) ? flagsText(value) : valueText(value);
}

/** A list of names, perhaps with bits that have none; an empty list is a set without any. */
function isFlags(value: readonly CallValue[]): boolean {
  return value.every((each) => typeof each === 'string' || typeof each === 'number' || typeof each === 'bigint');
}

function flagsText(flags: readonly CallValue[]): string {
  if (flags.length === 0) return '0';
  const shown = flags.slice(0, MAX_FLAGS).map((flag) => (typeof flag === 'string' ? flag : `0x${flag.toString(16)}`));
  return flags.length > MAX_FLAGS ? `${shown.join('|')}|${flags.length - MAX_FLAGS} more` : shown.join('|');
}

type Fields = Readonly<Record<string, CallValue>>;

function subscriptionText(value: CallValue): string {
  if (typeof value === 'string') return value;
  const { event, id, timeout, flags, fd, path } = value as Fields;
  if (event !== 'clock') return `${valueText(event!)} ${valueText(fd!)}<${shownPath(String(path))}>`;
  const isAbsolute = Array.isArray(flags) && flags.includes('abstime');
  return `clock ${valueText(id!)} ${isAbsolute ? 'at' : 'in'} ${valueText(timeout!)} ns`;
}

function eventText(value: CallValue): string {
  if (typeof value === 'string') return value;
  const { event, error, nbytes } = value as Fields;
  if (error !== undefined) return `${valueText(event!)} ${valueText(error)}`;
  return nbytes === undefined ? valueText(event!) : `${valueText(event!)} ${bytesCount(nbytes)}`;
}

function direntText(value: CallValue): string {
  return valueText((value as Fields).name!);
}

const timeFields = new Set(['atim', 'mtim', 'ctim']);

function valueText(value: CallValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return value.toString();
  if (value instanceof GuestBytes) return bytesText(value);
  if (value instanceof GuestPointer) return `0x${value.address.toString(16)}`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  const fields = Object.entries(value as Fields);
  if (fields.length === 1 && fields[0]![0] === 'room') return bytesCount(fields[0]![1]);
  return `{${fields.map(([name, field]) => `${name}=${fieldText(name, field)}`).join(', ')}}`;
}

function bytesCount(count: CallValue): string {
  return count === 1 ? '1 byte' : `${valueText(count)} bytes`;
}

function fieldText(name: string, value: CallValue): string {
  if (timeFields.has(name) && typeof value === 'bigint') return timeText(value);
  return Array.isArray(value) && isFlags(value) ? flagsText(value) : valueText(value);
}

const NS_PER_MS = BigInt(1_000_000);
const NS_PER_SECOND = BigInt(1_000_000_000);

/** A time since 1970 in ns, as a date where there is one. */
function timeText(timeNs: bigint): string {
  const date = new Date(Number(timeNs / NS_PER_MS));
  if (Number.isNaN(date.getTime())) return timeNs.toString();
  const fraction = (timeNs % NS_PER_SECOND).toString().padStart(9, '0');
  return `${date.toISOString().slice(0, 19)}.${fraction}Z`;
}

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them
const controls = /[\u0000-\u001f\u007f-\u009f]/g;

/** What a descriptor stands for: names are the guest's. */
function shownPath(path: string): string {
  return path.replace(controls, escaped);
}

/** Text in quotes, `"…"...` when it is cut; bytes that are no UTF-8 are all told by their numbers. */
function bytesText(data: GuestBytes): string {
  const text = textOf(data);
  const quoted =
    text === undefined
      ? Array.from(data.bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
      : text.replace(/["\\]/g, (char) => escapes[char]!).replace(controls, (char) => escapes[char] ?? escaped(char));
  return `"${quoted}"${data.isCut ? '...' : ''}`;
}

function escaped(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** The bytes as text; a character that the cut has gone through is left out. */
export function textOf({ bytes, isCut }: GuestBytes): string | undefined {
  const spare = isCut ? Math.min(3, bytes.length) : 0;
  for (let left = 0; left <= spare; left++) {
    const text = decodeUtf8(bytes, 0, bytes.length - left);
    if (text !== undefined) return text;
  }
  return undefined;
}
