/** The call stack, the innermost frame first. Pressing a frame makes the other panels show it. */

import type { Frame } from '../../../../src/inspect/index.ts';
import { element, emptyNote, replaceKeepingFocus, setText } from '../dom.ts';
import type { PageActions, Shown } from './shown.ts';

/** Of a deeper stack the innermost frames are listed, and the outermost ones. */
const MAX_INNER = 60;
const MAX_OUTER = 5;

export class FramesPanel {
  private readonly box: HTMLElement;
  private readonly note: HTMLElement;
  private readonly actions: PageActions;

  constructor(box: HTMLElement, note: HTMLElement, actions: PageActions) {
    this.box = box;
    this.note = note;
    this.actions = actions;
  }

  render(shown: Shown): void {
    const { frames } = shown;
    setText(this.note, frames.length === 0 ? '' : `${frames.length} deep, the innermost first`);
    if (frames.length === 0) {
      replaceKeepingFocus(this.box, emptyNote('No function runs.'));
      return;
    }
    const isLong = frames.length > MAX_INNER + MAX_OUTER + 1;
    const inner = isLong ? frames.slice(0, MAX_INNER) : frames;
    const items = inner.map((frame) => this.item(shown, frame));
    if (isLong) {
      items.push(element('li', { class: 'empty' }, `${frames.length - MAX_INNER - MAX_OUTER} more`));
      items.push(...frames.slice(-MAX_OUTER).map((frame) => this.item(shown, frame)));
    }
    replaceKeepingFocus(this.box, element('ol', { class: 'frames' }, ...items));
  }

  private item({ program, frame: chosen }: Shown, frame: Frame): HTMLLIElement {
    const { level, byteOffset, isWaiting } = frame;
    const line = program?.code.lineOf(byteOffset);
    const place =
      line === undefined ? (frame.kind === 'host' ? 'host' : `0x${byteOffset.toString(16)}`) : `line ${line}`;
    const button = element(
      'button',
      {
        type: 'button',
        'data-key': `frame-${level}`,
        'aria-pressed': String(level === chosen?.level),
        onclick: () => this.actions.selectFrame(level),
      },
      element('span', { class: 'quiet' }, String(level)),
      element('span', {}, nameOf(frame)),
      element('span', { class: 'where' }, isWaiting ? `${place}, waits` : place),
    );
    this.actions.highlights.follow(button, () => ({ instructions: frame.kind === 'host' ? [] : [byteOffset] }));
    return element('li', {}, button);
  }
}

export function nameOf({ name, funcidx }: Frame): string {
  if (name === undefined) return `function ${funcidx}`;
  return name.startsWith('$') ? name : `$${name}`;
}
