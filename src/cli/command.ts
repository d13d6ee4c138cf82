/**
 * What a command is, and how its command line is read: options by `node:util`, with our own words for
 * mistakes, and a help text made from the same declaration.
 */
import { parseArgs } from 'node:util';
import { usageFailure } from './failure.ts';
import { suggestion } from './nearest.ts';

export interface Option {
  readonly name: string;
  readonly short?: string;
  /** How help names the value; absent: the option takes none. */
  readonly value?: string;
  readonly help: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** Also written with one dash, as gdb's `-ex`. */
  readonly oneDash?: boolean;
  /** For tests and developers; not in the help text. */
  readonly hidden?: boolean;
}

/** The options and operands of one call. */
export interface Arguments {
  flag(name: string): boolean;
  /** The last value given. */
  value(name: string): string | undefined;
  values(name: string): readonly string[];
  /** Options with their values in the order of the command line, for those whose order counts. */
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly operands: readonly string[];
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What follows `glassbox NAME` in the usage line. */
  readonly usage: string;
  readonly example: string;
  readonly options: readonly Option[];
  /** Options end at the first operand; what follows belongs to the guest. */
  readonly guestArguments?: boolean;
  /** Extra paragraphs of the help text. */
  readonly notes?: string;
  /** Returns the exit code. */
  execute(args: Arguments): number | Promise<number>;
}

const helpOption: Option = { name: 'help', short: 'h', help: 'show this text' };

/** Reads a command line, without the command's name. @throws {Failure} for what the command does not take */
export function readArguments(command: Command, line: readonly string[]): Arguments {
  const options = [...command.options, helpOption];
  const config = Object.fromEntries(
    options.map((option) => [
      option.name,
      {
        type: option.value === undefined ? ('boolean' as const) : ('string' as const),
        ...(option.short === undefined ? {} : { short: option.short }),
      },
    ]),
  );
  const { tokens } = parseArgs({
    args: line.map((word) => (options.some(({ name, oneDash }) => oneDash && word === `-${name}`) ? `-${word}` : word)),
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const inOrder: { name: string; value: string }[] = [];
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') {
      if (command.guestArguments) {
        operands.push(...line.slice(token.index));
        break;
      }
      operands.push(token.value);
    } else if (token.kind === 'option') {
      const values = given.get(token.name) ?? [];
      const value = optionValue(command, options, token);
      values.push(value);
      inOrder.push({ name: token.name, value });
      given.set(token.name, values);
    } else if (command.guestArguments) {
      operands.push(...line.slice(token.index + 1));
      break;
    }
  }
  return {
    operands,
    options: inOrder,
    flag: (name) => given.has(name),
    value: (name) => given.get(name)?.at(-1),
    values: (name) => given.get(name) ?? [],
  };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/** The value of an option as given; an empty string for a flag. */
function optionValue(command: Command, options: readonly Option[], token: OptionToken): string {
  const option = options.find((each) => each.name === token.name);
  if (option === undefined) {
    const names = options.filter((each) => !each.hidden).map((each) => `--${each.name}`);
    const hint = token.rawName.startsWith('--') ? suggestion(token.rawName, names) : undefined;
    throw usageFailure(`unknown option '${token.rawName}'`, hint ?? `see 'glassbox ${command.name} --help'`);
  }
  if (option.value === undefined) {
    if (token.value !== undefined) throw usageFailure(`option '--${option.name}' takes no value`);
    return '';
  }
  const looksLikeOption = !token.inlineValue && token.value !== undefined && /^-./.test(token.value);
  if (token.value === undefined || looksLikeOption) {
    throw usageFailure(
      `option '--${option.name}' needs a value`,
      `write --${option.name}=${option.value}${looksLikeOption ? `, if the value is '${token.value}'` : ''}`,
    );
  }
  return token.value;
}

/** The text of `glassbox COMMAND --help`. */
export function helpText(command: Command): string {
  const options = [...command.options.filter((option) => !option.hidden), helpOption];
  const left = options.map((option) => {
    const short = option.short === undefined ? '    ' : `-${option.short}, `;
    const dashes = option.oneDash === true ? '-' : '--';
    return `${short}${dashes}${option.name}${option.value === undefined ? '' : ` ${option.value}`}`;
  });
  const width = Math.max(...left.map((text) => text.length));
  const indent = ' '.repeat(width + 4);
  const rows = options.map((option, index) => {
    const help = option.help.split('\n').join(`\n${indent}`);
    return `  ${left[index]!.padEnd(width)}  ${help}`;
  });
  return [
    `${capitalized(command.summary)}.`,
    '',
    `Usage: glassbox ${command.name} ${command.usage}`,
    '',
    'Options:',
    ...rows,
    '',
    ...(command.notes === undefined ? [] : [command.notes, '']),
    `Example: ${command.example}`,
    '',
  ].join('\n');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Refuses a wrong number of files with the usage line. */
export function expectOperands(command: Command, args: Arguments, atLeast: number, atMost: number): void {
  if (args.operands.length < atLeast) {
    throw usageFailure('no file given', `usage: glassbox ${command.name} ${command.usage}`);
  }
  if (args.operands.length > atMost) {
    throw usageFailure(
      `unexpected argument '${args.operands[atMost]}'`,
      `usage: glassbox ${command.name} ${command.usage}`,
    );
  }
}

/** An option's value through a parser of quantities. @throws {Failure} when it is none */
export function quantity(
  args: Arguments,
  name: string,
  parse: (text: string) => number | undefined,
  examples: string,
): number | undefined {
  const text = args.value(name);
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === undefined) throw usageFailure(`option '--${name}' does not take '${text}'`, `write ${examples}`);
  return value;
}

/** An option's value that must be one of a few words. @throws {Failure} when it is none */
export function choice<const Word extends string>(
  args: Arguments,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const text = args.value(name);
  if (text === undefined) return words[0];
  const word = words.find((each) => each === text);
  if (word === undefined)
    throw usageFailure(`option '--${name}' does not take '${text}'`, `write ${words.join(' or ')}`);
  return word;
}
