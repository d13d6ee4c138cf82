/** Classes of ASCII characters, as the lexer and the literal readers ask for them. */

const ID_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-./:<=>?@\\^_`|~";
const idCharacters = new Uint8Array(128);
for (let i = 0; i < ID_CHARACTERS.length; i++) idCharacters[ID_CHARACTERS.charCodeAt(i)] = 1;

/** @see https://webassembly.github.io/spec/core/text/values.html#text-idchar */
export function isIdCharacter(code: number): boolean {
  return code < 128 && idCharacters[code] === 1;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Value of a hexadecimal digit, −1 for any other character. */
export function hexDigitValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
