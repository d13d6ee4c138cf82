/** What a campaign came to: the closing lines, a JSON line for each finding, and a page that needs nothing else. */

import type { KeptFinding, Totals } from './campaign.ts';
import type { Engine, MissingEngine } from './case.ts';

export interface Campaign {
  readonly engines: readonly Pick<Engine, 'name' | 'version'>[];
  readonly missing: readonly MissingEngine[];
  readonly seed: number;
  readonly sources: readonly string[];
  readonly totals: Totals;
}

function perSecond(cases: number, seconds: number): string {
  return (cases / Math.max(seconds, 0.001)).toFixed(cases / seconds < 10 ? 1 : 0);
}

function number(count: number): string {
  return count.toLocaleString('en');
}

/** The last lines of a run. */
export function closingText({ totals, engines, missing, seed }: Campaign): string {
  const { cases, seconds, unprepared, late, died, findings, duplicates, explained } = totals;
  const own = engines[0]!;
  const lines = [`${own.name} ${own.version}; seed ${seed}`];
  for (const { name, version } of engines.slice(1)) {
    const each = totals.engines.get(name);
    if (each === undefined) continue;
    const parts = [
      `${number(each.same)} the same in ${number(each.calls)} calls`,
      `${number(each.inconclusive)} inconclusive`,
      `${number(each.unsupported)} not supported`,
      `${number(each.explained)} explained`,
      `${number(each.differing)} differing`,
    ];
    lines.push(`${name} ${version}: ${parts.join(', ')}`);
  }
  for (const { name, missing: how } of missing) lines.push(`${name} is missing: ${how}`);
  for (const [name, times] of explained) lines.push(`explained ${number(times)} times: ${name}`);
  for (const [key, times] of duplicates) lines.push(`once more ${number(times)} times: ${key}`);
  const skipped = [...unprepared.values()].reduce((sum, times) => sum + times, 0);
  if (skipped > 0) lines.push(`${number(skipped)} modules cannot be run the same way everywhere`);
  if (late.length > 0) lines.push(`out of time: ${late.join(' ')}`);
  if (died.length > 0) lines.push(`ended their worker: ${died.join(' ')}`);
  const inconclusive = [...totals.engines.values()].reduce((sum, each) => sum + each.inconclusive, late.length);
  lines.push(
    `${number(cases)} cases in ${seconds.toFixed(1)} s, ${perSecond(cases, seconds)} cases/s; ` +
      `${number(inconclusive)} inconclusive; ${number(findings.length + died.length)} unexplained differences`,
  );
  return `${lines.join('\n')}\n`;
}

/** A finding as a line of JSON. */
export function findingLine(finding: KeptFinding): string {
  const { id, engine, difference, key, location, path, script } = finding;
  return `${JSON.stringify({ id, engine, key, difference, location, path, script })}\n`;
}

/** A campaign's totals as a line of JSON. */
export function totalsLine({ totals, engines, missing, seed, sources }: Campaign): string {
  const { cases, seconds, late, died, findings } = totals;
  return `${JSON.stringify({
    seed,
    sources,
    engines: engines.map(({ name, version }) => ({ name, version })),
    missing,
    cases,
    seconds,
    counts: Object.fromEntries(totals.engines),
    unprepared: Object.fromEntries(totals.unprepared),
    explained: Object.fromEntries(totals.explained),
    duplicates: Object.fromEntries(totals.duplicates),
    late,
    died,
    unexplained: findings.length,
  })}\n`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse}td,th{padding:.2em .8em;border-bottom:1px solid #ccc;text-align:right}
td:first-child,th:first-child{text-align:left}pre{background:#f5f5f5;padding:.8em;overflow:auto}
.bad{color:#a00}.good{color:#070}@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}pre{background:#222}}`;

function findingSection(finding: KeptFinding): string {
  const { id, engine, difference, key, location, path, script } = finding;
  return `<h2>${escaped(key)}</h2>
<p>Case <code>${escaped(id)}</code> against ${escaped(engine)}${path === undefined ? '' : `, kept as <code>${escaped(path)}</code>`}.
${escaped(difference.text)}.</p>
${location === undefined ? '' : `<pre>${escaped(location.text)}</pre>`}
${script === undefined ? '' : `<pre>${escaped(script)}</pre>`}`;
}

/** The page. */
export function reportPage(campaign: Campaign): string {
  const { totals, engines, missing } = campaign;
  const heads = ['same', 'calls', 'inconclusive', 'unsupported', 'explained', 'differing'] as const;
  const rows = engines.slice(1).flatMap(({ name, version }) => {
    const counts = totals.engines.get(name);
    if (counts === undefined) return [];
    return [
      `<tr><td>${escaped(name)} ${escaped(version)}</td>${heads.map((key) => `<td>${number(counts[key])}</td>`).join('')}</tr>`,
    ];
  });
  const bad = totals.findings.length + totals.died.length;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Glassbox: differences</title><style>${STYLE}</style>
<h1>Glassbox beside other engines</h1>
<p class="${bad === 0 ? 'good' : 'bad'}">${number(bad)} unexplained differences in ${number(totals.cases)} cases.</p>
<table><tr><th>engine</th>${heads.map((key) => `<th>${key}</th>`).join('')}</tr>${rows.join('')}</table>
${missing.map(({ name, missing: how }) => `<p>${escaped(name)} is missing: ${escaped(how)}</p>`).join('\n')}
${totals.findings.map(findingSection).join('\n')}
<h2>Run</h2><pre>${escaped(closingText(campaign))}</pre>
</html>
`;
}
