/** The module's binary: which bytes are the instruction at hand, and which stand for what is pointed at. */
import { byId, setText } from '../dom.ts';
import { HexGrid } from '../hex-grid.ts';
import type { Highlight } from '../highlights.ts';
import type { Program } from '../program.ts';
import type { PageActions } from './shown.ts';

const none: { readonly from: number; readonly to: number } = { from: 0, to: 0 };

export class BytesPanel {
  private readonly grid: HexGrid;
  private readonly note = byId('bytes-note', HTMLElement);
  private program: Program | undefined;
  private current = none;
  private pointed: readonly { readonly from: number; readonly to: number }[] = [];
  private breakpoints: readonly number[] = [];
  private isPointing = false;

  constructor(actions: PageActions) {
    this.grid = new HexGrid({
      label: 'Binary',
      length: () => this.program?.module.bytes.length ?? 0,
      read: (at) => this.program?.module.bytes[at] ?? 0,
      marks: (at) => this.marks(at),
      describe: (at) => this.describe(at),
      onPoint: (at) => {
        const instruction = at === undefined ? undefined : this.program?.code.instructionAt(at);
        this.isPointing = instruction !== undefined;
        if (instruction === undefined) actions.highlights.clear();
        else actions.highlights.show({ instructions: [instruction.from] });
      },
      onChoose: (at) => {
        const instruction = this.program?.code.instructionAt(at);
        if (instruction !== undefined) actions.goToInstruction(instruction.from);
      },
    });
    byId('bytes', HTMLElement).append(this.grid.element);
    actions.highlights.onChange((highlight) => this.point(highlight));
  }

  /** @param byteOffset the instruction at hand; `undefined` for none */
  render(program: Program | undefined, byteOffset: number | undefined, breakpoints: readonly number[]): void {
    this.program = program;
    this.breakpoints = breakpoints;
    this.current = (byteOffset === undefined ? undefined : program?.code.instructionAt(byteOffset)) ?? none;
    this.pointed = [];
    setText(this.note, program === undefined ? '' : `${program.module.bytes.length} bytes`);
    if (byteOffset === undefined) this.grid.render();
    else this.grid.reveal(byteOffset, this.current.to);
  }

  private point({ instructions }: Highlight): void {
    this.pointed = instructions.flatMap((byteOffset) => this.program?.code.instructionAt(byteOffset) ?? []);
    const [first] = this.pointed;
    if (first !== undefined && !this.isPointing) this.grid.reveal(first.from, first.to);
    else this.grid.render();
    this.tell();
  }

  /** Names the section or the instruction in the panel's head. */
  private tell(): void {
    const { program } = this;
    if (program === undefined) return;
    const [first] = this.pointed;
    const text = first === undefined ? undefined : program.code.textOf(first.from);
    const { bytes } = program.module;
    setText(this.note, text === undefined ? `${bytes.length} bytes` : `0x${first!.from.toString(16)}: ${text}`);
  }

  private marks(at: number): string {
    const marks = [];
    if (at >= this.current.from && at < this.current.to) marks.push('at');
    if (this.pointed.some(({ from, to }) => at >= from && at < to)) marks.push('pointed');
    if (this.breakpoints.includes(at)) marks.push('breakpoint-byte');
    return marks.join(' ');
  }

  private describe(at: number): string {
    const parts = [];
    if (at >= this.current.from && at < this.current.to) parts.push('the instruction at hand');
    if (this.breakpoints.includes(at)) parts.push('breakpoint');
    const instruction = this.program?.code.instructionAt(at);
    if (instruction?.from === at) parts.push(this.program?.code.textOf(at) ?? '');
    else if (instruction === undefined) parts.push(this.sectionAt(at));
    return parts.filter((part) => part !== '').join(', ');
  }

  private sectionAt(at: number): string {
    const sections = this.program?.module.syntax.sections ?? [];
    const found = sections.find(({ byteOffset, byteLength }) => at >= byteOffset && at < byteOffset + byteLength);
    return found === undefined ? '' : `${found.name} section`;
  }
}
