/** The operand stack of the frame that is looked at, the top first, with the instruction that produced each value. */

import type { OperandVariable as Operand } from '../../../../src/inspect/index.ts';
import { element, emptyNote, replaceKeepingFocus, setText, valueTable } from '../dom.ts';
import type { Highlight } from '../highlights.ts';
import type { PageActions, Shown } from './shown.ts';
import { valueField } from './value-field.ts';

/** More operands than this are counted, not listed. */
const MAX_LISTED = 200;

export class OperandsPanel {
  private readonly box: HTMLElement;
  private readonly note: HTMLElement;
  private readonly actions: PageActions;
  private rows: { readonly row: HTMLTableRowElement; readonly operand: Operand }[] = [];

  constructor(box: HTMLElement, note: HTMLElement, actions: PageActions) {
    this.box = box;
    this.note = note;
    this.actions = actions;
    actions.highlights.onChange((highlight) => this.point(highlight));
  }

  render(shown: Shown): void {
    const { frame } = shown;
    const operands = frame?.operands ?? [];
    this.rows = [];
    setText(
      this.note,
      operands.length === 0 ? '' : `${operands.length} value${operands.length === 1 ? '' : 's'}, the top first`,
    );
    if (frame === undefined || operands.length === 0) {
      replaceKeepingFocus(this.box, emptyNote(frame === undefined ? 'Nothing runs.' : 'No operands here.'));
      return;
    }
    const boundaries = new Map(frame.labels.map((label) => [label.operandHeight, label]));
    const listed = operands.slice(-MAX_LISTED).reverse();
    const rows = listed.map((operand) => {
      const row = this.row(shown, operand);
      const label = boundaries.get(operand.index);
      // The line is drawn under the lowest operand of a block.
      if (label !== undefined && operand.index > 0 && label.kind !== 'func') row.classList.add('block-bottom');
      this.rows.push({ row, operand });
      return row;
    });
    const parts: HTMLElement[] = [valueTable('Operand stack, the top first', ['#', 'type', 'value', 'from'], rows)];
    if (operands.length > listed.length) parts.push(emptyNote(`and ${operands.length - listed.length} below`));
    replaceKeepingFocus(this.box, ...parts);
    this.point(this.actions.highlights.now);
  }

  private row(shown: Shown, operand: Operand): HTMLTableRowElement {
    const { index, type, text } = operand;
    const row = element(
      'tr',
      {},
      element('th', { scope: 'row' }, String(index)),
      element('td', { class: 'type' }, type),
      element(
        'td',
        { class: 'wide' },
        valueField({
          label: `operand ${index}, ${type}`,
          key: `operand-${index}`,
          text,
          announce: (said) => this.actions.announce(said),
          set: (typed) => {
            operand.setText(typed);
            this.actions.edited(`operand ${index}`);
          },
        }),
      ),
      element('td', {}, ...this.producers(shown, operand)),
    );
    this.actions.highlights.follow(row, () => ({ instructions: operand.producers, operand: index }));
    return row;
  }

  private producers({ program }: Shown, { index, producers }: Operand): Node[] {
    const nodes: Node[] = [];
    for (const byteOffset of producers.slice(0, 3)) {
      const text = program?.code.textOf(byteOffset) ?? `byte 0x${byteOffset.toString(16)}`;
      const line = program?.code.lineOf(byteOffset);
      if (nodes.length > 0) nodes.push(document.createTextNode(' or '));
      nodes.push(
        element(
          'button',
          {
            type: 'button',
            class: 'link',
            'data-key': `producer-${index}-${byteOffset}`,
            title: line === undefined ? undefined : `line ${line}`,
            onclick: () => this.actions.goToInstruction(byteOffset),
          },
          text,
        ),
      );
    }
    if (producers.length > 3) nodes.push(document.createTextNode(` or ${producers.length - 3} more`));
    return nodes;
  }

  private point({ instructions, operand }: Highlight): void {
    for (const { row, operand: own } of this.rows) {
      const isPointed = own.index === operand || own.producers.some((byteOffset) => instructions.includes(byteOffset));
      row.classList.toggle('pointed', isPointed);
    }
  }
}
