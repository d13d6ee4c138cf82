/** The custom sections of a module that hold DWARF, by name. */
import { type ByteRange, DecodeError, type Module } from '../../syntax/index.ts';
import { DwarfReader } from './dwarf-reader.ts';

export type DwarfSectionName = '.debug_line' | '.debug_line_str' | '.debug_str' | '.debug_info' | '.debug_abbrev';

export class DwarfSections {
  private readonly bytes: Uint8Array;
  private readonly ranges = new Map<string, ByteRange>();

  constructor(module: Module) {
    this.bytes = module.bytes;
    // Of several sections of a name the first counts.
    for (const { name, content } of module.customs) if (!this.ranges.has(name)) this.ranges.set(name, content);
  }

  has(name: DwarfSectionName): boolean {
    return this.ranges.has(name);
  }

  byteLength(name: DwarfSectionName): number {
    return this.ranges.get(name)?.byteLength ?? 0;
  }

  /** A reader of a section from `offset`, counted from the section's start. @throws {DecodeError} beyond its end */
  reader(name: DwarfSectionName, offset = 0): DwarfReader {
    const range = this.ranges.get(name);
    if (range === undefined) throw new DecodeError(`the module has no ${name} section`, 0);
    const end = range.byteOffset + range.byteLength;
    if (!(offset <= range.byteLength)) throw new DecodeError(`${name} ends before offset ${offset}`, end);
    return new DwarfReader(this.bytes, range.byteOffset + offset, end);
  }

  /** Where in its section a reader stands. */
  offsetIn(name: DwarfSectionName, reader: DwarfReader): number {
    return reader.offset - this.ranges.get(name)!.byteOffset;
  }
}
