/** Coverage as one HTML page: totals, a table of functions, and the text of every function that ran. */

import {
  type CoverageData,
  type FunctionCoverage,
  functionsOf,
  isReached,
  type Reached,
  totalsOf,
} from './coverage-data.ts';
import type { WatLines } from './coverage-lcov.ts';
import { escapeHtml, htmlPage } from './html.ts';
import type { BranchCounts } from './run-counter.ts';
import { countText, shareText } from './text-table.ts';

function reachedText({ hit, of }: Reached): string {
  return of === 0 ? '' : `${countText(hit)} of ${countText(of)} (${shareText(hit, of)})`;
}

function row(cells: readonly string[], tag: 'td' | 'th'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
}

export function coverageHtml(data: CoverageData, lines: WatLines): string {
  const functions = functionsOf(data);
  const totals = totalsOf(functions);
  const reached = functions.filter(isReached);
  const missed = functions.filter((each) => !isReached(each));
  const text = lines.text.split('\n');
  const summary = [
    '<table>',
    row(['instructions', 'branch outcomes', 'functions'], 'th'),
    row([totals.instructions, totals.outcomes, totals.functions].map(reachedText), 'td'),
    '</table>',
  ];
  const table = [
    '<h2>Functions that ran</h2>',
    '<table>',
    row(['calls', 'instructions', 'branch outcomes', 'function'], 'th'),
    ...reached.map(tableRow),
    '</table>',
  ];
  const never = [
    `<h2>Functions that never ran: ${countText(missed.length)}</h2>`,
    `<p>${missed.map(({ name }) => `<code>${escapeHtml(name)}</code>`).join(', ')}</p>`,
  ];
  const sources = ['<h2>Text</h2>', ...reached.map((each) => source(each, data, lines, text))];
  return htmlPage(`Coverage of ${data.title}`, [...summary, ...table, ...sources, ...never].join('\n'));
}

function anchor({ func }: FunctionCoverage): string {
  return `f${func.funcidx}`;
}

function tableRow(each: FunctionCoverage): string {
  const link = `<a href="#${anchor(each)}"><code>${escapeHtml(each.name)}</code></a>`;
  return row([countText(each.callCount), reachedText(each.instructions), reachedText(each.outcomes), link], 'td');
}

/** A function's lines, each with its count; branches tell their outcomes. */
function source(each: FunctionCoverage, data: CoverageData, lines: WatLines, text: readonly string[]): string {
  const { map, counts } = data;
  const { func, branches } = each;
  const firstLine = lines.lineAt(func.func.entry.byteOffset);
  const lastLine = lines.lineAt(map.byteOffsets[func.end - 1]!);
  const instrByLine = new Map<number, number>();
  for (let instr = func.first; instr < func.end; instr++) instrByLine.set(lines.lineAt(map.byteOffsets[instr]!), instr);
  const branchByInstr = new Map(branches.map((branch) => [branch.branch.instr, branch]));
  const rows: string[] = [];
  for (let line = firstLine; line <= lastLine; line++) {
    const instr = instrByLine.get(line);
    const branch = instr === undefined ? undefined : branchByInstr.get(instr);
    rows.push(sourceLine(text[line - 1] ?? '', instr === undefined ? undefined : counts[instr]!, branch));
  }
  const isOpen = each.instructions.hit < each.instructions.of ? ' open' : '';
  const heading = `${escapeHtml(each.name)}: ${reachedText(each.instructions)}`;
  return `<details${isOpen}><summary>${heading}</summary><pre id="${anchor(each)}">${rows.join('')}</pre></details>`;
}

function sourceLine(text: string, count: number | undefined, branch: BranchCounts | undefined): string {
  if (count === undefined) return `<span><i class="n"></i>${escapeHtml(text)}</span>`;
  const ways = branch === undefined ? [] : [...branch.counts];
  const isPart = count > 0 && ways.includes(0);
  const kind = isPart ? 'part' : count > 0 ? 'hit' : 'miss';
  const title = branch === undefined ? '' : ` title="${outcomesText(branch)}"`;
  const mark = isPart ? ` ;; ${escapeHtml(missedText(branch!))}` : '';
  return `<span class="${kind}"${title}><i class="n">${countText(count)}</i>${escapeHtml(text)}${mark}</span>`;
}

function outcomesText({ branch, counts }: BranchCounts): string {
  return branch.outcomeNames.map((name, outcome) => `${name}: ${countText(counts[outcome]!)}`).join(', ');
}

function missedText({ branch, counts }: BranchCounts): string {
  return `never ${branch.outcomeNames.filter((_, outcome) => counts[outcome] === 0).join(', ')}`;
}
