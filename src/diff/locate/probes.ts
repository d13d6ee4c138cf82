/**
 * Functions that tell of what instructions leave where nobody sees it until later: whether a segment is dropped. A
 * probe
 * traps when it is, and changes nothing. Each has a control, which does the same to a segment that was empty from the
 * start: where the controls of two engines differ, their probes tell nothing.
 */
import { heapTypeOf, I64, indexSpaces, isNullable, isRef, type Module, type ValType } from '../../syntax/index.ts';
import type { Code } from '../prepare/index.ts';

/** The export that tells globals and tables, as a prepared case has it. */
export const STATE_PROBE = 'probe state';

export interface SegmentProbe {
  readonly name: string;
  readonly kind: 'data' | 'elem';
  /** The segment's index. */
  readonly segment: number;
  /** Type of an element segment. */
  readonly type: ValType | undefined;
  readonly write: (code: Code, segment: number) => void;
}

const constant = (code: Code, is64: boolean) => (is64 ? code.i64(0, 0) : code.i32(0));

/** The name of a probe's control. */
export function controlOf({ name }: SegmentProbe): string {
  return `${name} control`;
}

/**
 * A probe for each segment that is not empty: nothing, taken from its second item on, is beyond the end of one that is
 * dropped.
 */
export function segmentProbes(module: Module): SegmentProbe[] {
  return [...dataProbes(module), ...elemProbes(module)];
}

function dataProbes(module: Module): SegmentProbe[] {
  const { memories } = indexSpaces(module);
  const bytes = module.types.findIndex(({ comp }) => comp.kind === 'array' && !isRef(comp.field.storage));
  return module.datas.flatMap(({ content }, i): SegmentProbe[] => {
    if (content.byteLength === 0 || (memories.length === 0 && bytes < 0)) return [];
    const write = (code: Code, segment: number) => {
      if (memories.length > 0) {
        constant(code, memories[0]!.address === I64)
          .i32(1)
          .i32(0)
          .at('memory.init', segment);
        code.out.u32(0);
        return;
      }
      code.i32(1).i32(0).at('array.new_data', bytes);
      code.out.u32(segment);
      code.op('drop');
    };
    return [{ name: `probe data ${i}`, kind: 'data', segment: i, type: undefined, write }];
  });
}

/** Can what has one type be where the other is declared? Of references it is enough that they differ in null. */
function holds(declared: ValType, type: ValType): boolean {
  if (declared === type) return true;
  return isRef(declared) && isNullable(declared) && heapTypeOf(declared) === heapTypeOf(type);
}

function elemProbes(module: Module): SegmentProbe[] {
  const { tables } = indexSpaces(module);
  return module.elems.flatMap(({ type, items }, i): SegmentProbe[] => {
    const count = items.kind === 'expr' ? items.exprs.length : items.indices.length;
    const tableidx = tables.findIndex(({ element }) => holds(element, type));
    const arrays = module.types.findIndex(({ comp }) => comp.kind === 'array' && holds(comp.field.storage, type));
    if (count === 0 || (tableidx < 0 && arrays < 0)) return [];
    const write = (code: Code, segment: number) => {
      if (tableidx >= 0) {
        constant(code, tables[tableidx]!.address === I64)
          .i32(1)
          .i32(0)
          .at('table.init', segment);
        code.out.u32(tableidx);
        return;
      }
      code.i32(1).i32(0).at('array.new_elem', arrays);
      code.out.u32(segment);
      code.op('drop');
    };
    return [{ name: `probe elem ${i}`, kind: 'elem', segment: i, type, write }];
  });
}
