/** Names that reach the system, and those that must not. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostError } from '../host.ts';
import { checkEntryName } from './entry-name.ts';

function codeOf(name: string, platform: NodeJS.Platform): string {
  try {
    checkEntryName(name, platform);
    return 'taken';
  } catch (error) {
    return (error as HostError).code;
  }
}

describe('names of entries', () => {
  test.each([
    ['', 'EINVAL', 'EINVAL'],
    ['.', 'EINVAL', 'EINVAL'],
    ['..', 'EINVAL', 'EINVAL'],
    ['a/b', 'EINVAL', 'EINVAL'],
    ['/', 'EINVAL', 'EINVAL'],
    ['a\0', 'EINVAL', 'EINVAL'],
    ['a', 'taken', 'taken'],
    ['.hidden', 'taken', 'taken'],
    ['..a', 'taken', 'taken'],
    ['a b.c', 'taken', 'taken'],
    ['console', 'taken', 'taken'],
    ['com10.txt', 'taken', 'taken'],
    ['ünï', 'taken', 'taken'],
    ['..\\x', 'taken', 'ENOENT'],
    ['C:', 'taken', 'ENOENT'],
    ['f:stream', 'taken', 'ENOENT'],
    ['.. ', 'taken', 'ENOENT'],
    ['...', 'taken', 'ENOENT'],
    ['a.', 'taken', 'ENOENT'],
    ['NUL', 'taken', 'ENOENT'],
    ['con.txt', 'taken', 'ENOENT'],
    ['Com1', 'taken', 'ENOENT'],
    ['lpt³.x', 'taken', 'ENOENT'],
    ['conin$', 'taken', 'ENOENT'],
    ['a*', 'taken', 'ENOENT'],
    ['a\u0001', 'taken', 'ENOENT'],
  ])('%j on Linux: %s, on Windows: %s', (name, onLinux, onWindows) => {
    expect([codeOf(name, 'linux'), codeOf(name, 'win32')]).toEqual([onLinux, onWindows]);
  });

  test('no name that is taken has a separator, or is a way up once final dots and blanks are gone', () => {
    const name = fc.string({ unit: fc.constantFrom('.', ' ', '/', '\\', ':', 'a', 'nul', '\0'), maxLength: 6 });
    fc.assert(
      fc.property(name, (text) => {
        if (codeOf(text, 'win32') !== 'taken') return;
        expect(text).not.toMatch(/[\\/:\0]/);
        expect(text.replace(/[. ]+$/, '')).toBe(text);
      }),
    );
  });
});
