/**
 * Measurements of a run over its instruction counts, for the chart: few enough to draw, spread over all of it.
 * When there are too many, every second one goes, and from then on half as many are taken.
 */

export interface Sample {
  readonly instructionCount: number;
  /** Frames on the call stack. */
  readonly depth: number;
  /** Bytes of all memories. */
  readonly memoryBytes: number;
}

const MAX_SAMPLES = 2000;

export class Samples {
  private list: Sample[] = [];
  private step = 1;

  get all(): readonly Sample[] {
    return this.list;
  }

  /** Instructions between two samples. */
  get interval(): number {
    return this.step;
  }

  /** The count at which the next sample is wanted, after `instructionCount`. */
  nextAfter(instructionCount: number): number {
    return (Math.floor(instructionCount / this.step) + 1) * this.step;
  }

  /** Samples come in any order: after a step back the run goes through moments that were seen. */
  add(sample: Sample): void {
    const { list } = this;
    let at = list.length;
    while (at > 0 && list[at - 1]!.instructionCount > sample.instructionCount) at--;
    if (list[at - 1]?.instructionCount === sample.instructionCount) {
      list[at - 1] = sample;
      return;
    }
    list.splice(at, 0, sample);
    if (list.length > MAX_SAMPLES) this.thin();
  }

  /** The run goes another way from here: what came after is no longer true. */
  dropAfter(instructionCount: number): void {
    this.list = this.list.filter((sample) => sample.instructionCount <= instructionCount);
  }

  private thin(): void {
    this.step *= 2;
    const last = this.list.length - 1;
    this.list = this.list.filter((_, i) => i % 2 === 0 || i === last);
  }
}
