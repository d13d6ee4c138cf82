/**
 * SHA-256 of bytes, by which a snapshot names its modules. Plain arithmetic, for hosts that have no digest of
 * their own; not meant for secrets.
 *
 * @see https://csrc.nist.gov/pubs/fips/180-4/upd1/final
 */

const BLOCK_BYTES = 64;
/** Bytes of the message's length at the end of the padding. */
const LENGTH_BYTES = 8;
const ROUNDS = 64;

/** The first `count` primes. */
function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** The first 32 bits of the fraction of `value`. */
function fractionBits(value: number): number {
  return ((value - Math.floor(value)) * 2 ** 32) | 0;
}

let constants: { readonly rounds: Int32Array; readonly initialHash: Int32Array } | undefined;

/** Fractions of roots of primes; hosts differ in bits far below these. Made by the first who hashes. */
function constantsOf() {
  constants ??= {
    rounds: Int32Array.from(primes(ROUNDS), (prime) => fractionBits(Math.cbrt(prime))),
    initialHash: Int32Array.from(primes(8), (prime) => fractionBits(Math.sqrt(prime))),
  };
  return constants;
}

function rotateRight(word: number, count: number): number {
  return (word >>> count) | (word << (32 - count));
}

/** Mixes the block of `bytes` at `from` into `hash`; `schedule` is room for 64 words. */
function mixBlock(hash: Int32Array, schedule: Int32Array, bytes: Uint8Array, from: number): void {
  const { rounds } = constantsOf();
  for (let i = 0; i < 16; i++) {
    const at = from + 4 * i;
    schedule[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let i = 16; i < ROUNDS; i++) {
    const near = schedule[i - 2]!;
    const far = schedule[i - 15]!;
    const nearMix = rotateRight(near, 17) ^ rotateRight(near, 19) ^ (near >>> 10);
    const farMix = rotateRight(far, 7) ^ rotateRight(far, 18) ^ (far >>> 3);
    schedule[i] = (nearMix + schedule[i - 7]! + farMix + schedule[i - 16]!) | 0;
  }
  let [a, b, c, d, e, f, g, h] = hash as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < ROUNDS; i++) {
    const mixE = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
    const choice = (e & f) ^ (~e & g);
    const first = (h + mixE + choice + rounds[i]! + schedule[i]!) | 0;
    const mixA = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + mixA + majority) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) hash[i]! += word;
}

/** The digest: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const hash = constantsOf().initialHash.slice();
  const schedule = new Int32Array(ROUNDS);
  const wholeBytes = bytes.length - (bytes.length % BLOCK_BYTES);
  for (let at = 0; at < wholeBytes; at += BLOCK_BYTES) mixBlock(hash, schedule, bytes, at);
  const tail = lastBlocks(bytes, wholeBytes);
  for (let at = 0; at < tail.length; at += BLOCK_BYTES) mixBlock(hash, schedule, tail, at);
  const digest = new Uint8Array(32);
  hash.forEach((word, i) => {
    for (let k = 0; k < 4; k++) digest[4 * i + k] = word >>> (24 - 8 * k);
  });
  return digest;
}

/** What is left of the message, a one bit, zeros, and the message's length in bits. */
function lastBlocks(bytes: Uint8Array, from: number): Uint8Array {
  const rest = bytes.subarray(from);
  const tail = new Uint8Array(rest.length + 1 + LENGTH_BYTES > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES);
  tail.set(rest);
  tail[rest.length] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(tail.length - 4, (bytes.length * 8) >>> 0);
  return tail;
}

/** A digest as people write it. */
export function hexText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
