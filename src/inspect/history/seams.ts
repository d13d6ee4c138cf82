/**
 * Places that a replay cannot run over: where the user has changed the guest, and where something happened that
 * was not recorded. After each stands a checkpoint, from which the history goes on.
 */
import type { Checkpoint } from './checkpoint.ts';

/** Something that was not recorded. */
export interface Gap {
  /** The last moment before it. */
  readonly from: number;
  readonly problem: string;
}

export interface Seam {
  /** The last moment before it. */
  readonly from: number;
  /** The first moment after it. */
  readonly checkpoint: Checkpoint;
  /** Why nobody knows what came between them; absent: nothing did but the user's change. */
  readonly problem?: string | undefined;
}

export class Seams {
  private seams: Seam[] = [];
  private open_: Gap | undefined;
  private isEndless = false;

  /** Why a part is missing. */
  get problem(): string | undefined {
    return this.seams.find(({ problem }) => problem !== undefined)?.problem ?? this.open_?.problem;
  }

  /** The first moment after the last of them. */
  get last(): Checkpoint | undefined {
    return this.seams[this.seams.length - 1]?.checkpoint;
  }

  /** Does a checkpoint end what is not recorded? */
  get wantsCheckpoint(): boolean {
    return this.open_ !== undefined && !this.isEndless;
  }

  add(seam: Seam): void {
    this.seams.push(seam);
  }

  /** @param isEndless nothing after it is known any more */
  open(gap: Gap, isEndless: boolean): void {
    this.open_ ??= gap;
    this.isEndless ||= isEndless;
  }

  close(checkpoint: Checkpoint): void {
    if (this.open_ === undefined || this.isEndless) return;
    this.seams.push({ ...this.open_, checkpoint });
    this.open_ = undefined;
  }

  has(checkpoint: Checkpoint): boolean {
    return this.seams.some((seam) => seam.checkpoint === checkpoint);
  }

  isAfterGap(checkpoint: Checkpoint): boolean {
    return this.seams.some((seam) => seam.checkpoint === checkpoint && seam.problem !== undefined);
  }

  /** The first one that a replay comes to from the checkpoint at an instant. */
  after(instructionCount: number): Seam | Gap | undefined {
    return this.seams.find(({ checkpoint }) => checkpoint.instructionCount > instructionCount) ?? this.open_;
  }

  /** The gap that an instant is in. */
  gapAt(instructionCount: number): Gap | undefined {
    for (const { from, checkpoint, problem } of this.seams) {
      const isIn = from < instructionCount && instructionCount < checkpoint.instructionCount;
      if (isIn && problem !== undefined) return { from, problem };
    }
    return this.open_ !== undefined && this.open_.from < instructionCount ? this.open_ : undefined;
  }

  /** The checkpoints from an instant on are forgotten. @returns the first seam that is, too */
  forgetFrom(instructionCount: number): Seam | undefined {
    const first = this.seams.find(({ checkpoint }) => checkpoint.instructionCount >= instructionCount);
    this.seams = this.seams.filter(({ checkpoint }) => checkpoint.instructionCount < instructionCount);
    if (this.open_ !== undefined && this.open_.from >= instructionCount) this.open_ = undefined;
    this.isEndless &&= this.open_ !== undefined;
    return first;
  }

  /** A checkpoint has become the first. */
  forgetBefore({ instructionCount }: Checkpoint): void {
    this.seams = this.seams.filter(({ checkpoint }) => checkpoint.instructionCount > instructionCount);
  }
}
