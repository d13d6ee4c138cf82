/** Source files and lines by a module's DWARF sections. */
export { LineTable, type SourceLine } from './line-table.ts';
