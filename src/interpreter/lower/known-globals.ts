/**
 * Which globals' values stand in the frame too, between two places where somebody else may change them: who reads one
 * again reads the frame.
 */

/** More are not remembered, so that hostile code lowers in linear time. */
const MAX_KNOWN = 4;

export class KnownGlobals {
  /** Parallel: the global, the word that holds its value, and the operand that it was the value of. */
  private readonly indices: number[] = [];
  private readonly words: number[] = [];
  private readonly operands: number[] = [];

  note(index: number, word: number, operand: number): void {
    this.remove(this.indices.indexOf(index));
    if (this.indices.length === MAX_KNOWN) this.remove(0);
    this.indices.push(index);
    this.words.push(word);
    this.operands.push(operand);
  }

  /** −1: not known. */
  wordOf(index: number): number {
    const known = this.indices.indexOf(index);
    return known < 0 ? -1 : this.words[known]!;
  }

  /** The operand that was put there; of a global that is known. */
  operandOf(index: number): number {
    return this.operands[this.indices.indexOf(index)]!;
  }

  /** What stood at a word is written to another one instead, which loses what it held. */
  move(from: number, to: number): void {
    this.forget(to, to + 2);
    const known = this.words.indexOf(from);
    if (known >= 0) this.words[known] = to;
  }

  /** Words are written to. */
  forget(from: number, end: number): void {
    for (let i = this.words.length - 1; i >= 0; i--) {
      if (this.words[i]! < end && this.words[i]! + 2 > from) this.remove(i);
    }
  }

  clear(): void {
    this.indices.length = 0;
    this.words.length = 0;
    this.operands.length = 0;
  }

  private remove(at: number): void {
    if (at < 0) return;
    this.indices.splice(at, 1);
    this.words.splice(at, 1);
    this.operands.splice(at, 1);
  }
}
