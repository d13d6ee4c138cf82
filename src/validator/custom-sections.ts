/**
 * What is wrong in custom sections that Glassbox reads: `name` and `metadata.code.branch_hint`.
 *
 * None of it makes a module invalid: such a section is ignored. So this is no part of `validateModule`
 * but for those who want to tell a module's author.
 *
 * @see https://webassembly.github.io/spec/core/appendix/custom.html
 */
import { BRANCH_HINT_SECTION, misplacedHint, sectionIds } from '../decoder/index.ts';
import type { Module } from '../syntax/index.ts';

export interface CustomProblem {
  /** The section's name. */
  readonly section: string;
  /** `malformed`: its bytes cannot be read; `invalid`: they say something that makes no sense in this module. */
  readonly kind: 'malformed' | 'invalid';
  readonly reason: string;
}

/** The problems of a valid module's custom sections, in the specification suite's words. */
export function customProblems(module: Module): CustomProblem[] {
  return [...nameProblems(module), ...branchHintProblems(module)];
}

function nameProblems(module: Module): CustomProblem[] {
  const problems = repetitions(module, 'name');
  const { problem } = module.names;
  if (problem !== undefined) problems.push({ section: 'name', kind: 'malformed', reason: problem });
  return problems;
}

/** Of sections that stand twice the first counts. */
function repetitions({ customs }: Module, section: string): CustomProblem[] {
  const count = customs.filter(({ name }) => name === section).length;
  return count > 1 ? [{ section, kind: 'malformed', reason: `duplicate ${section} section` }] : [];
}

function branchHintProblems(module: Module): CustomProblem[] {
  const section = BRANCH_HINT_SECTION;
  const problems = repetitions(module, section);
  const { problem } = module.branchHints;
  if (problem !== undefined) problems.push({ section, kind: 'malformed', reason: problem });
  const code = module.sections.findIndex(({ id }) => id === sectionIds.code);
  const at = module.sections.findIndex(({ id, name }) => id === sectionIds.custom && name === section);
  if (code >= 0 && at > code) {
    problems.push({ section, kind: 'malformed', reason: `misplaced ${section} section: it stands after the code` });
  }
  const misplaced = misplacedHint(module);
  if (misplaced === undefined) return problems;
  const place = `function ${misplaced.funcidx} has no if or br_if at byte 0x${misplaced.byteOffset.toString(16)}`;
  problems.push({ section, kind: 'invalid', reason: `@${section} annotation: invalid target: ${place}` });
  return problems;
}
