/** `info`: what there is, and what it holds. The subjects are declared here once. */
import { globalsOf, type Variable } from '../../../inspect/index.ts';
import { importCount, valTypeText } from '../../../syntax/index.ts';
import { Failure } from '../../failure.ts';
import { suggestion } from '../../nearest.ts';
import { printable } from '../../output.ts';
import { countText } from '../../quantities.ts';
import type { DebugCommand } from '../debug-command.ts';
import type { Debugger } from '../debugger.ts';
import { hex, nameOfFunc, shortPath, variableLabel } from '../names.ts';
import type { Point } from '../points.ts';
import { frameText, placeText, textOfVariable } from '../views.ts';
import { historyRows } from './back.ts';

export interface Subject {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly usage?: string;
  readonly summary: string;
  run(debug: Debugger, args: string): void | Promise<void>;
}

function variableRow(space: string, variable: Variable): string {
  return `${variableLabel(space, variable)}: ${variable.type} = ${printable(textOfVariable(variable))}`;
}

function showAll(debug: Debugger, rows: readonly string[], none: string): void {
  if (rows.length === 0) debug.out(none);
  for (const row of rows) debug.out(row);
}

function locals(debug: Debugger, args: string): void {
  showAll(
    debug,
    debug.frame.locals.map((local) => variableRow('local', local)).filter((row) => row.includes(args)),
    'No locals.',
  );
}

function operands(debug: Debugger): void {
  const { frame, program } = debug;
  const rows = [...frame.operands].reverse().map((operand, index) => {
    const producers = operand.producers.map((each) => `${hex(each)} ${program.listing.instructionText(each)}`);
    const more = operand.hasMoreProducers ? ' or others' : '';
    const made = producers.length === 0 ? '' : `  from ${printable(producers.join(' or '))}${more}`;
    return `operand[${index}]: ${operand.type} = ${printable(textOfVariable(operand))}${made}`;
  });
  showAll(debug, rows, 'No operands.');
}

function labels(debug: Debugger): void {
  const { frame, program } = debug;
  const rows = frame.labels.map((label, index) => {
    const name = label.name === undefined || label.name === '' ? '' : ` $${printable(label.name)}`;
    const types = label.types.length === 0 ? '' : ` with ${label.types.join(' ')}`;
    const begins = label.kind === 'func' ? '' : ` at ${hex(label.byteOffset)}`;
    const target = placeText(program, label.targetByteOffset);
    const to = `${hex(label.targetByteOffset)}${target === undefined ? '' : ` (${target})`}`;
    return `${index}: ${label.kind}${name}${begins}, branches to ${to}${types}`;
  });
  showAll(debug, rows, 'No labels.');
}

function frameInfo(debug: Debugger): void {
  const { frame, program, level } = debug;
  debug.out(`#${level}  ${frameText(program, frame)}`);
  if (frame.kind === 'host') return;
  debug.out(`function ${frame.funcidx}, byte ${hex(frame.byteOffset)}: ${printable(frame.instruction)}`);
  if (frame.isWaiting) debug.out('it waits for the call to return');
  const { locals: own, operands: stack, labels: open } = frame;
  debug.out(`${own.length} locals, ${stack.length} operands, ${open.length} labels`);
}

function functions(debug: Debugger, args: string): void {
  const { syntax, listing } = debug.program;
  const imported = importCount(syntax, 'func');
  const rows: string[] = [];
  const pattern = args === '' ? undefined : matcher(args);
  for (let funcidx = 0; funcidx < imported + syntax.funcs.length; funcidx++) {
    const name = nameOfFunc(syntax, funcidx);
    if (pattern !== undefined && !pattern.test(name ?? '')) continue;
    const first = listing.module.funcs[funcidx - imported];
    const place = first === undefined ? 'imported' : hex(first.body.byteOffset);
    rows.push(
      `${String(funcidx).padStart(6)}  ${place.padEnd(9)} ${name === undefined ? '' : printable(name)}`.trimEnd(),
    );
  }
  showAll(debug, rows, 'No functions.');
}

/** @throws {Failure} for text that is no regular expression */
function matcher(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new Failure(`'${text}' is no regular expression`);
  }
}

function memories(debug: Debugger): void {
  const rows = debug.instance.memories.map((memory, index) => {
    return `memory ${index}: ${countText(memory.byteLength)} bytes, up to ${hex(memory.byteLength)}`;
  });
  showAll(debug, rows, 'No memories.');
}

function tables(debug: Debugger): void {
  const rows = debug.instance.tables.map((table, index) => {
    return `table ${index}: ${countText(table.length)} elements of ${valTypeText(table.type.element)}`;
  });
  showAll(debug, rows, 'No tables.');
}

function pointRows(point: Point): string[] {
  const { fields, condition, hits, ignore, commands, isEnabled } = point;
  const kind = `${fields.isTemporary === true ? 'temporary ' : ''}${fields.kind}`;
  const rows = [`${String(point.number).padEnd(4)}${kind.padEnd(22)} ${isEnabled ? 'y' : 'n'}  ${fields.what}`];
  if (condition !== undefined) rows.push(`      stops if ${condition}`);
  if (hits > 0) rows.push(`      reached ${hits} ${hits === 1 ? 'time' : 'times'}`);
  if (ignore > 0) rows.push(`      to be passed ${ignore} more ${ignore === 1 ? 'time' : 'times'}`);
  return [...rows, ...commands.map((line) => `      ${line}`)];
}

function source(debug: Debugger): void {
  const { program } = debug;
  debug.out(
    program.listing.isOwn
      ? `text: ${printable(program.options.path)}`
      : `text: as printed; ${program.listing.lineCount} lines`,
  );
  if (program.lines.problem !== undefined) debug.out(`source lines: ${printable(program.lines.problem)}`);
  for (const file of program.lines.files) debug.out(`  ${printable(file)}`);
}

export const subjects: readonly Subject[] = [
  {
    name: 'breakpoints',
    aliases: ['b', 'watchpoints'],
    summary: 'breakpoints, watchpoints, catchpoints and log points',
    run: (debug) => showAll(debug, debug.points.all.flatMap(pointRows), 'No breakpoints.'),
  },
  { name: 'locals', usage: '[TEXT]', summary: 'parameters and locals of the selected frame', run: locals },
  {
    name: 'args',
    summary: 'parameters of the selected frame',
    run: (debug) => {
      const params = debug.frame.locals.filter((local) => 'isParam' in local && local.isParam);
      showAll(
        debug,
        params.map((param) => variableRow('local', param)),
        'No parameters.',
      );
    },
  },
  {
    name: 'operands',
    aliases: ['registers'],
    summary: 'the operand stack, its top first, and who made it',
    run: operands,
  },
  { name: 'labels', summary: 'the open blocks, innermost first, and where branches to them go', run: labels },
  { name: 'frame', summary: 'the selected frame', run: frameInfo },
  { name: 'stack', summary: 'the frames, as backtrace', run: (debug, args) => debug.execute(`backtrace ${args}`) },
  {
    name: 'globals',
    summary: 'globals and their values',
    run: (debug) =>
      showAll(
        debug,
        globalsOf(debug.instance).map((global) => variableRow('global', global)),
        'No globals.',
      ),
  },
  { name: 'functions', usage: '[REGEX]', summary: 'functions: index, first byte, name', run: functions },
  { name: 'memories', aliases: ['memory'], summary: 'memories and their sizes', run: memories },
  { name: 'tables', summary: 'tables and their sizes', run: tables },
  {
    name: 'line',
    summary: 'where the selected frame stands',
    run: (debug) => {
      const { here, program } = debug;
      if (here === undefined) throw new Failure('there is no place');
      const place = program.listing.place(here);
      const source = program.lines.at(here);
      debug.out(`byte ${hex(here)}${place === undefined ? '' : `, line ${place.line} of the text`}`);
      if (source !== undefined) debug.out(`line ${source.line} of ${printable(source.file)}`);
    },
  },
  { name: 'source', summary: 'the text, and the source files that the code was compiled from', run: source },
  {
    name: 'imports',
    summary: 'imports of the module',
    run: (debug) =>
      showAll(
        debug,
        debug.program.options.module
          .imports()
          .map((each) => `${printable(`${each.module} ${each.name}`)} ${each.type}`),
        'No imports.',
      ),
  },
  {
    name: 'exports',
    summary: 'exports of the module',
    run: (debug) =>
      showAll(
        debug,
        debug.program.options.module.exports().map((each) => `${printable(each.name)} ${each.type}`),
        'No exports.',
      ),
  },
  {
    name: 'display',
    summary: 'expressions that are shown at every stop',
    run: (debug) =>
      showAll(
        debug,
        debug.displays.map(({ number, text, format }) => `${number}: ${format === '' ? '' : `/${format} `}${text}`),
        'No displays.',
      ),
  },
  {
    name: 'history',
    summary: 'the recording: how far it goes, what it takes',
    run: (debug) => showAll(debug, historyRows(debug), ''),
  },
  {
    name: 'program',
    summary: 'the run: why it stands, instructions and calls so far',
    run: (debug) => {
      const { session, run } = debug;
      debug.out(`${shortPath(debug.program.options.path)}: ${run?.entry} ${debug.entry.args.join(' ')}`.trim());
      debug.out(`${session.stop?.reason ?? 'running'} after ${countText(session.instructionCount)} instructions`);
    },
  },
];

/** A subject by its name, its beginning, or another name. @throws {Failure} */
function subjectNamed(word: string): Subject {
  const exact = subjects.find(({ name, aliases = [] }) => name === word || aliases.includes(word));
  if (exact !== undefined) return exact;
  const found = subjects.filter(({ name }) => name.startsWith(word));
  if (found.length === 1) return found[0]!;
  const names = (found.length > 1 ? found : subjects).map(({ name }) => name);
  if (found.length > 1) throw new Failure(`'info ${word}' is ambiguous: ${names.join(', ')}`);
  throw new Failure(`there is no 'info ${word}'`, suggestion(word, names));
}

export const infoCommand: DebugCommand = {
  name: 'info',
  aliases: ['i'],
  usage: 'SUBJECT',
  summary: 'show what there is',
  get details() {
    const width = Math.max(...subjects.map(({ name, usage = '' }) => name.length + usage.length + 1));
    return subjects
      .map(({ name, usage = '', summary }) => `  ${`${name} ${usage}`.trimEnd().padEnd(width)}  ${summary}`)
      .join('\n');
  },
  group: 'code',
  completes: 'info',
  run(debug, args) {
    const match = /^([\w-]+)\s*([\s\S]*)$/.exec(args);
    if (match === null) {
      debug.out(`Subjects of info:\n${infoCommand.details}`);
      return undefined;
    }
    return subjectNamed(match[1]!).run(debug, match[2]!);
  },
};
