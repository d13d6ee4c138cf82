/** The option `-W`: features of WebAssembly switched as wasmtime does, `-W simd=n,threads=n`. */
import { type FeatureSet, type FeatureSwitches, featureNames, resolveFeatures, UsageError } from '../syntax/index.ts';
import type { Arguments, Option } from './command.ts';
import { usageFailure } from './failure.ts';
import { nearest } from './nearest.ts';

export const featureOption: Option = {
  name: 'wasm',
  short: 'W',
  value: 'NAME=y|n',
  multiple: true,
  help: "switch a feature on or off, as 'gc=n'; 'all-proposals=n' switches off all but the first release",
};

const switchNames = ['all-proposals', ...featureNames] as const;
const values: Readonly<Record<string, boolean>> = { y: true, yes: true, true: true, n: false, no: false, false: false };

/** What the options switch; `undefined` when they switch nothing. Later ones win. @throws {Failure} */
export function featureSwitches(args: Arguments): FeatureSwitches | undefined {
  const texts = args.values(featureOption.name).flatMap((value) => value.split(','));
  if (texts.length === 0) return undefined;
  const switches = Object.fromEntries(texts.map(parseSwitch)) as FeatureSwitches;
  resolved(switches);
  return switches;
}

function parseSwitch(text: string): [string, boolean] {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? true : values[text.slice(equals + 1)];
  if (!switchNames.some((known) => known === name)) {
    const meant = nearest(name, switchNames);
    const help = meant === undefined ? `there is: ${switchNames.join(', ')}` : `did you mean '${meant}'?`;
    throw usageFailure(`option '-W' knows no feature '${name}'`, help);
  }
  if (value === undefined) throw usageFailure(`option '-W' does not take '${text}'`, `write ${name}=y or ${name}=n`);
  return [name, value];
}

/** @throws {Failure} for switches that contradict each other */
export function resolved(switches: FeatureSwitches): FeatureSet {
  try {
    return resolveFeatures(switches);
  } catch (error) {
    if (error instanceof UsageError) throw usageFailure(`option '-W': ${error.message}`);
    throw error;
  }
}
