/** The labels that branches in the frame can go to, the innermost first: `br 0` is the first row. */

import type { LabelView } from '../../../../src/inspect/index.ts';
import { element, emptyNote, replaceKeepingFocus, setText, valueTable } from '../dom.ts';
import type { Highlight } from '../highlights.ts';
import type { PageActions, Shown } from './shown.ts';

export class LabelsPanel {
  private readonly box: HTMLElement;
  private readonly note: HTMLElement;
  private readonly actions: PageActions;
  private rows: { readonly row: HTMLTableRowElement; readonly label: LabelView; readonly depth: number }[] = [];

  constructor(box: HTMLElement, note: HTMLElement, actions: PageActions) {
    this.box = box;
    this.note = note;
    this.actions = actions;
    actions.highlights.onChange((highlight) => this.point(highlight));
  }

  render(shown: Shown): void {
    const labels = shown.frame?.labels ?? [];
    this.rows = [];
    setText(this.note, labels.length === 0 ? '' : 'the innermost first');
    if (labels.length === 0) {
      replaceKeepingFocus(this.box, emptyNote('No labels.'));
      return;
    }
    const rows = labels.map((label, depth) => {
      const row = this.row(shown, label, depth);
      this.rows.push({ row, label, depth });
      return row;
    });
    replaceKeepingFocus(
      this.box,
      valueTable('Labels, the innermost first', ['br', 'label', 'takes', 'height', 'goes to'], rows),
    );
    this.point(this.actions.highlights.now);
  }

  private row({ program }: Shown, label: LabelView, depth: number): HTMLTableRowElement {
    const { kind, name, byteOffset, targetByteOffset, operandHeight, types } = label;
    const named = name === undefined ? '' : name.startsWith('$') ? ` ${name}` : ` $${name}`;
    const line = program?.code.lineOf(targetByteOffset);
    const target = kind === 'func' ? 'return' : kind === 'loop' ? 'its start' : 'its end';
    const row = element(
      'tr',
      {},
      element('th', { scope: 'row' }, String(depth)),
      element('td', {}, kind + named),
      element('td', { class: 'type' }, types.join(' ')),
      element('td', {}, String(operandHeight)),
      element(
        'td',
        { class: 'wide' },
        element(
          'button',
          {
            type: 'button',
            class: 'link',
            'data-key': `label-${depth}`,
            'aria-label': `${kind}${named}: go to ${target}${line === undefined ? '' : `, line ${line}`}`,
            onclick: () => this.actions.goToInstruction(line === undefined ? byteOffset : targetByteOffset),
          },
          line === undefined ? target : `${target}, line ${line}`,
        ),
      ),
    );
    this.actions.highlights.follow(row, () => ({ instructions: [byteOffset, targetByteOffset], label: depth }));
    return row;
  }

  private point({ instructions, label: pointed }: Highlight): void {
    for (const { row, label, depth } of this.rows) {
      row.classList.toggle('pointed', depth === pointed || instructions.includes(label.byteOffset));
    }
  }
}
