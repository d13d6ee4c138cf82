/** THE table of monitors: help, the command line and the documents read it. */

import { coverageMonitor } from './coverage.ts';
import { heatmapMonitor } from './heatmap.ts';
import { hotnessMonitor } from './hotness.ts';
import type { MonitorKind, MonitorOption } from './monitor.ts';
import { opcodesMonitor } from './opcodes.ts';
import { profileMonitor } from './profile.ts';
import { callsMonitor, instructionsMonitor } from './traces.ts';

export const monitorKinds: readonly MonitorKind[] = [
  callsMonitor,
  instructionsMonitor,
  coverageMonitor,
  hotnessMonitor,
  profileMonitor,
  heatmapMonitor,
  opcodesMonitor,
];

/** What `--monitor=help` shows. */
export function monitorHelp(): string {
  const lines: string[] = [];
  for (const { name, summary, formats, options } of monitorKinds) {
    lines.push(`${name.padEnd(14)}${summary}`);
    const rows = options.map((option) => [`${option.key}=${option.value}`, optionHelp(option)]);
    rows.push([`format=${formats.map((format) => format.name).join('|')}`, formatHelp(formats)]);
    for (const [left, help] of rows) lines.push(`  ${left!.padEnd(30)}${help}`.trimEnd());
  }
  lines.push('', 'out=FILE      every monitor: write there, not to standard error');
  return `${lines.join('\n')}\n`;
}

function optionHelp({ help, fallback }: MonitorOption): string {
  return typeof fallback === 'number' ? `${help} (${fallback} unless told)` : help;
}

function formatHelp(formats: MonitorKind['formats']): string {
  const withFile = formats.filter(({ needsFile }) => needsFile).map(({ name }) => name);
  return withFile.length === 0 ? '' : `${withFile.join(', ')}: with out=FILE`;
}
