/** What Tab offers: commands, then what the command takes. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debugCommands } from './command-table.ts';
import { subjects } from './commands/info.ts';
import { eventNames } from './commands/stops.ts';
import { type Completion, splitLine } from './debug-command.ts';
import type { Debugger } from './debugger.ts';
import { commandNamed } from './find-command.ts';
import { variableNames } from './frame-scope.ts';
import { functionNames } from './places.ts';
import { settingNames } from './settings.ts';

/** Candidates for the end of a line, and the part of it that they replace. */
export function complete(debug: Debugger, line: string): [candidates: string[], replaced: string] {
  const match = /^\s*([A-Za-z][\w-]*)?(\/\S*)?(\s+)?/.exec(line)!;
  if (match[3] === undefined) {
    const word = match[1] ?? '';
    return [
      fitting(
        debugCommands.map(({ name }) => name),
        word,
      ),
      word,
    ];
  }
  const rest = line.slice(match[0].length);
  const word = /[^\s,()*+\-/%&|^!<>=?:~@[\]]*$/.exec(rest)![0];
  try {
    const { name, completes = 'none' } = commandNamed(debugCommands, splitLine(line).name);
    const candidates = completes === 'file' ? fileNames(rest) : candidatesFor(debug, completes, name, rest);
    return [fitting(candidates, completes === 'file' ? rest : word), completes === 'file' ? rest : word];
  } catch {
    return [[], word];
  }
}

function fitting(candidates: Iterable<string>, word: string): string[] {
  return [...new Set(candidates)].filter((each) => each.startsWith(word)).sort();
}

function candidatesFor(debug: Debugger, kind: Completion, command: string, rest: string): string[] {
  const isFirst = !/\s/.test(rest);
  switch (kind) {
    case 'command':
      return debugCommands.map(({ name }) => name);
    case 'info':
      return isFirst ? subjects.map(({ name }) => name) : [...functionNames(debug.program)];
    case 'catch':
      return isFirst ? eventNames : [...functionNames(debug.program)];
    case 'export':
      return debug.program.syntax.exports.filter(({ kind: each }) => each === 'func').map(({ name }) => name);
    case 'place':
      return / if\s/.test(` ${rest}`) ? expressionNames(debug) : placeNames(debug);
    case 'expression':
      return [...(command === 'set' && isFirst ? settingNames : []), ...expressionNames(debug)];
    default:
      return [];
  }
}

/** Functions, with and without `$`: both are places. */
function placeNames({ program }: Debugger): string[] {
  const names = [...functionNames(program)];
  return [...names, ...names.map((name) => `$${name}`)];
}

function expressionNames(debug: Debugger): string[] {
  const names = variableNames(debug.run?.instance.entry, debug.frameIfAny);
  return [...names, ...names.map((name) => `$${name}`), 'local', 'global', 'operand', 'memory', 'table'];
}

function fileNames(path: string): string[] {
  const folder = path.endsWith('/') ? path : dirname(path);
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const name = path.startsWith('./') ? `./${join(folder, entry.name)}` : join(folder, entry.name);
      return entry.isDirectory() ? `${name}/` : name;
    });
  } catch {
    return [];
  }
}
