/** Values of a fiber's stack, and of host calls, as text. */
import { type Fiber, widthOf } from '../../interpreter/index.ts';
import type { HostArguments, Instance } from '../../runtime/index.ts';
import { isRef, V128, type ValType } from '../../syntax/index.ts';
import { valueText } from '../frames/values.ts';

const shown = { depth: 1, items: 4 } as const;

interface Words {
  readonly words: Int32Array;
  readonly refs: readonly unknown[];
}

function textsIn({ words, refs }: Words, at: number, types: readonly ValType[], instance: Instance): string[] {
  let word = at;
  return types.map((type) => {
    const start = word;
    word += widthOf(type);
    const isVector = type === V128;
    const bits = {
      lo: words[start]!,
      hi: words[start + 1]!,
      x2: isVector ? words[start + 2]! : 0,
      x3: isVector ? words[start + 3]! : 0,
      ref: isRef(type) ? refs[start >> 1] : null,
    };
    return valueText(type, bits, instance, shown);
  });
}

/** The values of `types` that stand one behind the other from word `at` of the value stack. */
export function valueTexts(t: Fiber, at: number, types: readonly ValType[], instance: Instance): string[] {
  return textsIn({ words: t.I, refs: t.R }, at, types, instance);
}

/** Arguments or results of a host function. */
export function hostValueTexts(args: HostArguments, types: readonly ValType[], instance: Instance): string[] {
  return textsIn(args, 0, types, instance);
}
