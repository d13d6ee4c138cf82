/** Bytes → Module. */
export { type CatchClause, InstructionReader } from './instruction-reader.ts';
export { Reader } from './reader.ts';
export { decodeUtf8, encodeUtf8 } from './utf8.ts';
