/**
 * Keeps modules that were found valid, so that the next start need not decode and validate them again, and what
 * functions have been lowered to. Where the bytes are kept is the embedder's matter.
 *
 * An entry is used for the very bytes, features and version of Glassbox that it was made with, and only when its
 * own digest says that it is whole. Whoever can write entries can say that an invalid module is valid: a cache
 * belongs to those who run the guests.
 */
import { encodeUtf8 } from '../decoder/index.ts';
import { sha256 } from '../inspect/index.ts';
import { codeToKeep, KeptCode } from '../interpreter/index.ts';
import type { ModuleCode } from '../runtime/index.ts';
import type { FeatureSet, Module } from '../syntax/index.ts';
import { moduleFromWords, moduleToWords } from './module-words.ts';

/** Where entries are kept, by names of 64 hexadecimal digits. */
export interface ModuleCache {
  /** An entry's bytes; `undefined` when there is none. */
  read(key: string): Uint8Array | undefined;
  write(key: string, entry: Uint8Array): void;
  /** SHA-256 of the host's own, which is what makes a cache worth while; default: one in JavaScript. */
  digest?(bytes: Uint8Array): Uint8Array;
  /** Is told of an entry that is damaged. It is not used, and written anew. */
  warn?(message: string): void;
}

/** Put in by the build: the package's version and a digest of its sources. */
declare const BUILD_VERSION: string;
/** Whose decoded modules fit those of another program. */
export const buildVersion = typeof BUILD_VERSION === 'string' ? BUILD_VERSION : 'source';

/** Of the entries' form; to be counted up when module-words.ts or the interpreter's body-words.ts changes. */
const FORMAT = 2;
/** `gbm` and a byte that no text has. */
const MAGIC = 0x006d6267;
const DIGEST_BYTES = 32;
const WORD_BYTES = 4;
const HEADER_BYTES = WORD_BYTES + DIGEST_BYTES;

/** What there may be of a module: as decoded, and the code of functions that have run. */
type Part = 'module' | 'code';

/** A place of a cache: for bytes of a module, features, and who says that they are valid. */
export class CacheSlot {
  private readonly cache: ModuleCache;
  private readonly subject: string;

  constructor(cache: ModuleCache, bytes: Uint8Array, features: FeatureSet | undefined) {
    this.cache = cache;
    const featureText = features === undefined ? 'all' : [...features].sort().join(',');
    this.subject = [FORMAT, buildVersion, featureText, hex(this.digest(bytes))].join('\n');
  }

  /** The module of `bytes`; `undefined` when there is no entry, or a damaged one. */
  readModule(bytes: Uint8Array): Module | undefined {
    const words = this.read('module');
    return words && moduleFromWords(bytes, words);
  }

  /** Keeps a module that is valid. */
  writeModule(module: Module): void {
    this.write('module', moduleToWords(module));
  }

  readCode(): KeptCode | null {
    const words = this.read('code');
    return words === undefined ? null : new KeptCode(words);
  }

  /** Keeps what functions of a module have been lowered to, where that is worth while. */
  writeCode(code: ModuleCode): void {
    const words = codeToKeep(code);
    if (words !== undefined) this.write('code', words);
  }

  private digest(bytes: Uint8Array): Uint8Array {
    return this.cache.digest?.(bytes) ?? sha256(bytes);
  }

  private idOf(part: Part): Uint8Array {
    return this.digest(encodeUtf8(`${this.subject}\n${part}`));
  }

  private read(part: Part): Int32Array | undefined {
    const id = this.idOf(part);
    const key = hex(id);
    const entry = this.cache.read(key);
    if (entry === undefined) return undefined;
    const problem = this.problemOf(entry, id);
    if (problem === undefined) return wordsOf(entry.subarray(HEADER_BYTES, entry.length - DIGEST_BYTES));
    this.cache.warn?.(`the module cache's entry ${key} ${problem}; it is not used`);
    return undefined;
  }

  private problemOf(entry: Uint8Array, id: Uint8Array): string | undefined {
    const contentEnd = entry.length - DIGEST_BYTES;
    if (contentEnd < HEADER_BYTES || contentEnd % WORD_BYTES !== 0) return 'is cut off';
    if (!equal(this.digest(entry.subarray(0, contentEnd)), entry.subarray(contentEnd))) return 'is damaged';
    const isOurs =
      wordsOf(entry.subarray(0, WORD_BYTES))[0] === MAGIC && equal(id, entry.subarray(WORD_BYTES, HEADER_BYTES));
    return isOurs ? undefined : 'is that of another module or version';
  }

  private write(part: Part, words: Int32Array): void {
    const id = this.idOf(part);
    const contentEnd = HEADER_BYTES + words.byteLength;
    const entry = new Uint8Array(contentEnd + DIGEST_BYTES);
    entry.set(new Uint8Array(Int32Array.of(MAGIC).buffer));
    entry.set(id, WORD_BYTES);
    entry.set(new Uint8Array(words.buffer), HEADER_BYTES);
    entry.set(this.digest(entry.subarray(0, contentEnd)), contentEnd);
    this.cache.write(hex(id), entry);
  }
}

/** In a copy where the entry stands askew. Node's buffers have a `slice` that copies nothing. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset % WORD_BYTES === 0) return new Int32Array(buffer, byteOffset, byteLength / WORD_BYTES);
  return new Int32Array(new Uint8Array(bytes).buffer);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
