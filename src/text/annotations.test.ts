/** Annotations with a meaning: names, custom sections, branch hints, and where they may stand. */
import { describe, expect, it } from 'vitest';
import { decodeModule } from '../decoder/index.ts';
import { ParseError } from '../syntax/index.ts';
import { parseModule } from './index.ts';

const decoded = (source: string) => decodeModule(parseModule(source).bytes);

/** Sections by id, custom ones with name and contents. */
function layoutOf(source: string): string[] {
  const { bytes, sections, customs } = decoded(source);
  const contents = customs.map(({ name, content: { byteOffset, byteLength } }) => {
    return `${name}=${String.fromCharCode(...bytes.subarray(byteOffset, byteOffset + byteLength))}`;
  });
  return sections.map(({ id }) => (id === 0 ? (contents.shift() as string) : String(id)));
}

describe('@custom', () => {
  const fields = '(memory 1) (data (i32.const 0) "")';
  it.each([
    ['at the end by default', `(@custom "a" "x" "y") ${fields}`, ['5', '11', 'a=xy']],
    ['before all', `${fields} (@custom "a" (before first))`, ['a=', '5', '11']],
    ['before a section', `(module ${fields} (@custom "a" (before data) "x"))`, ['5', 'a=x', '11']],
    ['after a section', `(module (@custom "a" (after memory) "x") ${fields})`, ['5', 'a=x', '11']],
    ['in the place of a section that is not there', `${fields} (@custom "a" (after global))`, ['5', 'a=', '11']],
    ['in the order of the text', `(@custom "a") (@custom "b") ${fields} (@custom "c")`, ['5', '11', 'a=', 'b=', 'c=']],
    ['in place of the names', '(memory $m 1) (@custom "name" "")', ['5', 'name=']],
  ])('stands %s', (_name, source, layout) => {
    expect(layoutOf(source)).toEqual(layout);
  });
});

describe('@name', () => {
  it('names what has no identifier, or another one', () => {
    const { names } = decoded(`(module $m (@name "M 1")
      (type (@name "ty") (struct (field (@name "fi") i32)))
      (func $f (@name "λ") (param (@name "p 1") i32) (local $l (@name "l 1") i32) (block (@name "b 1")))
      (memory (@name "mem") 1))`);
    expect(names.module).toBe('M 1');
    expect(names.functions).toEqual(new Map([[0, 'λ']]));
    const locals = new Map([
      [0, 'p 1'],
      [1, 'l 1'],
    ]);
    expect(names.locals).toEqual(new Map([[0, locals]]));
    expect(names.labels).toEqual(new Map([[0, new Map([[0, 'b 1']])]]));
    expect(names.types).toEqual(new Map([[0, 'ty']]));
    expect(names.fields).toEqual(new Map([[0, new Map([[0, 'fi']])]]));
    expect(names.memories).toEqual(new Map([[0, 'mem']]));
  });
});

describe('@metadata.code.branch_hint', () => {
  it('points at the branch, counted from the start of the function body', () => {
    const source = `(func (param i32) (local i64)
      local.get 0 (@metadata.code.branch_hint "\\01") if end
      (@metadata.code.branch_hint "\\00") (br_if 0 (local.get 0)))`;
    const { bytes, customs, funcs } = decoded(source);
    const { byteOffset, byteLength } = customs[0]!.content;
    const content = [...bytes.subarray(byteOffset, byteOffset + byteLength)];
    expect(content.slice(0, 3)).toEqual([1, 0, 2]);
    const [first, , firstHint, second, , secondHint] = content.slice(3);
    const { entry } = funcs[0]!;
    expect([bytes[entry.byteOffset + first!], firstHint]).toEqual([0x04, 1]);
    expect([bytes[entry.byteOffset + second!], secondHint]).toEqual([0x0d, 0]);
  });
});

describe('annotations of no meaning here', () => {
  it('are white space, whatever they hold', () => {
    const { bytes } = parseModule('((@a)module(@b (c) "d" $e 8q ,)(func(@f)$g(@h)nop(@i)))(@j)');
    expect(bytes).toEqual(parseModule('(module (func $g nop))').bytes);
  });
});

describe('ill-formed annotations', () => {
  const hint = '@metadata.code.branch_hint';
  it.each([
    ['(@custom)', '@custom annotation: missing section name'],
    ['(@custom "\\ff")', '@custom annotation: malformed UTF-8 encoding'],
    ['(@custom "a" after)', '@custom annotation: unexpected token'],
    ['(@custom "a" (after))', '@custom annotation: malformed section kind'],
    ['(@custom "a" (before types))', '@custom annotation: malformed section kind'],
    ['(@custom "a" (aft type))', '@custom annotation: malformed placement'],
    ['(func (@custom "a"))', 'misplaced @custom annotation'],
    ['(module (@name "a") (@name "b"))', '@name annotation: multiple module'],
    ['(func (@name "a") (@name "b"))', '@name annotation: multiple names'],
    ['(func (@name 1))', '@name annotation: unexpected token'],
    ['(module (func) (@name "a"))', 'misplaced @name annotation'],
    [`(func (${hint} "\\00") (${hint} "\\00") if end)`, `${hint} annotation: duplicate annotation`],
    [`(module (${hint} "\\00") (func))`, `${hint} annotation: not in a function`],
    [`(func (${hint} "\\00") nop)`, `${hint} annotation: invalid target`],
    [`(func nop (${hint} "\\00"))`, `${hint} annotation: must precede an instruction`],
    [`(func (${hint} "\\02") if end)`, `${hint} annotation: malformed hint`],
  ])('%s', (source, reason) => {
    let error: unknown;
    try {
      parseModule(source);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ParseError);
    expect((error as ParseError).reason.slice(0, reason.length)).toBe(reason);
  });
});
