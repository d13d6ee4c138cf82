/**
 * Scripts (.wast): modules, actions and assertions, as the specification's test suite writes them.
 *
 * Modules are assembled when asked for, so that one that is not well-formed, as assertions want it,
 * does not fail the script. Nothing is run here. Components are recognised and left opaque.
 *
 * @see https://github.com/WebAssembly/spec/tree/main/interpreter#scripts
 */
import { decodeUtf8 } from '../decoder/index.ts';
import { ParseError, type TextPosition } from '../syntax/index.ts';
import { Cursor } from './cursor.ts';
import { type Tokens, token, tokenize } from './lexer.ts';
import { type ParsedModule, parseModule, parseModuleTokens, stringBytes } from './parse-module.ts';
import {
  parseResultPattern,
  parseScriptConst,
  type ResultPattern,
  type ScriptConst,
  startsConst,
} from './script-values.ts';
import { SourceMap } from './source-map.ts';

/** A module of a script, as text, as strings of bytes, or as strings of text. */
export interface ModuleSource {
  readonly form: 'text' | 'binary' | 'quote';
  /** Its identifier, without `$`. */
  readonly id: string | undefined;
  readonly position: TextPosition;
  /** Where it stands in the script, from its parenthesis on, as offsets in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /**
   * Its binary. Of `binary` form the bytes come as they are, decoded by nobody.
   *
   * @throws {ParseError} where its text is not well-formed; positions in a `quote` count in the quoted text
   */
  assemble(): ParsedModule;
}

/** `module` names an instance by its identifier; absent: the latest. */
export type ScriptAction =
  | {
      readonly kind: 'invoke';
      readonly module: string | undefined;
      readonly name: string;
      readonly args: readonly ScriptConst[];
      readonly position: TextPosition;
    }
  | {
      readonly kind: 'get';
      readonly module: string | undefined;
      readonly name: string;
      readonly position: TextPosition;
    };

type Command =
  /** Define and instantiate. */
  | { readonly kind: 'module'; readonly module: ModuleSource }
  /** `(module definition …)`: define only. */
  | { readonly kind: 'definition'; readonly module: ModuleSource }
  /** `(module instance $id? $definition?)`: instantiate a definition, or the latest. */
  | { readonly kind: 'instance'; readonly id: string | undefined; readonly definition: string | undefined }
  | { readonly kind: 'register'; readonly name: string; readonly module: string | undefined }
  | { readonly kind: 'action'; readonly action: ScriptAction }
  | { readonly kind: 'assert_return'; readonly action: ScriptAction; readonly results: readonly ResultPattern[] }
  | {
      /** Of an action, or of a module whose instantiation fails. */
      readonly kind: 'assert_trap' | 'assert_exhaustion' | 'assert_exception' | 'assert_suspension';
      readonly action: ScriptAction | undefined;
      readonly module: ModuleSource | undefined;
      /** Absent for `assert_exception`. */
      readonly message: string | undefined;
    }
  | {
      readonly kind:
        | 'assert_malformed'
        | 'assert_invalid'
        | 'assert_unlinkable'
        | 'assert_malformed_custom'
        | 'assert_invalid_custom';
      readonly module: ModuleSource;
      readonly message: string;
    }
  /** A thread with its own instances; `shared` names those it sees. */
  | {
      readonly kind: 'thread';
      readonly id: string | undefined;
      readonly shared: readonly string[];
      readonly commands: readonly ScriptCommand[];
    }
  | { readonly kind: 'wait'; readonly thread: string | undefined }
  /** A component, or an assertion about one; `form` is the command's keyword. */
  | { readonly kind: 'component'; readonly form: string; readonly text: string };

export type ScriptCommand = Command & { readonly position: TextPosition };

/**
 * Reads a script, or a plain module as a script of one command.
 *
 * @throws {ParseError} where the script itself (not a module in it) is not well-formed
 */
export function parseScript(source: string): ScriptCommand[] {
  const tokens = tokenize(source);
  const cursor = new Cursor(tokens);
  if (isPlainModule(cursor)) return [plainModule(tokens, cursor)];
  return new ScriptParser(cursor).commands();
}

/** Keywords of module fields: a script that begins with one is a module without `(module …)`. */
const fieldKeywords: ReadonlySet<string> = new Set([
  'type',
  'rec',
  'import',
  'func',
  'table',
  'memory',
  'global',
  'tag',
  'export',
  'start',
  'elem',
  'data',
]);

function isPlainModule(cursor: Cursor): boolean {
  return fieldKeywords.has(cursor.head);
}

function plainModule(tokens: Tokens, cursor: Cursor): ScriptCommand {
  const position = tokens.positionOf(0);
  const assemble = () => parseModuleTokens(tokens, 0, cursor.end);
  const range = { start: 0, end: tokens.source.length };
  return { kind: 'module', module: { form: 'text', id: undefined, position, ...range, assemble }, position };
}

const assertionsOfModules: ReadonlySet<string> = new Set([
  'assert_malformed',
  'assert_invalid',
  'assert_unlinkable',
  'assert_malformed_custom',
  'assert_invalid_custom',
]);
const assertionsOfFaults: ReadonlySet<string> = new Set([
  'assert_trap',
  'assert_exhaustion',
  'assert_exception',
  'assert_suspension',
]);

const MAX_THREAD_DEPTH = 100;

class ScriptParser {
  private readonly cursor: Cursor;
  private readonly tokens: Tokens;
  /** Threads around these commands. */
  private readonly threadDepth: number;

  constructor(cursor: Cursor, threadDepth = 0) {
    this.threadDepth = threadDepth;
    this.cursor = cursor;
    this.tokens = cursor.tokens;
  }

  /** Commands up to a closing parenthesis or the end of the text. */
  commands(): ScriptCommand[] {
    const cursor: Cursor = this.cursor;
    const commands: ScriptCommand[] = [];
    while (cursor.kind === token.open) {
      const position = this.tokens.positionOf(cursor.at);
      commands.push({ ...this.command(), position });
    }
    if (cursor.end === this.tokens.count - 1 && cursor.kind !== token.end) cursor.unexpected('(');
    return commands;
  }

  private command(): Command {
    const cursor: Cursor = this.cursor;
    const { head } = cursor;
    if (head === 'component' || this.isComponentAssertion(head)) return this.component(head);
    if (head === 'module') return this.module();
    if (head === 'invoke' || head === 'get') return { kind: 'action', action: this.action() };
    const open = cursor.at;
    cursor.open();
    cursor.at++;
    const command = this.commandAfter(head, open);
    cursor.close();
    return command;
  }

  private commandAfter(head: string, open: number): Command {
    const cursor: Cursor = this.cursor;
    if (head === 'register') return { kind: 'register', name: cursor.name(), module: cursor.acceptId() };
    if (head === 'assert_return') return { kind: head, action: this.action(), results: this.results() };
    if (assertionsOfModules.has(head)) {
      const kind = head as 'assert_malformed';
      return { kind, module: this.moduleSource(), message: cursor.name() };
    }
    if (assertionsOfFaults.has(head)) return this.faultAssertion(head as 'assert_trap');
    if (head === 'thread') return this.thread(cursor.after(open) - 1);
    if (head === 'wait') return { kind: 'wait', thread: cursor.acceptId() };
    cursor.at = open + 1;
    return cursor.unexpected('a command');
  }

  private faultAssertion(
    kind: 'assert_trap' | 'assert_exhaustion' | 'assert_exception' | 'assert_suspension',
  ): Command {
    const { cursor } = this;
    const isModule = cursor.head === 'module';
    const module = isModule ? this.moduleSource() : undefined;
    const action = isModule ? undefined : this.action();
    return { kind, module, action, message: cursor.kind === token.string ? cursor.name() : undefined };
  }

  private results(): ResultPattern[] {
    const results: ResultPattern[] = [];
    while (startsConst(this.cursor)) results.push(parseResultPattern(this.cursor));
    return results;
  }

  private action(): ScriptAction {
    const cursor: Cursor = this.cursor;
    const position = this.tokens.positionOf(cursor.at);
    const { head } = cursor;
    if (head !== 'invoke' && head !== 'get') {
      if (cursor.kind === token.open) cursor.at++;
      return cursor.unexpected('(invoke or (get');
    }
    cursor.at += 2;
    const module = cursor.acceptId();
    const name = cursor.name();
    const args: ScriptConst[] = [];
    while (head === 'invoke' && cursor.kind === token.open) args.push(parseScriptConst(cursor));
    cursor.close();
    return head === 'invoke' ? { kind: head, module, name, args, position } : { kind: head, module, name, position };
  }

  private module(): Command {
    const cursor: Cursor = this.cursor;
    const open = cursor.at;
    cursor.at += 2;
    if (cursor.accept('instance')) {
      const id = cursor.acceptId();
      const definition = cursor.acceptId();
      cursor.close();
      return { kind: 'instance', id, definition };
    }
    const isDefinition = cursor.isKeyword('definition');
    cursor.at = open;
    return { kind: isDefinition ? 'definition' : 'module', module: this.moduleSource() };
  }

  /** `(module …)`; the cursor goes behind it, whatever is inside. */
  private moduleSource(): ModuleSource {
    const cursor: Cursor = this.cursor;
    const { tokens } = this;
    const open = cursor.at;
    const position = tokens.positionOf(open);
    cursor.expectOpen('module');
    cursor.accept('definition');
    const id = cursor.acceptId();
    const form = cursor.accept('binary') ? 'binary' : cursor.accept('quote') ? 'quote' : 'text';
    const first = cursor.at;
    const end = cursor.after(open);
    cursor.at = end;
    if (tokens.kinds[end - 1] !== token.close) cursor.unexpected(')');
    const place = { id, position, start: position.offset, end: tokens.ends[end - 1]! };
    if (form === 'text') return { form, ...place, assemble: () => parseModuleTokens(tokens, open, end, true) };
    const strings = () => stringsBetween(tokens, first, end - 1);
    const assemble =
      form === 'binary' ? () => rawModule(strings(), id) : () => quotedModule(tokens, first, end - 1, id);
    return { form, ...place, assemble };
  }

  private thread(end: number): Command {
    const cursor: Cursor = this.cursor;
    if (this.threadDepth >= MAX_THREAD_DEPTH) cursor.fail(`threads nest deeper than ${MAX_THREAD_DEPTH}`);
    const id = cursor.acceptId();
    const shared: string[] = [];
    while (cursor.acceptOpen('shared')) {
      cursor.expectOpen('module');
      const module = cursor.acceptId();
      if (module === undefined) cursor.unexpected('a module identifier');
      shared.push(module);
      cursor.close();
      cursor.close();
    }
    const inner = new Cursor(this.tokens, cursor.at, end);
    const commands = new ScriptParser(inner, this.threadDepth + 1).commands();
    cursor.at = inner.at;
    return { kind: 'thread', id, shared, commands };
  }

  private isComponentAssertion(head: string): boolean {
    if (!head.startsWith('assert_')) return false;
    const { cursor, tokens } = this;
    const inner = new Cursor(tokens, cursor.at + 2, cursor.end);
    return inner.head === 'component';
  }

  private component(form: string): Command {
    const { cursor, tokens } = this;
    const open = cursor.at;
    cursor.at = cursor.after(open);
    const text = tokens.source.slice(tokens.starts[open], tokens.ends[cursor.at - 1]);
    return { kind: 'component', form, text };
  }
}

function stringsBetween(tokens: Tokens, from: number, to: number): Uint8Array {
  const cursor = new Cursor(tokens, from, to);
  const bytes = stringBytes(cursor);
  if (cursor.kind !== token.end) cursor.unexpected('a string');
  return bytes;
}

function rawModule(bytes: Uint8Array, name: string | undefined): ParsedModule {
  const empty = new Uint32Array(0);
  return { bytes, sourceMap: new SourceMap(empty, empty, Uint32Array.of(0)), name };
}

/** Assembles quoted text: the strings' bytes, one string a line. */
function quotedModule(tokens: Tokens, from: number, to: number, name: string | undefined): ParsedModule {
  const lines: string[] = [];
  for (let at = from; at < to; at++) {
    const bytes = stringsBetween(tokens, at, at + 1);
    const line = decodeUtf8(bytes, 0, bytes.length);
    if (line === undefined) throw new ParseError('malformed UTF-8 encoding', tokens.positionOf(at));
    lines.push(line);
  }
  const { bytes, sourceMap } = parseModule(lines.join('\n'));
  return { bytes, sourceMap, name };
}
