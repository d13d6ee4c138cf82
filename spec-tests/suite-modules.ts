/** The modules of the official suites as binaries: material for round trips and fuzzing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ParseError } from '../src/syntax/index.ts';
import { type ModuleSource, parseScript } from '../src/text/index.ts';

export interface SuiteModule {
  /** `path:line`. */
  readonly name: string;
  readonly form: ModuleSource['form'];
  readonly bytes: Uint8Array;
}

/** Scripts below a folder of the suites' folder, without those of proposals that Glassbox does not have. */
function scriptsBelow(root: string, folder: string): string[] {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => path.endsWith('.wast') && !path.includes('custom-descriptors'))
    .sort()
    .map((path) => join(folder, path));
}

/** Every module that assembles, those of assertions that it is invalid or does not link included. */
export function suiteModules(root: string, folder = 'core'): SuiteModule[] {
  return scriptsBelow(root, folder).flatMap((path) =>
    parseScript(readFileSync(join(root, path), 'utf8')).flatMap((command) => {
      if (!('module' in command) || typeof command.module !== 'object') return [];
      const { form, position } = command.module;
      try {
        return [{ name: `${path}:${position.line}`, form, bytes: command.module.assemble().bytes }];
      } catch (error) {
        // Scripts assert of some that they do not assemble.
        if (error instanceof ParseError) return [];
        throw error;
      }
    }),
  );
}
