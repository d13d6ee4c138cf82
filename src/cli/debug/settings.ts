/** What `set NAME VALUE` changes of the debugger itself, and `show` tells. */
import { Failure } from '../failure.ts';
import type { Debugger } from './debugger.ts';
import { splitWords } from './words.ts';

export interface Settings {
  /** Lines of source before and after the current one. */
  context: number;
  /** Lines that `list` shows. */
  listsize: number;
  /** Keep the tree of calls. */
  calls: boolean;
  /** Record every run from its start. */
  record: boolean;
}

type Change = (debug: Debugger, value: string) => void;

function count(name: 'context' | 'listsize', atLeast: number): Change {
  return ({ settings }, value) => {
    if (!/^\d+$/.test(value) || Number(value) < atLeast) throw new Failure(`'${value}' is no number of lines`);
    settings[name] = Number(value);
  };
}

function toggle(name: 'calls' | 'record'): Change {
  return ({ settings }, value) => {
    if (value !== 'on' && value !== 'off') throw new Failure(`'${name}' is on or off`);
    settings[name] = value === 'on';
  };
}

const changes: Readonly<Record<keyof Settings | 'args' | 'directory', Change>> = {
  context: count('context', 0),
  listsize: count('listsize', 1),
  calls: toggle('calls'),
  record: toggle('record'),
  args: (debug, value) => {
    debug.entry = { ...debug.entry, args: splitWords(value) };
  },
  directory: ({ files }, value) => files.addFolder(value),
};

export const settingNames = Object.keys(changes);

/** @returns false when the words name no setting: they are an expression then. @throws {Failure} for a wrong value */
export function changeSetting(debug: Debugger, args: string): boolean {
  const match = /^([a-z]+)(?:\s+([^=].*))?$/.exec(args);
  const name = match?.[1];
  if (match === null || name === undefined || !Object.hasOwn(changes, name)) return false;
  changes[name as keyof typeof changes](debug, (match[2] ?? '').trim());
  return true;
}

/** The settings, one a line. */
export function settingRows({ settings, entry }: Debugger): string[] {
  const onOff = (isOn: boolean) => (isOn ? 'on' : 'off');
  return [
    `context   ${settings.context}`,
    `listsize  ${settings.listsize}`,
    `calls     ${onOff(settings.calls)}`,
    `record    ${onOff(settings.record)}`,
    `args      ${entry.args.join(' ')}`.trimEnd(),
  ];
}
