/** `glassbox diff-snapshots`: what two snapshots have different. Exit code 1 when something is, as `diff` has it. */
import { diffSnapshots, type SnapshotDifference } from '../api/index.ts';
import { SnapshotError } from '../syntax/index.ts';
import { type Arguments, type Command, expectOperands } from './command.ts';
import { exitCodes, usageFailure } from './failure.ts';
import { printable, writeOut } from './output.ts';
import { readSnapshot, snapshotFailure } from './resume.ts';

export const diffSnapshotsCommand: Command = {
  name: 'diff-snapshots',
  summary: 'tell what differs between two snapshots: frames, locals, memory, objects',
  usage: '[OPTIONS] A B',
  example: 'glassbox diff-snapshots before.snapshot after.snapshot',
  options: [{ name: 'json', help: 'write a list of { where, a, b }' }],
  notes: 'Exit codes: 0 when they hold the same state, 1 when they do not or one of them is no snapshot.',
  execute: executeDiff,
};

function executeDiff(args: Arguments): number {
  expectOperands(diffSnapshotsCommand, args, 1, 2);
  const [a, b] = args.operands as [string, string | undefined];
  if (b === undefined) throw usageFailure('one snapshot given, two wanted', `usage: glassbox diff-snapshots A B`);
  const differences = differencesOf(a, b);
  writeOut(args.flag('json') ? `${JSON.stringify(differences, undefined, 2)}\n` : differences.map(lineOf).join(''));
  return differences.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function differencesOf(a: string, b: string): readonly SnapshotDifference[] {
  const [first, second] = [readSnapshot(a), readSnapshot(b)];
  try {
    return diffSnapshots(first, second);
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    throw snapshotFailure(isWrong(first) ? a : b, error);
  }
}

/** Whether it is the first of two that cannot be read. */
function isWrong(bytes: Uint8Array): boolean {
  try {
    diffSnapshots(bytes, bytes);
    return false;
  } catch {
    return true;
  }
}

function lineOf({ where, a, b }: SnapshotDifference): string {
  return printable(`${where}: ${a === '' ? '(nothing)' : a} | ${b === '' ? '(nothing)' : b}`).concat('\n');
}
