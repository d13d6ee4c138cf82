/** Every module of the official suites' scripts behaves the same raw and as differential testing prepares it. */
import { compareNormalised } from '../normalised.ts';
import { findSuites, scriptsOf, suites } from '../suites.ts';

export async function main(progress: (text: string) => void = () => {}): Promise<string> {
  const root = findSuites();
  if (root === undefined) throw new Error('the official suites are not here: npm run suites fetches them');
  const scripts = suites
    .filter(({ folder }) => !folder.includes('descriptors'))
    .flatMap((suite) => scriptsOf(root, suite))
    .filter((path) => path.endsWith('.wast'));
  const { modules, calls, differences } = await compareNormalised(root, scripts, progress);
  if (differences.length > 0) throw new Error(differences.join('\n'));
  return `${modules} modules, ${calls} calls in ${scripts.length} scripts`;
}
