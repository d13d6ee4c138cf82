/** Instructions that decode and validate but are not executed yet: reaching one's function says so. */
import { type InstructionRow, UnsupportedError } from '../../syntax/index.ts';
import type { Rule } from './rules.ts';

export function unsupported(row: InstructionRow): Rule {
  return {
    before({ emitter }) {
      throw new UnsupportedError(`${row.name} (proposal ${row.proposal}) is not executed yet`, emitter.pc);
    },
  };
}
