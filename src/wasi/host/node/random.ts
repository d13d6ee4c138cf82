/** Randomness of this machine. */
import type { RandomSource } from '../host.ts';

/** The most that one call may ask for. @see https://www.w3.org/TR/webcrypto/#Crypto-method-getRandomValues */
const MAX_CALL_BYTES = 65_536;

export const fillRandom: RandomSource = Object.assign(fill, { isMachines: true });

/** By the global `crypto`, which Node loads at its first use: importing `node:crypto` costs 3 ms of every start. */
function fill(buffer: Uint8Array): void {
  for (let at = 0; at < buffer.length; at += MAX_CALL_BYTES) {
    globalThis.crypto.getRandomValues(buffer.subarray(at, at + MAX_CALL_BYTES));
  }
}
