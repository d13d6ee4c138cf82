/**
 * The places in decoder and validator that refuse a module, found in their sources, and which of them the
 * stacks of thrown errors show to be reached. What a place's condition should be is not judged here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Source folders whose refusals are counted. */
export const refusingFolders = ['src/decoder', 'src/validator'] as const;

export interface RefusalSite {
  /** `folder/file.ts:line`, relative to the project. */
  readonly place: string;
  readonly text: string;
}

const refusal = /\b(fail|failMalformed|failOperands)\(|new (Decode|Validation|FeatureOff)Error\(/;
/** Where a method that refuses is declared, and where it throws for all of its callers. */
const declaration =
  /^\s*(private |export )?(function )?(fail|failMalformed|failOperands)\(.*(never|\{)( \{)?$|Error\(reason, /;

/** All places, file by file. `root` is the project's folder. */
export function refusalSites(root: string): RefusalSite[] {
  return refusingFolders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap((file) => sitesOf(`${folder}/${file}`, readFileSync(join(root, folder, file), 'utf8'))),
  );
}

function sitesOf(file: string, source: string): RefusalSite[] {
  return source.split('\n').flatMap((text, i) => {
    const isSite = refusal.test(text) && !declaration.test(text) && !/^\s*(\*|\/\/|\/\*)/.test(text);
    return isSite ? [{ place: `${file}:${i + 1}`, text: text.trim() }] : [];
  });
}

const frame = /^\s*at (?:(\S+) )?.*?(src\/(?:decoder|validator)\/[\w-]+\.ts):(\d+)/;
const refusing = /\b(fail|failMalformed|failOperands)$/;

/** Files whose errors are caught where they arise, so that only their words tell the place. */
const caughtFiles = /(name-section|branch-hints)\.ts:/;

/** Matches what a place says; `undefined` when its text does not begin on the same line. */
function wordsOf({ text }: RefusalSite): RegExp | undefined {
  const words = /fail\((['`])(.*?)\1/.exec(text)?.[2];
  if (words === undefined) return undefined;
  const parts = words.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('.*'));
}

/** Counts the refusals of each place. */
export class ReachedSites {
  readonly counts = new Map<string, number>();
  private readonly caught: readonly (readonly [place: string, words: RegExp])[];

  constructor(sites: readonly RefusalSite[]) {
    this.caught = sites.flatMap((site) => {
      const words = caughtFiles.test(site.place) ? wordsOf(site) : undefined;
      return words === undefined ? [] : [[site.place, words] as const];
    });
  }

  /** The innermost frame that is not of a method that refuses for others is the place; the others count too. */
  noteError(error: Error): void {
    for (const text of (error.stack ?? '').split('\n')) {
      const [isFrame, name = '', file, line] = frame.exec(text) ?? [];
      if (isFrame === undefined) continue;
      this.count(`${file}:${line}`);
      if (!refusing.test(name)) return;
    }
  }

  /** Places that say the same words count together. */
  noteReason(reason: string): void {
    for (const [place, words] of this.caught) if (words.test(reason)) this.count(place);
  }

  private count(place: string): void {
    this.counts.set(place, (this.counts.get(place) ?? 0) + 1);
  }
}
