/**
 * The annotations that mean something: `@custom`, `@name` and `@metadata.code.branch_hint`. Each has
 * places where it may stand; one that nobody took is an error, as is one of a wrong form. All others
 * are white space.
 *
 * @see https://webassembly.github.io/spec/core/appendix/custom.html
 */
import { type SectionName, sectionIds, sectionOrder } from '../decoder/index.ts';
import type { ByteWriter } from '../encoder/index.ts';
import { ParseError } from '../syntax/index.ts';
import { Cursor } from './cursor.ts';
import { type Annotation, type Tokens, token, tokenize } from './lexer.ts';
import { writeString } from './string-literals.ts';

const BRANCH_HINT = 'metadata.code.branch_hint';
const known = ['custom', 'name', BRANCH_HINT] as const;
export type KnownAnnotation = (typeof known)[number];

const misplaced: Record<KnownAnnotation, string> = {
  custom: 'misplaced @custom annotation',
  name: 'misplaced @name annotation',
  [BRANCH_HINT]: '@metadata.code.branch_hint annotation: not in a function',
};

/** A custom section as `@custom` asks for it; its contents are what `write` appends. */
export interface CustomAnnotation {
  readonly name: string;
  /** Id of the section it follows. */
  readonly after: number;
  write(out: ByteWriter): void;
}

const sectionKeywords: Readonly<Record<string, SectionName>> = {
  type: 'type',
  import: 'import',
  func: 'function',
  table: 'table',
  memory: 'memory',
  tag: 'tag',
  global: 'global',
  export: 'export',
  start: 'start',
  elem: 'element',
  datacount: 'data count',
  code: 'code',
  data: 'data',
};

/** The annotations of one module, each to be taken once. */
export class AnnotationTable {
  private readonly tokens: Tokens;
  private readonly byToken = new Map<number, Annotation[]>();
  /** Branch hints in the order of the text, and how many of them functions have passed. */
  private readonly hints: Annotation[] = [];
  private passedHintCount = 0;

  /** Those standing before the tokens `from` to `to`. */
  constructor(tokens: Tokens, from: number, to: number) {
    this.tokens = tokens;
    for (const annotation of tokens.annotations) {
      const isHere = annotation.before >= from && annotation.before <= to;
      if (!isHere || !known.some((id) => id === annotation.id)) continue;
      if (annotation.id === BRANCH_HINT) this.hints.push(annotation);
      const list = this.byToken.get(annotation.before);
      if (list === undefined) this.byToken.set(annotation.before, [annotation]);
      else this.addTo(list, annotation);
    }
  }

  private addTo(list: Annotation[], annotation: Annotation): void {
    const isSecondHint = annotation.id === BRANCH_HINT && list.some(({ id }) => id === BRANCH_HINT);
    if (isSecondHint) this.tokens.fail(`@${BRANCH_HINT} annotation: duplicate annotation`, annotation.start);
    list.push(annotation);
  }

  get isEmpty(): boolean {
    return this.byToken.size === 0;
  }

  /** Takes all of a kind that stand before a token. */
  take(id: KnownAnnotation, before: number): Annotation[] {
    const here = this.byToken.get(before);
    if (here === undefined) return [];
    const taken = here.filter((annotation) => annotation.id === id);
    const rest = here.filter((annotation) => annotation.id !== id);
    if (rest.length === 0) this.byToken.delete(before);
    else this.byToken.set(before, rest);
    return taken;
  }

  /** Complains about the first annotation that nobody took. */
  checkAllTaken(): void {
    for (const [first] of this.byToken.values()) {
      this.tokens.fail(misplaced[(first as Annotation).id as KnownAnnotation], (first as Annotation).start);
    }
  }

  private body(annotation: Annotation): Cursor {
    return new Cursor(tokenize(this.tokens.source, annotation.bodyStart, annotation.bodyEnd));
  }

  /** Reads an annotation's body; what it complains about is said to be the annotation's. */
  private read<T>(annotation: Annotation, read: (cursor: Cursor) => T): T {
    const cursor = this.body(annotation);
    try {
      const result = read(cursor);
      if (cursor.kind !== token.end) cursor.fail(`unexpected token ${cursor.text}`);
      return result;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      throw new ParseError(`@${annotation.id} annotation: ${error.reason}`, error.position);
    }
  }

  /** `(@name "…")` before the token at hand. */
  takeName(before: number): string | undefined {
    if (this.byToken.size === 0) return undefined;
    const found = this.take('name', before);
    if (found.length > 1) this.tokens.fail('@name annotation: multiple names', found[1]!.start);
    return found[0] && this.read(found[0], (cursor) => cursor.name());
  }

  /** Names of the module before a token: there may be one. */
  takeModuleName(before: number): string | undefined {
    const found = this.take('name', before);
    if (found.length > 1) this.tokens.fail('@name annotation: multiple module names', found[1]!.start);
    return found[0] && this.read(found[0], (cursor) => cursor.name());
  }

  takeCustoms(before: number): CustomAnnotation[] {
    if (this.byToken.size === 0) return [];
    return this.take('custom', before).map((annotation) => this.read(annotation, readCustom));
  }

  /** The byte of a branch hint before a token. */
  takeBranchHint(before: number): number | undefined {
    const [hint] = this.take(BRANCH_HINT, before);
    return hint && this.read(hint, readBranchHint);
  }

  /**
   * Complains about a branch hint before one of the tokens `from` to `to` that no instruction took.
   * Functions are checked in their order, so each hint is looked at once.
   */
  checkBranchHints(from: number, to: number): void {
    for (; this.passedHintCount < this.hints.length; this.passedHintCount++) {
      const hint = this.hints[this.passedHintCount]!;
      if (hint.before > to) return;
      const isTaken = !this.byToken.get(hint.before)?.includes(hint);
      if (isTaken || hint.before < from) continue;
      this.read(hint, readBranchHint);
      this.tokens.fail(`@${BRANCH_HINT} annotation: must precede an instruction`, hint.start);
    }
  }
}

function readBranchHint(cursor: Cursor): number {
  const text = cursor.name();
  if (text !== '\0' && text !== '\x01') cursor.fail('malformed hint, expected "\\00" or "\\01"', cursor.at - 1);
  return text.charCodeAt(0);
}

function readCustom(cursor: Cursor): CustomAnnotation {
  const { kind } = cursor;
  if (kind !== token.string) cursor.fail('missing section name');
  const name = cursor.name();
  const after = cursor.kind === token.open ? readPlacement(cursor) : sectionIds.data;
  const firstString = cursor.at;
  while (cursor.kind === token.string) cursor.at++;
  const last = cursor.at;
  return {
    name,
    after,
    write(out) {
      const { tokens } = cursor;
      for (let i = firstString; i < last; i++) writeString(out, tokens.source, tokens.starts[i]!, tokens.ends[i]!);
    },
  };
}

function readPlacement(cursor: Cursor): number {
  cursor.open();
  const direction = cursor.kind === token.keyword ? cursor.text : '';
  if (direction !== 'before' && direction !== 'after') cursor.fail('malformed placement');
  cursor.at++;
  const place = cursor.kind === token.keyword ? cursor.text : '';
  const rank = placeRank(place, direction);
  if (rank === undefined) cursor.fail('malformed section kind');
  cursor.at++;
  cursor.close();
  return rank === 0 ? 0 : sectionIds[sectionOrder[rank - 1]!];
}

/** How many sections come before the place; `undefined` for a word that names none. */
function placeRank(place: string, direction: 'before' | 'after'): number | undefined {
  if (place === 'first') return direction === 'before' ? 0 : 1;
  if (place === 'last') return direction === 'before' ? sectionOrder.length - 1 : sectionOrder.length;
  const section = Object.prototype.hasOwnProperty.call(sectionKeywords, place) ? sectionKeywords[place] : undefined;
  if (section === undefined) return undefined;
  const rank = (sectionOrder as readonly SectionName[]).indexOf(section);
  return direction === 'before' ? rank : rank + 1;
}
