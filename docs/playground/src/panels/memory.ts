/** A memory of the instance: its bytes, those that the last instruction touched and the next one will. */

import type { Access } from '../access.ts';
import { byId, element, setText } from '../dom.ts';
import { HexGrid } from '../hex-grid.ts';
import type { LastWrite } from '../machine.ts';
import { InputError, parseAddress } from '../typed-values.ts';
import type { PageActions } from './shown.ts';

/** Where a memory's bytes are read and written; they move when it grows. */
export interface MemoryView {
  readonly label: string;
  bytes(): Uint8Array;
  write(byteOffset: number, value: number): void;
}

export class MemoryPanel {
  private readonly grid: HexGrid;
  private readonly actions: PageActions;
  private readonly note = byId('memory-note', HTMLElement);
  private readonly choice = byId('memory-choice', HTMLSelectElement);
  private readonly address = byId('memory-address', HTMLInputElement);
  private readonly writeLink = byId('memory-write', HTMLButtonElement);
  private write: LastWrite | undefined;
  private readonly follow = byId('memory-follow', HTMLInputElement);
  private memories: readonly MemoryView[] = [];
  private chosen = 0;
  private last: readonly Access[] = [];
  private next: readonly Access[] = [];
  /** The bytes in view at the moment before. */
  private former: { readonly from: number; readonly bytes: Uint8Array; readonly memory: number } | undefined;
  private shown: { readonly from: number; readonly bytes: Uint8Array; readonly memory: number } | undefined;

  constructor(actions: PageActions) {
    this.actions = actions;
    this.grid = new HexGrid({
      label: 'Memory',
      length: () => this.bytes.length,
      read: (at) => this.bytes[at] ?? 0,
      marks: (at) => this.marks(at),
      describe: (at) => this.marks(at).replace('next', 'next instruction'),
      write: (at, value) => {
        this.memories[this.chosen]?.write(at, value);
        actions.edited(`byte 0x${at.toString(16)}`);
      },
    });
    byId('memory', HTMLElement).append(this.grid.element);
    byId('memory-up', HTMLButtonElement).addEventListener('click', () => this.grid.scrollByPage(-1));
    byId('memory-down', HTMLButtonElement).addEventListener('click', () => this.grid.scrollByPage(1));
    byId('memory-writer', HTMLButtonElement).addEventListener('click', () => void this.findWriter());
    this.writeLink.addEventListener('click', () => {
      if (this.write !== undefined) actions.goTo(this.write.instructionCount);
    });
    this.address.addEventListener('change', () => this.goToAddress());
    this.choice.addEventListener('change', () => this.choose(Number(this.choice.value)));
  }

  /**
   * @param last what the instruction before touched
   * @param next what the instruction at hand will touch
   * @param isNewMoment whether the guest has moved on since the last time
   */
  render(
    memories: readonly MemoryView[],
    last: readonly Access[],
    next: readonly Access[],
    isNewMoment: boolean,
  ): void {
    this.setMemories(memories);
    if (isNewMoment) this.writeLink.hidden = true;
    this.last = last;
    this.next = next;
    const target = next[0] ?? last.at(-1);
    if (isNewMoment) this.former = this.shown;
    if (target !== undefined && this.follow.checked && isNewMoment) {
      if (target.memidx !== this.chosen) this.choose(target.memidx);
      this.grid.reveal(target.from, Math.min(target.to, target.from + 16));
    } else this.grid.render();
    this.keepShown();
    const { length } = this.bytes;
    setText(this.note, memories.length === 0 ? 'none' : `${length} bytes, ${length / 65536} page(s)`);
  }

  private setMemories(memories: readonly MemoryView[]): void {
    const isSame =
      memories.length === this.memories.length && memories.every(({ label }, i) => label === this.memories[i]?.label);
    this.memories = memories;
    if (isSame) return;
    this.chosen = 0;
    this.former = undefined;
    this.shown = undefined;
    this.choice.replaceChildren(...memories.map(({ label }, i) => element('option', { value: i }, label)));
    this.choice.hidden = memories.length < 2;
  }

  private choose(memidx: number): void {
    if (memidx >= this.memories.length) return;
    this.chosen = memidx;
    this.choice.value = String(memidx);
    this.grid.render();
    this.keepShown();
  }

  private get bytes(): Uint8Array {
    return this.memories[this.chosen]?.bytes() ?? new Uint8Array(0);
  }

  private keepShown(): void {
    const { from, to } = this.grid.window;
    this.shown = { from, bytes: this.bytes.slice(from, to), memory: this.chosen };
  }

  private marks(at: number): string {
    const marks = [];
    for (const access of this.last) if (this.covers(access, at)) marks.push(access.kind);
    for (const access of this.next) if (this.covers(access, at)) marks.push('next');
    const { former } = this;
    if (former !== undefined && former.memory === this.chosen) {
      const before = former.bytes[at - former.from];
      if (before !== undefined && before !== this.bytes[at] && !marks.includes('written')) marks.push('changed');
    }
    return marks.join(' ');
  }

  private covers({ memidx, from, to }: Access, at: number): boolean {
    return memidx === this.chosen && at >= from && at < to;
  }

  private async findWriter(): Promise<void> {
    const at = this.grid.chosen;
    if (at >= this.bytes.length) return;
    this.write = await this.actions.findLastWrite(this.chosen, at);
    const byte = `byte 0x${at.toString(16)}`;
    this.writeLink.hidden = this.write === undefined;
    if (this.write === undefined) {
      this.actions.announce(`Nobody has written ${byte} since the call began.`);
      return;
    }
    const { instruction, name, funcidx, instructionCount, byteOffset } = this.write;
    setText(this.writeLink, `${byte}: ${instruction}, instruction ${instructionCount}`);
    const where = name === undefined ? `function ${funcidx}` : `$${name}`;
    const count = instructionCount.toLocaleString('en');
    this.actions.announce(
      `${instruction} in ${where} wrote ${byte} last, after ${count} instructions. Go there by the link.`,
    );
    this.actions.highlights.show({ instructions: [byteOffset] });
  }

  private goToAddress(): void {
    try {
      this.address.removeAttribute('aria-invalid');
      this.grid.reveal(parseAddress(this.address.value));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.address.setAttribute('aria-invalid', 'true');
      this.actions.announce(error.message);
    }
  }
}
