/**
 * Refuses modules for every reason there is: the official suites' invalid and malformed ones where they are
 * at hand, and our own table of what those leave out. Malformed custom sections count as refused, although
 * a module is not refused for them.
 */
import { decodeModule } from '../../src/decoder/index.ts';
import { type FeatureSwitches, GlassboxError, resolveFeatures } from '../../src/syntax/index.ts';
import { customProblems, validateModule } from '../../src/validator/index.ts';
import { suiteModules } from '../suite-modules.ts';
import { invalidModules } from './invalid-modules.ts';
import { ReachedSites, type RefusalSite, refusalSites } from './refusal-sites.ts';

export interface RefusalReport {
  readonly sites: readonly (RefusalSite & { readonly count: number })[];
  /** Modules that were refused. */
  readonly refused: number;
}

/** Why a module is refused: an error, or what is wrong with a custom section. `undefined`: it is not. */
export function refusalOf(bytes: Uint8Array, features?: FeatureSwitches): GlassboxError | string | undefined {
  try {
    const module = decodeModule(bytes);
    validateModule(module, features && resolveFeatures(features));
    return customProblems(module)[0]?.reason;
  } catch (error) {
    if (error instanceof GlassboxError) return error;
    throw error;
  }
}

/**
 * Refuses everything and reports how often each place refused.
 *
 * @param root the project's folder
 * @param suites the folder of the official suites
 */
export function reportRefusals(root: string, suites: string): RefusalReport {
  const sites = refusalSites(root);
  const reached = new ReachedSites(sites);
  let refused = 0;
  const note = (refusal: GlassboxError | string | undefined) => {
    if (refusal === undefined) return;
    refused++;
    if (typeof refusal === 'string') reached.noteReason(refusal);
    else reached.noteError(refusal);
  };
  for (const { bytes, features } of invalidModules) note(refusalOf(bytes(), features));
  for (const { bytes } of suiteModules(suites)) note(refusalOf(bytes));
  return { sites: sites.map((site) => ({ ...site, count: reached.counts.get(site.place) ?? 0 })), refused };
}
