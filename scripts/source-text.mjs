/** Reads TypeScript as text for the checks: what a file imports, and its code without comments and strings. */

const importForms = [
  /^\s*import\s+(?:type\s+)?[\w*{][^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*export\s+(?:type\s+)?[*{][^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
];

/**
 * What a file imports, types included: as written, with the line of each.
 *
 * @param {string} text
 * @returns {{ specifier: string, line: number }[]}
 */
export function importsOf(text) {
  const code = withoutComments(text);
  return importForms.flatMap((form) =>
    [...code.matchAll(form)].map((match) => ({
      specifier: match[1] ?? '',
      line: lineAt(code, match.index + match[0].length),
    })),
  );
}

/**
 * The line number of a character, from 1.
 *
 * @param {string} text
 * @param {number} index
 */
export function lineAt(text, index) {
  return text.slice(0, index).split('\n').length;
}

const commentsAndStrings =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;

/**
 * The text with its comments blanked; lines keep their numbers.
 *
 * @param {string} text
 */
export function withoutComments(text) {
  return text.replace(commentsAndStrings, (found) => (found.startsWith('/') ? blank(found) : found));
}

/**
 * The text with comments and the insides of strings blanked; lines keep their numbers.
 *
 * @param {string} text
 */
export function codeOnly(text) {
  return text.replace(commentsAndStrings, blank);
}

/** @param {string} text */
function blank(text) {
  return text.replace(/[^\n]/g, ' ');
}
