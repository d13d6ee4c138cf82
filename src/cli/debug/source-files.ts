/** Source files that DWARF names, when they are on this machine: where they say, or beside the module. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Larger files are not somebody's source. */
const MAX_BYTES = 16 * 1024 * 1024;

export class SourceFiles {
  private readonly folders: string[];
  private readonly known = new Map<string, readonly string[] | undefined>();

  constructor(modulePath: string) {
    this.folders = [dirname(modulePath), '.'];
  }

  /** Looks there, too, before all others. */
  addFolder(folder: string): void {
    this.folders.unshift(folder);
    this.known.clear();
  }

  /** A line of a file, from 1; `undefined` when the file is not here. */
  line(path: string, line: number): string | undefined {
    return this.lines(path)?.[line - 1];
  }

  /** 0 when the file is not here. */
  lineCount(path: string): number {
    return this.lines(path)?.length ?? 0;
  }

  private lines(path: string): readonly string[] | undefined {
    if (!this.known.has(path)) this.known.set(path, this.read(path));
    return this.known.get(path);
  }

  private read(path: string): readonly string[] | undefined {
    const tails = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
    const places = [path, ...this.folders.flatMap((folder) => [join(folder, ...tails), join(folder, basename(path))])];
    const found = places.find((place) => existsSync(place));
    if (found === undefined) return undefined;
    const { size } = statSync(found);
    if (!statSync(found).isFile() || size > MAX_BYTES) return undefined;
    return readFileSync(found, 'utf8').split(/\r\n|\n|\r/);
  }
}
