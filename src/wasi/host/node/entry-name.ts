/** Which names of entries the system gets: single components, and on Windows what it takes for nothing else. */
import { HostError } from '../host.ts';

/**
 * What Windows takes for separators, drives and streams (`a\b`, `C:`, `f:stream`), for wildcards and redirections,
 * for devices (`NUL`, `com1.txt`), and names whose final dots or blanks it leaves out, so that `.. ` becomes `..`.
 *
 * @see https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
 */
const strangeOnWindows =
  /[\\/:*?"<>|]|[. ]$|^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d\xb9\xb2\xb3])(?:\.|$)/i;

function isStrangeOnWindows(name: string): boolean {
  return strangeOnWindows.test(name) || [...name].some((character) => character < ' ');
}

/**
 * Guards every path that is put together: whoever calls, an entry's name leads nowhere but to an entry.
 *
 * @throws {HostError} EINVAL for what is no single component, ENOENT for a name that no file can have on Windows
 */
export function checkEntryName(name: string, platform: NodeJS.Platform = process.platform): void {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw new HostError('EINVAL', `${JSON.stringify(name)} names no entry`);
  }
  if (platform === 'win32' && isStrangeOnWindows(name)) {
    throw new HostError('ENOENT', `${JSON.stringify(name)} names no file on Windows`);
  }
}
