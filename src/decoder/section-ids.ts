/**
 * Section ids and the order sections must stand in.
 *
 * @see https://webassembly.github.io/spec/core/binary/modules.html#sections
 */

/** Ids by the section's name. */
export const sectionIds = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  'data count': 12,
  tag: 13,
} as const;

export type SectionName = keyof typeof sectionIds;

/** The order in a module; custom sections may stand anywhere. Ids do not follow it: two were added later. */
export const sectionOrder = [
  'type',
  'import',
  'function',
  'table',
  'memory',
  'tag',
  'global',
  'export',
  'start',
  'element',
  'data count',
  'code',
  'data',
] as const satisfies readonly SectionName[];
