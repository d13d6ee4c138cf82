/**
 * The fast code of a module's functions as an earlier process has kept it: read in place of being lowered, a function
 * at a time. How a body is written stands in lower/body-words.ts, where the words are kept in api/module-cache.ts.
 */
import type { Code, KeptBodies, LoweredBody, ModuleCode } from '../runtime/index.ts';
import { BodyWriter, bodyFromWords, bodyLength } from './lower/body-words.ts';

/** In place of where a function's body is: it was not lowered, or it was and cannot be kept. */
const NOT_LOWERED = 0;
const NOT_KEPT = -1;
/** What is not kept yet has to be so large a part of all. */
const WORTH_SHARE = 1 / 16;

export class KeptCode implements KeptBodies {
  /** Where each function's body is, then the bodies. */
  readonly words: Int32Array;

  constructor(words: Int32Array) {
    this.words = words;
  }

  body(code: Code): LoweredBody | undefined {
    const at = this.placeOf(code);
    return at > NOT_LOWERED ? bodyFromWords(code, this.words, at) : undefined;
  }

  placeOf({ funcidx, module }: Code): number {
    return this.words[funcidx - module.importedFuncs]!;
  }
}

/** What to keep of a module: what is kept already and what has been lowered since; `undefined` when that is little. */
export function codeToKeep(module: ModuleCode): Int32Array | undefined {
  const { codes } = module;
  const kept = module.kept instanceof KeptCode ? module.kept : undefined;
  const places = codes.map((code) => kept?.placeOf(code) ?? NOT_LOWERED);
  const keptCount = places.filter((place) => place !== NOT_LOWERED).length;
  const newCount = codes.filter((code, i) => places[i] === NOT_LOWERED && code.fast !== undefined).length;
  if (newCount === 0 || newCount < keptCount * WORTH_SHARE) return undefined;
  const writer = new BodyWriter();
  writer.append(Int32Array.from(places));
  const placesNow = codes.map((code, i) => placed(writer, code, places[i]!, kept));
  const { words } = writer;
  words.set(placesNow);
  return words;
}

/** Writes a function's body, and says where. */
function placed(writer: BodyWriter, code: Code, place: number, kept: KeptCode | undefined): number {
  const { length } = writer;
  if (kept !== undefined && place > NOT_LOWERED) {
    writer.append(kept.words.subarray(place, place + bodyLength(kept.words, place)));
    return length;
  }
  if (place === NOT_KEPT || code.fast === undefined) return place;
  return writer.body(code, code.fast) ? length : NOT_KEPT;
}
