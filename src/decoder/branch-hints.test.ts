/** Branch hints as data: from annotations and from bytes, and back through the printer in both forms. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseModule, printModule } from '../text/index.ts';
import { decodeModule } from './index.ts';

const source = `(module
  (import "" "" (func))
  (func $plain (param i32) local.get 0 if end)
  (func $hinted (param i32) (local i64)
    (@metadata.code.branch_hint "\\01")
    (if (local.get 0) (then (@metadata.code.branch_hint "\\00") (br_if 0 (local.get 0))))
    local.get 0
    (@metadata.code.branch_hint "\\00") br_if 0))`;

const module = decodeModule(parseModule(source).bytes);

describe('branch hints', () => {
  it('are filed by function, counted from its entry', () => {
    const { functions, problem } = module.branchHints;
    expect(problem).toBeUndefined();
    expect([...functions.keys()]).toEqual([2]);
    const { entry } = module.funcs[1]!;
    const shown = functions
      .get(2)!
      .map(({ byteOffset, likely }) => [module.bytes[entry.byteOffset + byteOffset], likely]);
    expect(shown).toEqual([
      [0x04, true],
      [0x0d, false],
      [0x0d, false],
    ]);
  });

  it.each([false, true])('are printed where they belong (folded: %s), and read back', (fold) => {
    const text = printModule(module, { fold });
    expect(text.match(/@metadata\.code\.branch_hint "\\0[01]"/g)).toHaveLength(3);
    expect(text).not.toContain('@custom');
    expect(parseModule(text).bytes).toEqual(module.bytes);
  });

  it('survive printing and parsing, however they are spread', () => {
    const hint = fc.constantFrom('', '(@metadata.code.branch_hint "\\00") ', '(@metadata.code.branch_hint "\\01") ');
    const branch = fc.tuple(hint, fc.constantFrom('br_if 0', 'if end', 'if nop else nop end'));
    const func = fc.array(branch, { maxLength: 6 }).map((branches) => {
      return `(func (param i32) ${branches.map(([text, code]) => `local.get 0 ${text}${code}`).join(' ')})`;
    });
    fc.assert(
      fc.property(fc.array(func, { maxLength: 5 }), fc.boolean(), (funcs, fold) => {
        const { bytes } = parseModule(`(module ${funcs.join(' ')})`);
        const { functions, problem } = decodeModule(bytes).branchHints;
        expect(problem).toBeUndefined();
        const count = [...functions.values()].reduce((sum, hints) => sum + hints.length, 0);
        expect(count).toBe(funcs.join(' ').split('(@').length - 1);
        expect(parseModule(printModule(decodeModule(bytes), { fold })).bytes).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['at no branch', '"\\01\\00\\01\\01\\01\\01"'],
    ['damaged', '"\\01\\00\\01"'],
    ['of no function', '"\\01\\07\\01\\03\\01\\01"'],
  ])('that are %s are printed as the bytes they are', (_name, content) => {
    const fields = `(func (param i32) local.get 0 if end) (@custom "metadata.code.branch_hint" (before code) ${content})`;
    const { bytes } = parseModule(`(module ${fields})`);
    const text = printModule(decodeModule(bytes));
    expect(text).toContain('(@custom "metadata.code.branch_hint"');
    expect(parseModule(text).bytes).toEqual(bytes);
  });

  it('after the code are printed as bytes: annotations would move them', () => {
    const { bytes } = parseModule(
      '(module (func (param i32) local.get 0 if end) (@custom "metadata.code.branch_hint" "\\01\\00\\01\\03\\01\\01"))',
    );
    expect(decodeModule(bytes).branchHints.functions.size).toBe(1);
    expect(parseModule(printModule(decodeModule(bytes))).bytes).toEqual(bytes);
  });
});
