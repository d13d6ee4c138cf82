/** What `watch` and `last-write` are about: memory, a global, a local, a table's element, as the user writes it. */
import type { WatchSpec } from '../../api/index.ts';
import { Failure } from '../failure.ts';
import type { Debugger } from './debugger.ts';
import {
  addressOf,
  byteLengthOf,
  countOf,
  type Expression,
  parseExpression,
  type Value,
  valueIn,
} from './expression/index.ts';
import { hex } from './names.ts';

export interface Watched {
  readonly spec: WatchSpec;
  readonly text: string;
  readonly isLocal: boolean;
}

/** @throws {Failure} for what cannot be watched */
export function watchSpec(debug: Debugger, text: string): Watched {
  const range = /^\*\s*([^()]+|\(.*\))\s*:\s*(.+)$/.exec(text);
  if (range !== null) return memory(debug.evaluate(range[1]!), countOf(debug.evaluate(range[2]!), 'length'));
  const word = /^(local|global)\s+(\S+)$/.exec(text);
  if (word !== null) return named(debug, word[1] as 'local' | 'global', word[2]!);
  return ofExpression(debug, parseExpression(text), text);
}

function memory(address: Value, byteLength: number): Watched {
  const memidx = (address.kind === 'int' ? address.memory : undefined) ?? 0;
  const byteOffset = addressOf(address);
  const text = `*${hex(byteOffset)}:${byteLength}${memidx === 0 ? '' : ` of memory ${memidx}`}`;
  return { spec: { memory: memidx, byteOffset, byteLength }, text, isLocal: false };
}

function named(debug: Debugger, space: 'local' | 'global', word: string): Watched {
  const key = /^\d+$/.test(word) ? Number(word) : word.replace(/^\$/, '');
  if (debug.scope[space](key) === undefined) throw new Failure(`there is no ${space} '${word}' here`);
  if (space === 'global') return { spec: { global: key }, text: `global ${word}`, isLocal: false };
  return { spec: { local: key, frame: debug.frame }, text: `local ${word}`, isLocal: true };
}

function ofExpression(debug: Debugger, expression: Expression, text: string): Watched {
  const { scope } = debug;
  if (expression.kind === 'load') {
    return memory(valueIn(expression.address, scope), byteLengthOf(expression.type));
  }
  if (expression.kind === 'list' && expression.first.kind === 'load') {
    const count = countOf(valueIn(expression.count, scope), 'count');
    return memory(valueIn(expression.first.address, scope), count * byteLengthOf(expression.first.type));
  }
  if (expression.kind === 'name') {
    const key = expression.name.replace(/^\$/, '');
    return named(debug, scope.local(key) === undefined ? 'global' : 'local', expression.name);
  }
  if (expression.kind === 'place') {
    const [first, second] = expression.indices.map((index) => valueIn(index, scope));
    const { space } = expression;
    if (space === 'memory' && second !== undefined) {
      return memory(valueIn({ kind: 'address', of: expression }, scope), 1);
    }
    if (space === 'table' && second !== undefined) {
      const spec = { table: countOf(first!, 'index'), element: countOf(second, 'index') };
      return { spec, text: `table[${spec.table}][${spec.element}]`, isLocal: false };
    }
    if ((space === 'local' || space === 'global') && first !== undefined) {
      return named(debug, space, String(countOf(first, 'index')));
    }
  }
  throw new Failure(`'${text}' cannot be watched`, 'memory (*ADDR:LEN), $global, local NAME, table[N][I] can');
}
