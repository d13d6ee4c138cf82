/**
 * Functions that tell of what instructions leave where nobody sees it until later: whether a segment is dropped, which
 * functions a table has. A probe
 * traps when it is, and changes nothing. Each has a control, which does the same to a segment that was empty from the
 * start: where the controls of two engines differ, their probes tell nothing.
 */
import {
  abstractHeapTypes,
  type FuncType,
  heapTypeOf,
  I64,
  indexSpaces,
  isConcrete,
  isDefaultable,
  isNullable,
  isRef,
  type Module,
  typeidxOf,
  type ValType,
} from '../../syntax/index.ts';
import { type Code, pushNumber } from '../prepare/index.ts';

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

/** Elements of a table that are called. */
const CALLED_ELEMENTS = 12;
/** Types that they are called by. */
const CALLED_TYPES = 6;

/** A call of a table's elements by a type, to see which functions they are: each ends where it begins. */
export interface ElementProbe {
  readonly name: string;
  readonly tableidx: number;
  /** Indices of elements to call. */
  readonly elements: readonly number[];
  /** The body of a function that takes an index as an i64. */
  readonly write: (code: Code) => void;
}

/** The export that gives the function entered last, and forgets it. */
export const WHO = 'probe who';

/** A probe for each table of functions and each of their types whose arguments can be made up. */
export function elementProbes(module: Module): ElementProbe[] {
  const { funcs, tables } = indexSpaces(module);
  const types = [...new Set(funcs)].filter((typeidx) => paramsOf(module, typeidx).every(isDefaultable));
  return tables.flatMap(({ element, address, limits }, tableidx): ElementProbe[] => {
    const heap = heapTypeOf(element);
    const isFunc = isConcrete(heap)
      ? module.types[typeidxOf(heap)]!.comp.kind === 'func'
      : heap === abstractHeapTypes.func;
    if (!isFunc) return [];
    const elements = Array.from({ length: Math.min(limits.min, CALLED_ELEMENTS) }, (_, i) => i);
    return types.slice(0, CALLED_TYPES).map((typeidx) => {
      const write = (code: Code) => {
        for (const type of paramsOf(module, typeidx)) pushDefault(code, type);
        code.at('local.get', 0);
        if (address !== I64) code.op('i32.wrap_i64');
        code.at('call_indirect', typeidx).out.u32(tableidx);
        for (const _ of resultsOf(module, typeidx)) code.op('drop');
      };
      return { name: `probe element ${tableidx} ${typeidx}`, tableidx, elements, write };
    });
  });
}

function paramsOf(module: Module, typeidx: number): readonly ValType[] {
  return (module.types[typeidx]!.comp as FuncType).params;
}

function resultsOf(module: Module, typeidx: number): readonly ValType[] {
  return (module.types[typeidx]!.comp as FuncType).results;
}

function pushDefault(code: Code, type: ValType): void {
  if (isRef(type)) code.heap('ref.null', heapTypeOf(type));
  else pushNumber(code, type, '0'.repeat(32));
}

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
  return module.datas.flatMap(({ contentLength }, i): SegmentProbe[] => {
    if (contentLength === 0 || (memories.length === 0 && bytes < 0)) return [];
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
