/** The shapes of a stopped guest, as the session shows them. */

export type StopReason =
  | 'entry'
  | 'step'
  | 'budget'
  | 'pause'
  | 'breakpoint'
  | 'watchpoint'
  | 'trap'
  | 'exit'
  | 'waiting'
  | 'start-of-history';

export interface Stop {
  readonly reason: StopReason;
  readonly error?: unknown;
  readonly results?: readonly unknown[];
}

export interface Variable {
  readonly index: number;
  readonly name: string | undefined;
  readonly type: string;
  readonly value: unknown;
  readonly text: string;
  set(value: unknown): void;
}

export interface Operand extends Variable {
  readonly producers: readonly number[];
}

export interface LabelView {
  readonly kind: string;
  readonly name?: string | undefined;
  readonly byteOffset: number;
  readonly targetByteOffset: number;
  readonly operandHeight: number;
  readonly types: readonly string[];
}

export interface Frame {
  readonly level: number;
  readonly kind: 'wasm' | 'host';
  readonly funcidx: number;
  readonly name: string | undefined;
  readonly byteOffset: number;
  readonly isWaiting: boolean;
  readonly instruction: string;
  readonly locals: readonly Variable[];
  readonly operands: readonly Operand[];
  readonly labels: readonly LabelView[];
}
