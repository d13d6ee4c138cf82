/**
 * A call tree in speedscope's file format, as one evented profile: opening and closing frames take space
 * linear in the tree, however deep the stacks.
 *
 * @see https://github.com/jlfwong/speedscope/blob/main/src/lib/file-format-spec.ts
 */
import type { CallTree } from './call-tree.ts';

interface SpeedscopeEvent {
  readonly type: 'O' | 'C';
  readonly frame: number;
  readonly at: number;
}

export interface SpeedscopeFile {
  readonly $schema: 'https://www.speedscope.app/file-format-schema.json';
  readonly shared: { readonly frames: readonly { readonly name: string }[] };
  readonly profiles: readonly {
    readonly type: 'evented';
    readonly name: string;
    readonly unit: 'none' | 'milliseconds';
    readonly startValue: number;
    readonly endValue: number;
    readonly events: readonly SpeedscopeEvent[];
  }[];
  readonly name: string;
  readonly activeProfileIndex: number;
  readonly exporter: string;
}

/**
 * @param unit what the tree weighs: `none` for instructions
 * @param nameOf a function's name
 */
export function speedscopeFile(
  tree: CallTree,
  title: string,
  unit: 'none' | 'milliseconds',
  nameOf: (funcidx: number) => string,
): SpeedscopeFile {
  const frames: { name: string }[] = [];
  const frameByFunc = new Map<number, number>();
  const frameOf = (node: number): number => {
    const funcidx = tree.funcidxs[node]!;
    let frame = frameByFunc.get(funcidx);
    if (frame === undefined) {
      frame = frames.push({ name: nameOf(funcidx) }) - 1;
      frameByFunc.set(funcidx, frame);
    }
    return frame;
  };
  const events: SpeedscopeEvent[] = [];
  let at = 0;
  tree.walk(
    (node) => {
      events.push({ type: 'O', frame: frameOf(node), at });
      at += tree.selfs[node]!;
    },
    (node) => events.push({ type: 'C', frame: frameOf(node), at }),
  );
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    shared: { frames },
    profiles: [{ type: 'evented', name: title, unit, startValue: 0, endValue: at, events }],
    name: title,
    activeProfileIndex: 0,
    exporter: 'glassbox',
  };
}
