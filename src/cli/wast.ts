/** `glassbox wast`: runs test scripts of the specification's kind and counts their commands. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runScript, type ScriptOutcome, type ScriptResult } from '../script/index.ts';
import { nowMs } from './clock.ts';
import { type Arguments, type Command, choice, expectOperands } from './command.ts';
import { exitCodes, Failure } from './failure.ts';
import { featureOption, featureSwitches } from './features.ts';
import { readBytes } from './input.ts';
import { loopNameOf, loopOption } from './limits.ts';
import { paint, printable, writeErr, writeOut } from './output.ts';
import { countText } from './quantities.ts';
import { nodeScriptThreads } from './script-threads.ts';

export const wast: Command = {
  name: 'wast',
  summary: 'run .wast test scripts',
  usage: '[OPTIONS] FILE|FOLDER…',
  example: 'glassbox wast spec/test/core/i32.wast',
  options: [
    { name: 'json', help: 'write one JSON object: counts, and every command that did not pass' },
    { name: 'strict-messages', help: "compare also the words of malformed and invalid modules' errors" },
    { name: 'dialect', value: 'NAME', help: "spec (default) or wasmtime: what wasmtime's own scripts presume" },
    featureOption,
    loopOption,
    { name: 'lowering', value: 'FORM', help: 'fast or clear code', hidden: true },
  ],
  notes: [
    'A folder stands for all .wast files below it. The last line counts commands:',
    "'N passed, N failed, N skipped'. Exits with 1 when any failed.",
  ].join('\n'),
  execute: executeWast,
};

/** A script's counts, and the commands that did not pass. */
interface FileReport {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly notPassed: readonly ScriptOutcome[];
}

const noCounts = { passed: 0, failed: 0, skipped: 0 };

function executeWast(args: Arguments): number {
  expectOperands(wast, args, 1, Number.POSITIVE_INFINITY);
  const paths = args.operands.flatMap(scriptsAt);
  const lowering = choice(args, 'lowering', ['fast', 'clear']);
  const dialect = choice(args, 'dialect', ['spec', 'wasmtime']);
  const options = {
    lowering,
    dialect,
    strictMessages: args.flag('strict-messages'),
    features: featureSwitches(args),
    store: { loop: loopNameOf(args) },
    threads: nodeScriptThreads(workerPath()),
  };
  const json = args.flag('json');
  const progress = progressLine(paths.length);
  const reports = paths.map((path, index) => {
    progress.show(index, path);
    const report = reportOf(path, runScript(sourceOf(path), options));
    progress.clear();
    if (!json) writeOut(reportText(report));
    return report;
  });
  const total = reports.reduce((sum, { passed, failed, skipped }) => {
    return { passed: sum.passed + passed, failed: sum.failed + failed, skipped: sum.skipped + skipped };
  }, noCounts);
  writeOut(json ? `${JSON.stringify({ ...total, files: reports })}\n` : `${countsText(total)}\n`);
  return total.failed === 0 ? exitCodes.ok : exitCodes.failed;
}

/** The workers' program is beside this one. */
function workerPath(): string {
  const name = './script-worker.js';
  return require.resolve(name);
}

/** The scripts that an operand stands for, in alphabetical order. @throws {Failure} when there are none */
function scriptsAt(path: string): string[] {
  if (!isFolder(path)) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.wast'));
  if (names.length === 0) throw new Failure(`there is no .wast file in '${path}'`);
  return names.sort().map((name) => join(path, name));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Scripts may hold bytes that are no UTF-8, which the text format rejects; they reach the parser as U+FFFD. */
function sourceOf(path: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(readBytes(path));
}

function reportOf(file: string, { outcomes }: ScriptResult): FileReport {
  const count = (status: ScriptOutcome['status']) => outcomes.filter((outcome) => outcome.status === status).length;
  return {
    file,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    notPassed: outcomes.filter(({ status }) => status !== 'passed'),
  };
}

function reportText(report: FileReport): string {
  const mark = report.failed === 0 ? paint(1, 'green', 'ok  ') : paint(1, 'red', 'FAIL');
  const lines = report.notPassed.map(({ line, kind, status, message }) => {
    return `     ${report.file}:${line}: ${kind} ${status}: ${printable(message ?? '')}\n`;
  });
  return `${mark} ${report.file}: ${countsText(report)}\n${lines.join('')}`;
}

function countsText({ passed, failed, skipped }: typeof noCounts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** After a second of work, says on a terminal how far it is. */
function progressLine(total: number): { show(done: number, path: string): void; clear(): void } {
  const started = nowMs();
  let shown = false;
  return {
    show(done, path) {
      if (!process.stderr.isTTY || nowMs() - started < 1000) return;
      writeErr(`\r\u001b[K${countText(done)}/${countText(total)} ${printable(path)}`);
      shown = true;
    },
    clear() {
      if (shown) writeErr('\r\u001b[K');
      shown = false;
    },
  };
}
