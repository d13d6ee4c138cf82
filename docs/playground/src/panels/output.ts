/** What the guest has written by the moment that is shown. */

import { element, setText } from '../dom.ts';
import type { OutputEvent } from '../environment.ts';

/** Of more output than this only the end is shown. */
const MAX_SHOWN = 2000;

export class OutputPanel {
  private readonly box: HTMLElement;
  private readonly note: HTMLElement;
  private shownKey = '';

  constructor(box: HTMLElement, note: HTMLElement) {
    this.box = box;
    this.note = note;
  }

  render(events: readonly OutputEvent[]): void {
    const last = events.at(-1);
    const key = `${events.length} ${last?.instructionCount} ${last?.text}`;
    if (key === this.shownKey) return;
    this.shownKey = key;
    const shown = events.slice(-MAX_SHOWN);
    this.box.replaceChildren(...shown.map(({ kind, text }) => element('span', { class: kind }, text)));
    this.box.scrollTop = this.box.scrollHeight;
    const calls = events.filter(({ kind }) => kind === 'call').length;
    const dropped = events.length - shown.length;
    setText(
      this.note,
      dropped > 0 ? `${dropped} pieces before are not shown` : calls > 0 ? `${calls} call(s) stood in for` : '',
    );
  }
}
