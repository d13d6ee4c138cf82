/** Arguments as a shell splits them: blanks between words, quotes around blanks. */
import { Failure } from '../failure.ts';

/** @throws {Failure} for a quote that is not closed */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)\s*/y;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      if (text.slice(at).trim() === '') break;
      throw new Failure('a quote is not closed');
    }
    words.push(unquoted(match[1]!));
  }
  return words;
}

function unquoted(word: string): string {
  return word.replace(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, escaped, double, single) => {
    if (escaped !== undefined) return escaped;
    return double === undefined ? single : double.replace(/\\(.)/g, '$1');
  });
}
