/**
 * Paths of source files: names and directories put together, each path once in the module. Names are read when
 * a row first needs them.
 */
import { DecodeError, type Module } from '../../syntax/index.ts';
import { compileDirectories } from './compile-units.ts';
import { DwarfReader } from './dwarf-reader.ts';
import type { StringPlace } from './forms.ts';
import type { LineHeader } from './line-header.ts';
import type { DwarfSections } from './sections.ts';

/** What stands for a file that the tables do not name. */
const UNKNOWN = '<unknown>';
/** Characters of all names: sections made to be large name long strings again and again. */
const MAX_CHARACTERS = 2 ** 26;

export class FileNames {
  readonly paths: string[] = [];
  problem: string | undefined;
  private readonly bytes: Uint8Array;
  private readonly sections: DwarfSections;
  private readonly numbers = new Map<string, number>();
  private directories: ReadonlyMap<number, StringPlace> | undefined;
  private charactersLeft = MAX_CHARACTERS;

  constructor(module: Module, sections: DwarfSections) {
    this.bytes = module.bytes;
    this.sections = sections;
  }

  /** Gives the files of a unit, which begins at `unitOffset` of `.debug_line`, numbers in `paths`. */
  ofUnit(unitOffset: number, header: LineHeader): (file: number) => number {
    const known = new Map<number, number>();
    return (file) => {
      let number = known.get(file);
      if (number === undefined) {
        number = this.numberOf(this.pathOf(unitOffset, header, file));
        known.set(file, number);
      }
      return number;
    };
  }

  private numberOf(path: string): number {
    let number = this.numbers.get(path);
    if (number === undefined) {
      number = this.paths.length;
      this.paths.push(path);
      this.numbers.set(path, number);
    }
    return number;
  }

  private pathOf(unitOffset: number, header: LineHeader, file: number): string {
    const entry = header.files[file];
    if (entry === undefined || (header.version < 5 && file === 0)) return UNKNOWN;
    const name = this.text(entry.name);
    if (name === '') return UNKNOWN;
    const { directories } = header;
    const root = header.version >= 5 ? directories[0] : this.compileDirectory(unitOffset);
    const directory = entry.directory === 0 ? undefined : directories[entry.directory];
    return [root, directory].reduceRight((path, place) => {
      return place === undefined || isAbsolute(path) ? path : join(this.text(place), path);
    }, name);
  }

  private compileDirectory(unitOffset: number): StringPlace | undefined {
    if (this.directories === undefined) {
      this.directories = new Map();
      this.guarded(() => {
        this.directories = compileDirectories(this.sections);
      });
    }
    return this.directories.get(unitOffset);
  }

  private text(place: StringPlace): string {
    let text = '';
    this.guarded(() => {
      const reader =
        place.kind === 'here'
          ? new DwarfReader(this.bytes, place.byteOffset)
          : this.sections.reader(place.section, place.offset);
      if (this.charactersLeft <= 0) reader.fail('names of too many characters');
      text = reader.stringAt(reader.offset);
      this.charactersLeft -= text.length;
    });
    return text;
  }

  private guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.problem ??= error.message;
    }
  }
}

/** From the root of a file system, a drive or a scheme. */
function isAbsolute(path: string): boolean {
  return /^(?:[/\\]|[A-Za-z]:[/\\]|[A-Za-z][\w+.-]*:\/\/)/.test(path);
}

function join(directory: string, path: string): string {
  if (directory === '' || directory === '.') return path;
  return directory.endsWith('/') ? directory + path : `${directory}/${path}`;
}
