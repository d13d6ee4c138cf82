/** Values as they are typed into a field, and what a function wants. */

/** What was typed is no value of the type; the message says what would be. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

const integerLimits: Readonly<Record<string, readonly [bigint, bigint]>> = {
  i32: [-(2n ** 31n), 2n ** 32n - 1n],
  i64: [-(2n ** 63n), 2n ** 64n - 1n],
};

/**
 * A JavaScript value of a WebAssembly type: a number, a bigint for i64, null for a reference.
 *
 * @param type as the text format writes it
 * @throws {InputError}
 */
export function parseValue(input: string, type: string): unknown {
  const text = input.trim().replaceAll('_', '');
  const limits = integerLimits[type];
  if (limits !== undefined) {
    const value = parseInteger(text);
    if (value === undefined) throw new InputError(`an ${type} is a whole number, such as 5, -1 or 0xff`);
    if (value < limits[0] || value > limits[1]) throw new InputError(`${input} does not fit an ${type}`);
    return type === 'i32' ? Number(BigInt.asIntN(32, value)) : BigInt.asIntN(64, value);
  }
  if (type === 'f32' || type === 'f64') return parseFloatValue(text, type);
  if (type === 'v128') return parseV128(text);
  if (text === 'null' || text === 'ref.null' || text === '') return null;
  throw new InputError(`a reference cannot be typed; null can`);
}

function parseInteger(text: string): bigint | undefined {
  const match = /^([+-]?)(0x[\da-f]+|\d+)$/i.exec(text);
  if (match === null) return undefined;
  const magnitude = BigInt(match[2]!);
  return match[1] === '-' ? -magnitude : magnitude;
}

function parseFloatValue(text: string, type: string): number {
  const named: Record<string, number> = {
    inf: Number.POSITIVE_INFINITY,
    '+inf': Number.POSITIVE_INFINITY,
    '-inf': Number.NEGATIVE_INFINITY,
    nan: Number.NaN,
  };
  const value = named[text.toLowerCase()] ?? (text === '' ? Number.NaN : Number(text));
  if (Number.isNaN(value) && text.toLowerCase() !== 'nan') {
    throw new InputError(`an ${type} is a number, such as 1.5, -2e10, inf or nan`);
  }
  return type === 'f32' ? Math.fround(value) : value;
}

function parseV128(text: string): Uint8Array {
  const words = text.replace(/^i32x4\s*/, '').split(/\s+/);
  if (words.length !== 4) throw new InputError('a v128 is four i32 values: i32x4 1 2 3 4');
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setInt32(4 * i, parseValue(word, 'i32') as number, true);
  });
  return bytes;
}

/** A place in memory, as it is typed: 16, 0x10. @throws {InputError} */
export function parseAddress(input: string): number {
  const value = parseInteger(input.trim().replaceAll('_', ''));
  if (value === undefined || value < 0n || value > 2n ** 53n)
    throw new InputError('an address is a number, such as 16 or 0x10');
  return Number(value);
}
