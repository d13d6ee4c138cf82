/** Locals of a frame, or globals of its instance: a table of named values that can be changed. */

import type { Variable } from '../../../../src/inspect/index.ts';
import { element, emptyNote, replaceKeepingFocus, setText, valueTable } from '../dom.ts';
import type { Highlight } from '../highlights.ts';
import type { PageActions } from './shown.ts';
import { valueField } from './value-field.ts';

export interface VariablesOptions {
  /** `local`, `global`. */
  readonly kind: string;
  readonly caption: string;
  /** Said when there are none. */
  readonly empty: string;
  /** What is pointed at with a variable. */
  readonly highlight: (variable: Variable) => Highlight;
}

/** A function with more locals than this shows the first ones. */
const MAX_LISTED = 500;

export class VariablesPanel {
  private readonly box: HTMLElement;
  private readonly note: HTMLElement;
  private readonly actions: PageActions;
  private readonly options: VariablesOptions;
  private rows: { readonly row: HTMLTableRowElement; readonly index: number }[] = [];
  /** Texts by index at the moment before, of the same owner. */
  private former: { readonly owner: string; readonly texts: readonly string[] } = { owner: '', texts: [] };
  private latest: { readonly owner: string; readonly texts: readonly string[] } = { owner: '', texts: [] };

  constructor(box: HTMLElement, note: HTMLElement, actions: PageActions, options: VariablesOptions) {
    this.box = box;
    this.note = note;
    this.actions = actions;
    this.options = options;
    if (options.kind === 'local') {
      actions.highlights.onChange(({ local }) => {
        for (const { row, index } of this.rows) row.classList.toggle('pointed', index === local);
      });
    }
  }

  /**
   * @param owner names whose variables these are: only those of one owner are compared with what they were
   * @param isNewMoment whether the guest has moved on since the last time
   */
  render(variables: readonly Variable[], owner: string, isNewMoment: boolean): void {
    const texts = variables.slice(0, MAX_LISTED).map(({ text }) => text);
    if (isNewMoment) this.former = this.latest;
    this.latest = { owner, texts };
    this.rows = [];
    const { kind, caption, empty } = this.options;
    setText(this.note, variables.length > MAX_LISTED ? `the first ${MAX_LISTED} of ${variables.length}` : '');
    if (variables.length === 0) {
      replaceKeepingFocus(this.box, emptyNote(empty));
      return;
    }
    const formerTexts = this.former.owner === owner ? this.former.texts : [];
    const rows = variables.slice(0, MAX_LISTED).map((variable) => this.row(variable, formerTexts[variable.index]));
    replaceKeepingFocus(this.box, valueTable(caption, ['#', kind, 'type', 'value'], rows));
  }

  private row(variable: Variable, former: string | undefined): HTMLTableRowElement {
    const { index, name, type, text } = variable;
    const { kind, highlight } = this.options;
    const shownName = name === undefined ? '' : name.startsWith('$') ? name : `$${name}`;
    const label = `${kind} ${shownName === '' ? index : shownName}`;
    const row = element(
      'tr',
      {},
      element('td', { class: 'quiet' }, String(index)),
      element('th', { scope: 'row' }, shownName === '' ? '–' : shownName),
      element('td', { class: 'type' }, type),
      element(
        'td',
        { class: 'wide' },
        valueField({
          label: `${label}, ${type}`,
          key: `${kind}-${index}`,
          text,
          former,
          announce: (said) => this.actions.announce(said),
          set: (typed) => {
            variable.setText(typed);
            this.actions.edited(label);
          },
        }),
      ),
    );
    this.actions.highlights.follow(row, () => highlight(variable));
    this.rows.push({ row, index });
    return row;
  }
}
