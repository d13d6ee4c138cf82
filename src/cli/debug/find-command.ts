/** Finds a command by what the user wrote: its name, another name for it, or the beginning of one. */
import { Failure } from '../failure.ts';
import { suggestion } from '../nearest.ts';
import type { DebugCommand } from './debug-command.ts';

/** @throws {Failure} for a word that means none, or several */
export function commandNamed(commands: readonly DebugCommand[], word: string): DebugCommand {
  const exact = commands.find(({ name, aliases = [] }) => name === word || aliases.includes(word));
  if (exact !== undefined) return exact;
  const found = commands.filter(({ name }) => name.startsWith(word));
  if (found.length === 1) return found[0]!;
  const names = found.map(({ name }) => name);
  if (found.length > 1) throw new Failure(`'${word}' is ambiguous: ${names.join(', ')}`);
  const hint = suggestion(
    word,
    commands.map(({ name }) => name),
  );
  throw new Failure(`there is no command '${word}'`, hint?.startsWith('there is:') ? "'help' lists them" : hint);
}
