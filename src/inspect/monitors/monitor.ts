/** What a monitor is: a kind with options, and one at work that writes a report in the end. */
import { UsageError } from '../../syntax/index.ts';
import type { MonitorContext } from './context.ts';

/** Where a monitor writes. */
export interface MonitorOutput {
  write(text: string): void;
  /**
   * Writes a file beside the output's, of the same name with another extension.
   *
   * @returns its path
   */
  writeBeside(extension: string, text: string): string;
}

/** A monitor at work. */
export interface Monitor {
  /** The run is over; collectors of the context are finished. */
  report(): void;
}

export interface MonitorOption {
  readonly key: string;
  /** How help names the value. */
  readonly value: string;
  readonly help: string;
  readonly parse: (text: string) => unknown;
  readonly fallback: unknown;
}

/** The values of a monitor's options, by key. */
export class MonitorOptions {
  private readonly values: ReadonlyMap<string, unknown>;

  constructor(values: ReadonlyMap<string, unknown>) {
    this.values = values;
  }

  number(key: string): number {
    return this.values.get(key) as number;
  }

  text(key: string): string {
    return this.values.get(key) as string;
  }

  flag(key: string): boolean {
    return this.values.get(key) as boolean;
  }
}

export interface MonitorFormat {
  readonly name: string;
  /** It consists of several files, or is of no use on a terminal. */
  readonly needsFile?: boolean;
}

export interface MonitorKind {
  readonly name: string;
  readonly summary: string;
  /** The first is what is written unless told. */
  readonly formats: readonly [MonitorFormat, ...MonitorFormat[]];
  readonly options: readonly MonitorOption[];
  start(context: MonitorContext, options: MonitorOptions, format: string, output: MonitorOutput): Monitor;
}

/** A whole number. */
export function countOption(key: string, fallback: number, help: string, min = 0, max = 2 ** 53 - 1): MonitorOption {
  const parse = (text: string) => {
    const count = /^\d+$/.test(text) ? Number(text) : -1;
    if (count >= min && count <= max) return count;
    throw new UsageError(
      `'${key}' is a whole number from ${min}${max < 2 ** 53 - 1 ? ` to ${max}` : ''}, not '${text}'`,
    );
  };
  return { key, value: 'N', help, parse, fallback };
}

/** `key` or `key=yes`, `key=no`. */
export function flagOption(key: string, help: string): MonitorOption {
  const parse = (text: string) => {
    if (text === '' || text === 'yes') return true;
    if (text === 'no') return false;
    throw new UsageError(`'${key}' is yes or no, not '${text}'`);
  };
  return { key, value: 'yes', help, parse, fallback: false };
}

export function textOption(key: string, value: string, help: string): MonitorOption {
  return { key, value, help, parse: (text) => text, fallback: '' };
}

export function choiceOption(key: string, words: readonly [string, ...string[]], help: string): MonitorOption {
  const parse = (text: string) => {
    if (words.includes(text)) return text;
    throw new UsageError(`'${key}' is ${words.join(' or ')}, not '${text}'`);
  };
  return { key, value: words.join('|'), help, parse, fallback: words[0] };
}
