/**
 * What is pointed at, wherever that is done: panels tell it here, and all others show it in their own way.
 */

export interface Highlight {
  /** Byte offsets of instructions. */
  readonly instructions: readonly number[];
  /** A local of the frame that is shown. */
  readonly local?: number;
  /** An operand of the frame that is shown, the bottommost 0. */
  readonly operand?: number;
  /** A label of the frame that is shown, the innermost 0. */
  readonly label?: number;
}

export const nothing: Highlight = { instructions: [] };

export class Highlights {
  private current: Highlight = nothing;
  private readonly listeners: ((highlight: Highlight) => void)[] = [];

  get now(): Highlight {
    return this.current;
  }

  onChange(listener: (highlight: Highlight) => void): void {
    this.listeners.push(listener);
  }

  show(highlight: Highlight): void {
    if (isSame(this.current, highlight)) return;
    this.current = highlight;
    for (const listener of this.listeners) listener(highlight);
  }

  clear(): void {
    this.show(nothing);
  }

  /** Shows what `make` gives while the pointer is on `target`, or something in it has the focus. */
  follow(target: HTMLElement, make: () => Highlight): void {
    const show = () => this.show(make());
    const clear = () => this.clear();
    target.addEventListener('pointerenter', show);
    target.addEventListener('pointerleave', clear);
    target.addEventListener('focusin', show);
    target.addEventListener('focusout', clear);
  }
}

function isSame(a: Highlight, b: Highlight): boolean {
  return (
    a.local === b.local &&
    a.operand === b.operand &&
    a.label === b.label &&
    a.instructions.length === b.instructions.length &&
    a.instructions.every((byteOffset, i) => byteOffset === b.instructions[i])
  );
}
