/**
 * Reads the tables in `cases/`: what preview 1's functions answer about files. A line is a call and its answer,
 *
 *     path_open 3 1 "hello.txt" {0,1} {2,64} 0 0 -> success 4   // wasmtime: trap
 *
 * in the form of `steps.ts`; `{…}` stands for each of its values, `"a"*255+"/x"` for texts many times and joined,
 * `x"61ff"` for bytes. Lines below a `# title` are one guest's, one after the other. What follows `//` is what
 * wasmtime answers, where that is something else.
 *
 *     @each            every line, and every value, is a guest of its own
 *     @node            only on this machine's files: other hosts have no such thing
 *     @handle          only where directories are reached by their handles
 *     @read-only       descriptor 3 is a read-only directory
 *     @second rw|ro    descriptor 4 is another directory
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type FunctionName, signatures } from '../../src/wasi/index.ts';
import type { Step } from './steps.ts';

export interface FileCase {
  readonly title: string;
  readonly isReadOnly: boolean;
  readonly second: 'rw' | 'ro' | undefined;
  readonly needsMachine: boolean;
  readonly needsHandles: boolean;
  readonly steps: readonly Step[];
  readonly answers: readonly string[];
  /** wasmtime's answers. */
  readonly reference: readonly string[];
}

const folder = join(import.meta.dirname, 'cases');

/** The tables by name. */
export const tables: ReadonlyMap<string, readonly FileCase[]> = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => [basename(name, '.txt'), casesIn(readFileSync(join(folder, name), 'utf8'))]),
);

interface Line {
  readonly text: string;
  readonly steps: readonly Step[];
  readonly answer: string;
  readonly reference: string;
}

function casesIn(text: string): FileCase[] {
  return text.split(/^# /m).slice(1).flatMap(casesOfBlock);
}

function casesOfBlock(block: string): FileCase[] {
  const [title, ...rest] = block.split('\n') as [string, ...string[]];
  const lines = rest.filter((line) => line !== '' && !line.startsWith('@')).map(lineOf);
  const has = (directive: string) => rest.includes(directive);
  const second = has('@second rw') ? 'rw' : has('@second ro') ? 'ro' : undefined;
  const settings = {
    isReadOnly: has('@read-only'),
    second,
    needsMachine: has('@node'),
    needsHandles: has('@handle'),
  } as const;
  const single = lines.flatMap((line) => line.steps.map((step) => ({ ...line, steps: [step] })));
  if (has('@each')) return single.map((line) => ({ title: line.text, ...settings, ...inSequence([line]) }));
  return [{ title, ...settings, ...inSequence(single) }];
}

function inSequence(lines: readonly Line[]): Pick<FileCase, 'steps' | 'answers' | 'reference'> {
  return {
    steps: lines.map(({ steps }) => steps[0]!),
    answers: lines.map(({ answer }) => answer),
    reference: lines.map(({ reference }) => reference),
  };
}

function lineOf(text: string): Line {
  const [call, rest] = text.split(' -> ') as [string, string];
  const [answer, reference = answer] = rest.split(/ +\/\/ wasmtime: /) as [string, string?];
  const tokens = call.match(/x"[^"]*"|(?:\+?"(?:[^"\\]|\\.)*"(?:\*\d+)?)+|\{[^}]*\}|\S+/g)!;
  const name = tokens[0] as FunctionName;
  if (!Object.hasOwn(signatures, name)) throw new Error(`there is no function ${name}`);
  let steps: Step[] = [[name]];
  for (const token of tokens.slice(1)) {
    const values = token.startsWith('{') ? token.slice(1, -1).split(',') : [token];
    steps = steps.flatMap((step) => values.map((value) => [...step, valueIn(value)] as unknown as Step));
  }
  return { text, steps: steps.map(withKinds), answer, reference };
}

function valueIn(token: string): bigint | string | Uint8Array {
  if (token.startsWith('x"')) return Uint8Array.from(Buffer.from(token.slice(2, -1), 'hex'));
  if (!token.startsWith('"')) return BigInt(token);
  const parts = token.matchAll(/("(?:[^"\\]|\\.)*")(?:\*(\d+))?/g);
  return [...parts].map(([, part, count = '1']) => (JSON.parse(part!) as string).repeat(Number(count))).join('');
}

/** Numbers of 32 bits are numbers. */
function withKinds([name, ...args]: Step): Step {
  const { parameters } = signatures[name];
  const kinds = parameters.map(([, kind]) => kind).filter((kind) => kind !== 'result');
  const given: Step[1][] = [];
  for (let i = 0; i < kinds.length; i++) {
    const value = args.shift()!;
    const isWide = kinds[i] === 'u64' || kinds[i] === 'i64';
    given.push(typeof value === 'bigint' && !isWide ? Number(value) : value);
    if (kinds[i] === 'text' || kinds[i] === 'pointer') i++;
  }
  if (args.length > 0 || given.includes(undefined as never)) throw new Error(`${name} takes other arguments`);
  return [name, ...given] as Step;
}
