/**
 * Calls as data that JSON can hold. 64-bit numbers that are no sizes are texts, as is all that is UTF-8; other bytes
 * are `{ "hex": … }`; what is cut has its `length` beside it.
 */
import { type CallArgument, type CallValue, GuestBytes, GuestPointer, type WasiCall } from './call.ts';
import { textOf } from './text.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A call as an object; fields that say nothing are left out. */
export function callJson(call: WasiCall): { readonly [key: string]: Json } {
  const { id, name, state, args, errno, results, failure, hasWaited, startMs, durationMs, thread } = call;
  return {
    id,
    ...(thread === undefined ? {} : { thread }),
    call: name,
    state,
    args: fieldsOf(args),
    ...(errno === undefined ? {} : { errno }),
    ...(results.length === 0 ? {} : { results: fieldsOf(results) }),
    ...(failure === undefined ? {} : { failure }),
    ...pathsOf([...args, ...results]),
    ...(hasWaited ? { waited: true } : {}),
    startMs,
    durationMs,
  };
}

function fieldsOf(values: readonly CallArgument[]): Json {
  return Object.fromEntries(values.map(({ name, value }) => [name, jsonOf(value)]));
}

/** What the descriptors of a call stand for, by the names of its parameters. */
function pathsOf(values: readonly CallArgument[]): { readonly paths?: Json } {
  const known = values.flatMap(({ name, path }) => (path === undefined ? [] : [[name, path] as const]));
  return known.length === 0 ? {} : { paths: Object.fromEntries(known) };
}

function jsonOf(value: CallValue): Json {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (value instanceof GuestPointer) return { pointer: value.address };
  if (value instanceof GuestBytes) return bytesJson(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, jsonOf(field)]));
}

function bytesJson(data: GuestBytes): Json {
  const text = textOf(data);
  if (text !== undefined && !data.isCut) return text;
  const hex = Array.from(data.bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { length: data.byteLength, ...(text === undefined ? { hex } : { text }) };
}
