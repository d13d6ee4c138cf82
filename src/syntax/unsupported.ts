/**
 * What is refused by its name: the instructions and types of shared-everything-threads, a proposal that this engine
 * does not have. Their codes are as wasm-tools has them.
 *
 * @see https://github.com/WebAssembly/shared-everything-threads/blob/main/proposals/shared-everything-threads/Overview.md
 */

export const SHARED_EVERYTHING = 'shared-everything-threads';

/** Stands before a type that is shared. */
export const SHARED_TYPE = 0x65;

const ATOMIC_PREFIX = 0xfe;
/** The code of the first one; the others follow it. */
const FIRST_CODE = 0x4f;

const rmw = ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'].map((operator) => `atomic.rmw.${operator}`);
const packed = ['atomic.get', 'atomic.get_s', 'atomic.get_u', 'atomic.set', ...rmw];

/** In the order of their codes. */
const instructionNames: readonly string[] = [
  ...['atomic.get', 'atomic.set', ...rmw].map((name) => `global.${name}`),
  ...['atomic.get', 'atomic.set', 'atomic.rmw.xchg', 'atomic.rmw.cmpxchg'].map((name) => `table.${name}`),
  ...packed.map((name) => `struct.${name}`),
  ...packed.map((name) => `array.${name}`),
  'ref.i31_shared',
];

const names: ReadonlySet<string> = new Set(instructionNames);

/** The instruction of shared-everything-threads that has this code. */
export function sharedEverythingName(prefix: number, subOpcode: number): string | undefined {
  return prefix === ATOMIC_PREFIX ? instructionNames[subOpcode - FIRST_CODE] : undefined;
}

export function isSharedEverythingName(keyword: string): boolean {
  return names.has(keyword);
}
