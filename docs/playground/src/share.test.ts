/** Links hold programs; what is no link of ours is refused with words. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { decodeShare, encodeShare, type SharedProgram, ShareError } from './share.ts';

const programs = fc.record(
  {
    text: fc.string({ unit: 'grapheme' }),
    func: fc.string(),
    args: fc.array(fc.string(), { maxLength: 4 }),
    stdin: fc.string({ unit: 'grapheme' }),
    breakpoints: fc.array(fc.nat(), { maxLength: 4 }),
    instructionCount: fc.maxSafeNat(),
  },
  { requiredKeys: ['text'] },
);

describe('share', () => {
  afterEach(() => vi.unstubAllGlobals());

  test('gives back what was put in', async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        expect(defined(await decodeShare(`#${await encodeShare(program)}`))).toEqual(program);
      }),
      { numRuns: 60 },
    );
  });

  test('keeps a binary module', async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i);
    const fragment = await encodeShare({ bytes, func: 'main' });
    expect(fragment).toMatch(/^z\.[\w-]+$/);
    expect(defined(await decodeShare(fragment))).toEqual({ bytes, func: 'main' });
  });

  test('works without compression, and reads such links with it', async () => {
    vi.stubGlobal('CompressionStream', undefined);
    const fragment = await encodeShare({ text: '(module)' });
    expect(fragment).toMatch(/^p\./);
    vi.unstubAllGlobals();
    expect((await decodeShare(fragment)).text).toBe('(module)');
  });

  test('is short', async () => {
    const text = '(module (func (export "main") (result i32) (i32.const 1)))\n'.repeat(50);
    expect((await encodeShare({ text })).length).toBeLessThan(250);
  });

  test.each([
    ['nothing', '', 'no program'],
    ['another fragment', '#section', 'no program'],
    ['no base64', '#p.a', 'no base64url'],
    ['too short', '#p.AAA', 'too short'],
    ['a head beyond the end', '#p._____w', 'cut off'],
    ['a head that is no JSON', '#p.AQAAAHs', 'no JSON'],
    ['a head that is no object', '#p.BAAAAG51bGw', 'empty'],
    ['no deflated data', '#z.AAAA', 'does not unpack'],
  ])('refuses %s', async (_, fragment, words) => {
    await expect(decodeShare(fragment)).rejects.toThrow(ShareError);
    await expect(decodeShare(fragment)).rejects.toThrow(words);
  });

  test('refuses what would fill the memory', async () => {
    const stream = new Blob([new Uint8Array(70 * 2 ** 20)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
    const packed = Buffer.from(await new Response(stream).arrayBuffer()).toString('base64url');
    expect(packed.length).toBeLessThan(200_000);
    await expect(decodeShare(`#z.${packed}`)).rejects.toThrow('unpacks to more than');
  });

  test('answers anything with a program or a ShareError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('z.', 'p.'), fc.base64String(), async (start, text) => {
        const fragment = start + text.replace(/[+/=]/g, '-');
        const outcome = await decodeShare(fragment).catch((error: unknown) => error);
        expect(outcome instanceof ShareError || typeof (outcome as SharedProgram) === 'object').toBe(true);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ShareError);
      }),
      { numRuns: 200 },
    );
  });
});

/** Without the keys that are undefined. */
function defined(program: SharedProgram): SharedProgram {
  return Object.fromEntries(Object.entries(program).filter(([, value]) => value !== undefined));
}
