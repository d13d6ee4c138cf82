/** `glassbox diff-snapshots`: what two snapshots have different. Exit code 1 when something is, as `diff` has it. */
import { type Command, expectOperands } from './command.ts';

export const diffSnapshotsCommand: Command = {
  name: 'diff-snapshots',
  summary: 'tell what differs between two snapshots: frames, locals, memory, objects',
  usage: '[OPTIONS] A B',
  example: 'glassbox diff-snapshots before.snapshot after.snapshot',
  options: [{ name: 'json', help: 'write a list of { where, a, b }' }],
  notes: 'Exit codes: 0 when they hold the same state, 1 when they do not or one of them is no snapshot.',
  execute: async (args) => {
    expectOperands(diffSnapshotsCommand, args, 1, 2);
    return (await import('./snapshots/diff.ts')).executeDiff(args);
  },
};
