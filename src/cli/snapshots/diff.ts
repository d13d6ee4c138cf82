/** `glassbox diff-snapshots`, when it is called. */
import { diffSnapshots, type SnapshotDifference } from '../../api/index.ts';
import { SnapshotError } from '../../syntax/index.ts';
import type { Arguments } from '../command.ts';
import { exitCodes, usageFailure } from '../failure.ts';
import { printable, writeOut } from '../output.ts';
import { readSnapshot, snapshotFailure } from './read-snapshot.ts';

export function executeDiff(args: Arguments): number {
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
