/**
 * A program and how it is run as the fragment of a URL: nothing leaves the browser. The fragment is base64url of
 * a small file, deflated where the browser has `CompressionStream`.
 *
 *     z.… or p.…      deflated, or plain
 *     bytes           u32 length of the head, little endian │ head, JSON in UTF-8 │ the module when it is binary
 */

export interface SharedProgram {
  /** The text, or the binary module: one of them. */
  readonly text?: string | undefined;
  readonly bytes?: Uint8Array | undefined;
  /** Name of the function that is called, and its arguments as they are typed. */
  readonly func?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly stdin?: string | undefined;
  /** Lines with breakpoints, from 1. */
  readonly breakpoints?: readonly number[] | undefined;
  /** The moment that is shown: instructions executed. */
  readonly instructionCount?: number | undefined;
}

/** The fragment is none of ours, is damaged, or is too large. */
export class ShareError extends Error {
  override readonly name = 'ShareError';
}

/** A link that unpacks to more than this is refused: a short one could otherwise fill the memory. */
const MAX_UNPACKED_BYTES = 64 * 2 ** 20;

export async function encodeShare(program: SharedProgram): Promise<string> {
  const { bytes, ...rest } = program;
  const head = new TextEncoder().encode(JSON.stringify(rest));
  const module = bytes ?? new Uint8Array(0);
  const file = new Uint8Array(4 + head.length + module.length);
  new DataView(file.buffer).setUint32(0, head.length, true);
  file.set(head, 4);
  file.set(module, 4 + head.length);
  if (typeof CompressionStream !== 'function') return `p.${toBase64Url(file)}`;
  const packed = await throughStream(file, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY);
  return `z.${toBase64Url(packed)}`;
}

/** @throws {ShareError} for anything that `encodeShare` does not make */
export async function decodeShare(fragment: string): Promise<SharedProgram> {
  const match = /^#?([zp])\.([\w-]*)$/.exec(fragment);
  if (match === null) throw new ShareError('this link holds no program');
  const packed = fromBase64Url(match[2]!);
  return parseFile(match[1] === 'p' ? packed : await inflate(packed));
}

async function inflate(packed: Uint8Array): Promise<Uint8Array> {
  if (typeof DecompressionStream !== 'function') {
    throw new ShareError('this browser cannot unpack the link: it has no DecompressionStream');
  }
  try {
    return await throughStream(packed, new DecompressionStream('deflate-raw'), MAX_UNPACKED_BYTES);
  } catch (error) {
    if (error instanceof ShareError) throw error;
    throw new ShareError('the link is damaged: it does not unpack');
  }
}

function parseFile(file: Uint8Array): SharedProgram {
  if (file.length < 4) throw new ShareError('the link is damaged: it is too short');
  const headLength = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  if (headLength > file.length - 4) throw new ShareError('the link is damaged: its head is cut off');
  const head = parseHead(file.subarray(4, 4 + headLength));
  const bytes = file.slice(4 + headLength);
  return bytes.length === 0 ? head : { ...head, bytes };
}

function parseHead(bytes: Uint8Array): SharedProgram {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ShareError('the link is damaged: its head is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw new ShareError('the link is damaged: its head is empty');
  const { text, func, args, stdin, breakpoints, instructionCount } = value as Record<string, unknown>;
  const isCount = (each: unknown): each is number => Number.isSafeInteger(each) && (each as number) >= 0;
  return {
    text: typeof text === 'string' ? text : undefined,
    func: typeof func === 'string' ? func : undefined,
    args: Array.isArray(args) ? args.filter((each) => typeof each === 'string') : undefined,
    stdin: typeof stdin === 'string' ? stdin : undefined,
    breakpoints: Array.isArray(breakpoints) ? breakpoints.filter(isCount) : undefined,
    instructionCount: isCount(instructionCount) ? instructionCount : undefined,
  };
}

async function throughStream(
  bytes: Uint8Array,
  stream: { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<BufferSource> },
  maxBytes: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  // What is wrong with the bytes comes out of the reading end as well.
  writer.write(bytes as BufferSource).catch(() => {});
  writer.close().catch(() => {});
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new ShareError(`the link unpacks to more than ${maxBytes} bytes`);
    }
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
  } catch {
    throw new ShareError('the link is damaged: it is no base64url');
  }
}
