/** Module → bytes. */
export { ByteWriter } from './byte-writer.ts';
export { encodeDecoded, writeInstruction } from './encode-decoded.ts';
export {
  type DataMode,
  type EncodableData,
  type EncodableElem,
  type EncodableFunc,
  type EncodableImport,
  type EncodableImportType,
  type EncodableModule,
  type EncodedModule,
  encodableData,
  encodeModule,
  type Placement,
} from './encode-module.ts';
export { type EncodableNames, encodeNames } from './encode-names.ts';
export type {
  Bound,
  EncodableLimits,
  EncodableMemoryType,
  EncodableTableType,
  Halves,
} from './encode-types.ts';
export {
  writeBlockType,
  writeCastTypes,
  writeCatches,
  writeLabels,
  writeMemarg,
  writeOpcode,
} from './instruction-writer.ts';
