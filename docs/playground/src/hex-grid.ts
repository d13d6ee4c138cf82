/**
 * Bytes in rows, with their characters beside them: a window on a long array that is moved with keys, wheel or
 * buttons. Cells are made once and filled anew, so that a memory of gigabytes costs no more than one of a page.
 */
import { element, setAttribute, setText } from './dom.ts';

export interface HexSource {
  readonly label: string;
  /** Bytes there are. */
  length(): number;
  read(byteOffset: number): number;
  /** Class names that mark a byte, separated by spaces; empty for none. */
  marks(byteOffset: number): string;
  /** What marks mean, for those who hear the page. */
  describe(byteOffset: number): string;
  onPoint?(byteOffset: number | undefined): void;
  /** Absent: the bytes cannot be changed. */
  write?(byteOffset: number, value: number): void;
  /** A pointer or key chose a byte. */
  onChoose?(byteOffset: number): void;
}

interface Cell {
  readonly hex: HTMLTableCellElement;
  readonly character: HTMLSpanElement;
}

interface Row {
  readonly element: HTMLTableRowElement;
  readonly address: HTMLTableCellElement;
  readonly cells: readonly Cell[];
}

export class HexGrid {
  readonly element: HTMLElement;
  private readonly source: HexSource;
  private readonly table: HTMLTableElement;
  private rows: readonly Row[] = [];
  private columnCount = 16;
  private rowCount = 0;
  /** First byte in view; a multiple of the column count. */
  private start = 0;
  /** The byte that the keyboard is on. */
  private cursor = 0;
  /** A first hex digit that waits for its second. */
  private digit = '';

  constructor(source: HexSource) {
    this.source = source;
    this.table = element('table', { role: 'grid', class: 'hex', 'aria-label': source.label });
    this.element = element('div', { class: 'hex-box' }, this.table);
    this.build(8, 16);
    this.table.addEventListener('keydown', (event) => this.onKey(event));
    this.table.addEventListener('pointerover', (event) => source.onPoint?.(this.byteOf(event.target)));
    this.table.addEventListener('pointerleave', () => source.onPoint?.(undefined));
    this.table.addEventListener('focusin', (event) => this.onFocus(this.byteOf(event.target)));
    this.table.addEventListener('focusout', () => {
      this.digit = '';
      source.onPoint?.(undefined);
    });
    this.table.addEventListener('click', (event) => {
      const at = this.byteOf(event.target);
      if (at === undefined) return;
      this.moveTo(at);
      source.onChoose?.(at);
    });
    this.element.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    new ResizeObserver(() => this.fit()).observe(this.element);
  }

  /** Brings a byte into view, and what follows it up to `end` when there is room. */
  reveal(byteOffset: number, end = byteOffset + 1): void {
    const at = Math.max(0, Math.min(byteOffset, this.source.length() - 1));
    const isVisible = at >= this.start && end <= this.start + this.rowCount * this.columnCount;
    if (!isVisible) this.start = this.rowOf(at) - Math.min(2, this.rowCount - 1) * this.columnCount;
    this.cursor = at;
    this.render();
  }

  scrollBy(rowCount: number): void {
    this.start += rowCount * this.columnCount;
    this.render();
  }

  scrollByPage(direction: 1 | -1): void {
    this.scrollBy(direction * this.rowCount);
  }

  /** The byte that the keyboard, or the last click, is on. */
  get chosen(): number {
    return this.cursor;
  }

  /** First and last byte in view. */
  get window(): { from: number; to: number } {
    return { from: this.start, to: Math.min(this.source.length(), this.start + this.rowCount * this.columnCount) };
  }

  render(): void {
    const length = this.source.length();
    const lastRow = Math.max(0, this.rowOf(length - 1) - (this.rowCount - 1) * this.columnCount);
    this.start = Math.max(0, Math.min(this.start, lastRow));
    if (this.cursor < this.start || this.cursor >= this.start + this.rowCount * this.columnCount) {
      this.cursor = this.start;
    }
    setAttribute(this.table, 'aria-rowcount', String(Math.ceil(length / this.columnCount)));
    const digits = Math.max(4, Math.max(0, length - 1).toString(16).length);
    this.rows.forEach((row, i) => {
      this.renderRow(row, this.start + i * this.columnCount, length, digits);
    });
  }

  private renderRow(row: Row, from: number, length: number, digits: number): void {
    row.element.hidden = from >= length;
    if (from >= length) return;
    setText(row.address, from.toString(16).padStart(digits, '0'));
    setAttribute(row.element, 'aria-rowindex', String(from / this.columnCount + 1));
    row.cells.forEach(({ hex, character }, i) => {
      const at = from + i;
      if (at >= length) {
        setText(hex, '');
        setText(character, '');
        setAttribute(hex, 'class', undefined);
        setAttribute(hex, 'aria-label', undefined);
        setAttribute(hex, 'tabindex', undefined);
        return;
      }
      const value = this.source.read(at);
      const marks = this.source.marks(at);
      const text = value.toString(16).padStart(2, '0');
      setText(hex, this.digit !== '' && at === this.cursor ? `${this.digit}_` : text);
      setText(character, characterOf(value));
      const className = value === 0 ? `zero ${marks}` : marks;
      setAttribute(hex, 'class', className === '' ? undefined : className);
      setAttribute(character, 'class', marks === '' ? undefined : marks);
      setAttribute(hex, 'tabindex', at === this.cursor ? '0' : '-1');
      const described = this.source.describe(at);
      setAttribute(hex, 'aria-label', `${at.toString(16)}: ${text}${described === '' ? '' : `, ${described}`}`);
    });
  }

  /** Chooses rows and columns for the room there is. */
  private fit(): void {
    const { clientWidth, clientHeight } = this.element;
    const sample = this.rows[0];
    if (sample === undefined || clientWidth === 0) return;
    const rowHeight = sample.element.offsetHeight || 18;
    const cellWidth = sample.cells[0]!.hex.offsetWidth || 22;
    const characterWidth = sample.cells[0]!.character.offsetWidth || 8;
    const wide = sample.address.offsetWidth + 16 * (cellWidth + characterWidth) + 24;
    const columnCount = clientWidth >= wide ? 16 : 8;
    const rowCount = Math.max(3, Math.min(64, Math.floor(clientHeight / rowHeight)));
    if (columnCount === this.columnCount && rowCount === this.rowCount) return;
    this.build(rowCount, columnCount);
    this.reveal(this.cursor);
  }

  private build(rowCount: number, columnCount: number): void {
    this.rowCount = rowCount;
    this.columnCount = columnCount;
    this.start = this.rowOf(this.start);
    const hadFocus = this.table.contains(document.activeElement);
    this.rows = Array.from({ length: rowCount }, () => {
      const cells = Array.from({ length: columnCount }, () => ({
        hex: element('td', { role: 'gridcell' }),
        character: element('span'),
      }));
      const address = element('th', { scope: 'row', role: 'rowheader' });
      const characters = element('td', { class: 'characters', 'aria-hidden': 'true' });
      characters.append(...cells.map(({ character }) => character));
      const row = element('tr', { role: 'row' }, address, ...cells.map(({ hex }) => hex), characters);
      return { element: row, address, cells };
    });
    this.table.replaceChildren(element('tbody', { role: 'rowgroup' }, ...this.rows.map((row) => row.element)));
    if (hadFocus) this.focusCursor();
  }

  private rowOf(byteOffset: number): number {
    return Math.floor(Math.max(0, byteOffset) / this.columnCount) * this.columnCount;
  }

  private byteOf(target: EventTarget | null): number | undefined {
    if (!(target instanceof HTMLElement)) return undefined;
    for (let r = 0; r < this.rows.length; r++) {
      const row = this.rows[r]!;
      if (!row.element.contains(target)) continue;
      const column = row.cells.findIndex(({ hex, character }) => hex === target || character === target);
      const at = this.start + r * this.columnCount + column;
      return column < 0 || at >= this.source.length() ? undefined : at;
    }
    return undefined;
  }

  private onFocus(at: number | undefined): void {
    if (at === undefined) return;
    if (at !== this.cursor) {
      this.cursor = at;
      this.render();
    }
    this.source.onPoint?.(at);
  }

  private onWheel(event: WheelEvent): void {
    if (event.ctrlKey || this.source.length() <= this.rowCount * this.columnCount) return;
    event.preventDefault();
    const rows = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY / 30 : event.deltaY;
    this.scrollBy(Math.sign(rows) * Math.max(1, Math.round(Math.abs(rows))));
  }

  private moveTo(byteOffset: number): void {
    this.digit = '';
    const at = Math.max(0, Math.min(byteOffset, this.source.length() - 1));
    const end = this.start + this.rowCount * this.columnCount;
    if (at < this.start) this.start = this.rowOf(at);
    else if (at >= end) this.start = this.rowOf(at) - (this.rowCount - 1) * this.columnCount;
    this.cursor = at;
    this.render();
    this.focusCursor();
  }

  private focusCursor(): void {
    const at = this.cursor - this.start;
    this.rows[Math.floor(at / this.columnCount)]?.cells[at % this.columnCount]?.hex.focus();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey) return;
    const { columnCount } = this;
    const page = this.rowCount * columnCount;
    const row = this.rowOf(this.cursor);
    const targets: Record<string, number> = {
      ArrowLeft: this.cursor - 1,
      ArrowRight: this.cursor + 1,
      ArrowUp: this.cursor - columnCount,
      ArrowDown: this.cursor + columnCount,
      PageUp: this.cursor - page,
      PageDown: this.cursor + page,
      Home: event.ctrlKey ? 0 : row,
      End: event.ctrlKey ? this.source.length() - 1 : row + columnCount - 1,
    };
    const target = targets[event.key];
    if (target !== undefined) {
      event.preventDefault();
      this.moveTo(target);
      return;
    }
    if (event.ctrlKey) return;
    if (event.key === 'Enter') this.source.onChoose?.(this.cursor);
    else if (event.key === 'Escape') this.setDigit('');
    else if (/^[\da-fA-F]$/.test(event.key) && this.source.write !== undefined) this.typeDigit(event.key);
  }

  private typeDigit(digit: string): void {
    if (this.digit === '') {
      this.setDigit(digit.toLowerCase());
      return;
    }
    const value = Number.parseInt(this.digit + digit, 16);
    this.digit = '';
    this.source.write!(this.cursor, value);
    this.moveTo(this.cursor + 1);
  }

  private setDigit(digit: string): void {
    this.digit = digit;
    this.render();
  }
}

function characterOf(value: number): string {
  return value >= 0x20 && value < 0x7f ? String.fromCharCode(value) : '·';
}
