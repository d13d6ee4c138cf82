/** What is wrong with a module that does not load, and where: for people, and as data for `--json`. */
import {
  DecodeError,
  FeatureOffError,
  GlassboxError,
  ParseError,
  type TextPosition,
  ValidationError,
} from '../syntax/index.ts';
import { Failure } from './failure.ts';
import type { Input } from './input.ts';
import { paint, printable } from './output.ts';

export interface Diagnosis {
  readonly code: string;
  /** Without the place. */
  readonly message: string;
  /** In the binary; for text, in the binary it assembles to. */
  readonly byteOffset?: number;
  readonly funcidx?: number;
  /** In the text, both from 1. */
  readonly line?: number;
  readonly column?: number;
  /** The feature that is off and would make it valid. */
  readonly feature?: string;
}

/** Finds the place in the text that a byte of the assembled binary came from. */
export type Locate = (byteOffset: number) => TextPosition | undefined;

/** The diagnosis of an error that a module's bytes or text caused; `undefined` for any other error. */
export function diagnose(error: unknown, locate: Locate): Diagnosis | undefined {
  if (error instanceof ParseError) {
    const { line, column } = error.position;
    return { code: error.code, message: error.reason, line, column };
  }
  if (!(error instanceof DecodeError || error instanceof ValidationError)) return undefined;
  const position = locate(error.byteOffset);
  const funcidx = error instanceof ValidationError ? error.funcidx : undefined;
  return {
    code: error.code,
    message: error.reason,
    byteOffset: error.byteOffset,
    ...(funcidx === undefined ? {} : { funcidx }),
    ...(error instanceof FeatureOffError ? { feature: error.feature } : {}),
    ...(position === undefined ? {} : { line: position.line, column: position.column }),
  };
}

const advice: Readonly<Record<string, string>> = {
  ERR_MALFORMED: 'the binary is damaged, or uses a format that Glassbox does not know',
  ERR_INVALID: 'no engine runs this module: whatever made it is at fault',
};

/** `file:3:5: unknown label`, with the line of text and a mark under the place. */
export function diagnosisFailure(input: Input, diagnosis: Diagnosis): Failure {
  const { message, line, column, byteOffset, funcidx } = diagnosis;
  const inFunction = funcidx === undefined ? '' : ` in function ${funcidx}`;
  if (line === undefined || column === undefined) {
    const place = byteOffset === undefined ? '' : ` (at byte 0x${byteOffset.toString(16)}${inFunction})`;
    return new Failure(`${input.name}: ${printable(message)}${place}`, adviceOn(diagnosis));
  }
  const snippet = input.content.kind === 'text' ? snippetOf(input.content.text, line, column) : '';
  const help = diagnosis.feature === undefined ? undefined : adviceOn(diagnosis);
  return new Failure(`${input.name}:${line}:${column}: ${printable(message)}${inFunction}${snippet}`, help);
}

function adviceOn({ code, feature }: Diagnosis): string | undefined {
  return feature === undefined ? advice[code] : `switch it on: -W ${feature}=y`;
}

const MAX_SNIPPET = 100;

function snippetOf(text: string, line: number, column: number): string {
  const source = (text.split('\n')[line - 1] ?? '').replace(/\t/g, ' ').trimEnd();
  const from = Math.max(0, column - MAX_SNIPPET / 2);
  const shown = printable(source.slice(from, from + MAX_SNIPPET));
  const margin = ' '.repeat(String(line).length);
  const mark = `${' '.repeat(Math.max(0, column - 1 - from))}${paint(2, 'red', '^')}`;
  return `\n${margin} |\n${line} | ${shown}\n${margin} | ${mark}`;
}

/** The lines of any error that ends a command: never a host's stack trace. */
export function errorText(error: unknown): string {
  const label = paint(2, 'red', 'error:');
  if (error instanceof Failure) {
    const help = error.help === undefined ? '' : `\n${paint(2, 'cyan', 'help:')} ${error.help}`;
    return `${label} ${error.message}${help}\n`;
  }
  if (error instanceof GlassboxError) return `${label} ${printable(error.message)}\n`;
  const message = error instanceof Error ? error.message : String(error);
  return `${label} internal error: ${printable(message)} (this is a bug in Glassbox; please report it)\n`;
}
