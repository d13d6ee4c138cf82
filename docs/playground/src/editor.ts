/**
 * The text: CodeMirror with the wat mode, a gutter of breakpoints, and marks for what runs and what is pointed at.
 * It knows texts and offsets in them; what these mean for a module is main.ts's business.
 */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  foldService,
  HighlightStyle,
  indentOnInput,
  indentService,
  StreamLanguage,
  syntaxHighlighting,
} from '@codemirror/language';
import { lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import {
  Compartment,
  EditorState,
  type Extension,
  RangeSet,
  StateEffect,
  StateField,
  type Text,
  Transaction,
} from '@codemirror/state';
import {
  crosshairCursor,
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  GutterMarker,
  gutter,
  highlightSpecialChars,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Range } from './code-map.ts';
import { element } from './dom.ts';
import type { Diagnosis } from './program.ts';
import { completeWat } from './wat-completion.ts';
import { watTokens } from './wat-tokens.ts';

/** What the text shows of a run. */
export interface Marks {
  /** The instruction that runs next in the innermost frame. */
  readonly current: Range | undefined;
  /** The instruction that a frame further out waits at, when that frame is shown. */
  readonly waiting: Range | undefined;
  /** What is pointed at elsewhere. */
  readonly pointed: readonly Range[];
}

export interface EditorEvents {
  /** The user changed the text. */
  readonly onEdit: () => void;
  /** Lines with breakpoints, from 1, ascending. */
  readonly onBreakpoints: (lines: readonly number[]) => void;
  /** The place under the pointer or the cursor; −1 when the pointer left. */
  readonly onPoint: (textOffset: number) => void;
  /** What is to be said about a place, a line each; none: nothing. */
  readonly describe: (textOffset: number) => { readonly range: Range; readonly lines: readonly string[] } | undefined;
}

const showMarks = StateEffect.define<Marks>();
const toggleBreakpoint = StateEffect.define<number>();
const replaceBreakpoints = StateEffect.define<readonly number[]>();

const currentLine = Decoration.line({ class: 'at-line' });
const currentMark = Decoration.mark({ class: 'at-instruction' });
const waitingLine = Decoration.line({ class: 'waiting-line' });
const waitingMark = Decoration.mark({ class: 'waiting-instruction' });
const pointedMark = Decoration.mark({ class: 'pointed' });

const marksField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(decorations, transaction) {
    let updated = decorations.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(showMarks)) updated = decorationsOf(effect.value, transaction.state.doc);
    }
    return updated;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function decorationsOf({ current, waiting, pointed }: Marks, doc: Text): DecorationSet {
  const ranges = [];
  const fits = ({ from, to }: Range) => from < to && to <= doc.length;
  for (const [range, line, mark] of [
    [current, currentLine, currentMark],
    [waiting, waitingLine, waitingMark],
  ] as const) {
    if (range === undefined || !fits(range)) continue;
    ranges.push(line.range(doc.lineAt(range.from).from), mark.range(range.from, range.to));
  }
  for (const range of pointed) if (fits(range)) ranges.push(pointedMark.range(range.from, range.to));
  return Decoration.set(ranges, true);
}

class BreakpointMarker extends GutterMarker {
  override toDOM() {
    return element('span', { class: 'breakpoint', title: 'breakpoint' }, '●');
  }
}

const marker = new BreakpointMarker();

const breakpointField = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(markers, transaction) {
    let updated = markers.map(transaction.changes);
    const { doc } = transaction.state;
    for (const effect of transaction.effects) {
      if (effect.is(replaceBreakpoints)) {
        const starts = effect.value.filter((line) => line >= 1 && line <= doc.lines).map((line) => doc.line(line).from);
        updated = RangeSet.of(starts.map((from) => marker.range(from)));
      } else if (effect.is(toggleBreakpoint)) {
        const at = effect.value;
        let isSet = false;
        updated.between(at, at, (from) => {
          if (from === at) isSet = true;
        });
        updated = isSet
          ? updated.update({ filter: (from) => from !== at })
          : updated.update({ add: [marker.range(at)], sort: true });
      }
    }
    return updated;
  },
});

const watHighlighting = HighlightStyle.define(
  Object.entries({
    control: tags.controlKeyword,
    variable: tags.propertyName,
    memory: tags.macroName,
    numeric: tags.operatorKeyword,
    immediate: tags.attributeName,
    keyword: tags.keyword,
    type: tags.typeName,
    identifier: tags.variableName,
    number: tags.number,
    string: tags.string,
    comment: tags.comment,
    annotation: tags.meta,
    paren: tags.paren,
    invalid: tags.invalid,
  }).map(([name, tag]) => ({ tag, class: `wat-${name}` })),
);

/** Folds a parenthesis that opens on a line and closes on a later one. */
const folding = foldService.of((state, lineStart, lineEnd) => {
  const line = state.doc.sliceString(lineStart, lineEnd);
  const indent = /^\s*/.exec(line)![0].length;
  if (line[indent] !== '(') return null;
  const { number } = state.doc.lineAt(lineStart);
  let last = number;
  for (let n = number + 1; n <= Math.min(state.doc.lines, number + 5000); n++) {
    const { text } = state.doc.line(n);
    if (text.trim() !== '' && /^\s*/.exec(text)![0].length <= indent) break;
    if (text.trim() !== '') last = n;
  }
  return last === number ? null : { from: lineEnd, to: state.doc.line(last).to };
});

/** A line is indented by one step against the last one when that opened a parenthesis, back when it closed one. */
const indentation = indentService.of((context, at) => {
  const { doc } = context.state;
  const { number } = doc.lineAt(at);
  const own = context.lineAt(at, 1).text;
  for (let n = number - (context.simulatedBreak === at ? 0 : 1); n >= 1; n--) {
    const line = doc.line(n);
    const text = n === number ? line.text.slice(0, at - line.from) : line.text;
    if (text.trim() === '') continue;
    const change = depthOf(text) - (/^\s*\)/.test(own) ? 1 : 0);
    return Math.max(0, context.countColumn(/^\s*/.exec(text)![0]) + Math.max(-1, Math.min(1, change)) * context.unit);
  }
  return 0;
});

/** Parentheses that a line opens and does not close; strings and line comments do not count. */
function depthOf(line: string): number {
  const code = line.replace(/"(?:\\.|[^"\\])*"/g, '').replace(/;;.*$/, '');
  return (code.match(/\(/g) ?? []).length - (code.match(/\)/g) ?? []).length;
}

/** Documents of this size and more are shown without colours and without hints: they would make typing slow. */
const LARGE_TEXT = 4_000_000;

export class Editor {
  readonly view: EditorView;
  private readonly events: EditorEvents;
  private readonly readOnly = new Compartment();
  private readonly language = new Compartment();

  constructor(parent: HTMLElement, events: EditorEvents) {
    this.events = events;
    this.view = new EditorView({ parent, state: this.makeState('', false) });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  /** Replaces the whole text, its breakpoints and its history; nobody is told. */
  setText(text: string, { isReadOnly = false } = {}): void {
    this.view.setState(this.makeState(text, isReadOnly));
  }

  get breakpointLines(): readonly number[] {
    return linesOf(this.view.state);
  }

  setBreakpointLines(lines: readonly number[]): void {
    this.view.dispatch({ effects: replaceBreakpoints.of([...lines].sort((a, b) => a - b)) });
  }

  toggleBreakpoint(line: number): void {
    this.view.dispatch({ effects: toggleBreakpoint.of(this.view.state.doc.line(line).from) });
  }

  toggleBreakpointAtCursor(): void {
    const { state } = this.view;
    this.toggleBreakpoint(state.doc.lineAt(state.selection.main.head).number);
  }

  showMarks(marks: Marks): void {
    this.view.dispatch({ effects: showMarks.of(marks) });
  }

  /** Brings a place into view, without moving the cursor. */
  reveal({ from }: Range): void {
    if (from > this.view.state.doc.length) return;
    this.view.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'nearest', yMargin: 60 }) });
  }

  /** Moves the cursor to a place and gives the text the focus. */
  goTo({ from, to }: Range): void {
    this.view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
    this.view.focus();
  }

  showDiagnosis(diagnosis: Diagnosis | undefined): void {
    const { length } = this.view.state.doc;
    const diagnostics =
      diagnosis === undefined
        ? []
        : [
            {
              from: Math.min(diagnosis.from, length),
              to: Math.min(diagnosis.to, length),
              message: diagnosis.message,
              severity: 'error' as const,
            },
          ];
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  /** Line and column of an offset, from 1. */
  position(textOffset: number): { line: number; column: number } {
    const line = this.view.state.doc.lineAt(Math.min(textOffset, this.view.state.doc.length));
    return { line: line.number, column: textOffset - line.from + 1 };
  }

  lineRange(line: number): Range {
    const { from, to } = this.view.state.doc.line(line);
    return { from, to };
  }

  private makeState(text: string, isReadOnly: boolean): EditorState {
    const isLarge = text.length > LARGE_TEXT;
    return EditorState.create({
      doc: text,
      extensions: [
        this.breakpointGutter(),
        lineNumbers(),
        foldGutter(),
        highlightSpecialChars(),
        history(),
        drawSelection(),
        crosshairCursor(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        search({ top: true }),
        highlightSelectionMatches({ minSelectionLength: 2 }),
        this.language.of(isLarge ? [] : [StreamLanguage.define(watTokens), folding, indentation]),
        autocompletion({ override: [completeWat], icons: false }),
        syntaxHighlighting(watHighlighting),
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...completionKeymap,
          ...lintKeymap,
        ]),
        this.readOnly.of(EditorState.readOnly.of(isReadOnly)),
        EditorState.tabSize.of(2),
        EditorView.contentAttributes.of({ 'aria-label': 'Program text', spellcheck: 'false', tabindex: '0' }),
        marksField,
        this.pointing(),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) this.events.onEdit();
          const isMoved = update.startState.field(breakpointField) !== update.state.field(breakpointField);
          if (isMoved && !isSameLines(linesOf(update.startState), linesOf(update.state))) {
            this.events.onBreakpoints(linesOf(update.state));
          }
          const isByUser = update.transactions.some((transaction) => transaction.annotation(Transaction.userEvent));
          if (update.selectionSet && isByUser) this.events.onPoint(update.state.selection.main.head);
        }),
      ],
    });
  }

  private breakpointGutter(): Extension {
    return [
      breakpointField,
      gutter({
        class: 'cm-breakpoints',
        markers: (view) => view.state.field(breakpointField),
        initialSpacer: () => marker,
        domEventHandlers: {
          mousedown: (view, line) => {
            view.dispatch({ effects: toggleBreakpoint.of(line.from) });
            return true;
          },
        },
      }),
    ];
  }

  private pointing(): Extension {
    return [
      EditorView.domEventHandlers({
        mousemove: (event, view) => {
          const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
          this.events.onPoint(at ?? -1);
        },
        mouseleave: () => this.events.onPoint(-1),
      }),
      hoverTooltip((_view, at) => {
        const found = this.events.describe(at);
        if (found === undefined) return null;
        const { range, lines } = found;
        const create = () => ({
          dom: element('div', { class: 'hint' }, ...lines.map((line) => element('div', {}, line))),
        });
        return { pos: range.from, end: range.to, create };
      }),
    ];
  }
}

function linesOf(state: EditorState): readonly number[] {
  const lines: number[] = [];
  for (let cursor = state.field(breakpointField).iter(); cursor.value !== null; cursor.next()) {
    const { number } = state.doc.lineAt(cursor.from);
    if (lines.at(-1) !== number) lines.push(number);
  }
  return lines;
}

function isSameLines(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((line, i) => line === b[i]);
}
