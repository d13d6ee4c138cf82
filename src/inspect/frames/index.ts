/** What a stopped guest shows: places in code, frames, variables, objects, memory. */
export { type Bits, ofRef, ZERO } from './bits.ts';
export {
  type Frame,
  type FramesOptions,
  frameCount,
  framesOf,
  HostFrame,
  LocalVariable,
  OperandVariable,
  refusalInFastCode,
  WasmFrame,
} from './frames.ts';
export { type ObjectKind, type ObjectView, objectView } from './gc-view.ts';
export { fromJs, rawReferences, toJs, type ValueBridge } from './js-values.ts';
export {
  findBytes,
  type HexRow,
  hexRows,
  type MemoryNumberType,
  readBytes,
  readNumber,
  readText,
  writeBytes,
  writeNumber,
} from './memory-view.ts';
export { ModuleView, viewOf } from './module-view.ts';
export { parseValue } from './parse-value.ts';
export {
  describePlace,
  instructionOffsets,
  type LabelKind,
  type LabelView,
  type LocalDescription,
  type OperandDescription,
  type PlaceDescription,
} from './place.ts';
export { globalAt, globalsOf, tableElementAt, tableElements } from './store-view.ts';
export { hostText, type TextBounds, valueText } from './values.ts';
export { type SetOptions, Variable } from './variable.ts';
