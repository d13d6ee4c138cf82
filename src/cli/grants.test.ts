/** Tests of what the command line grants: names that objects take for something else, and folders that collide. */
import { describe, expect, test } from 'vitest';
import type { Arguments } from './command.ts';
import { environmentOf, preopensOf } from './grants.ts';

function given(name: string, values: readonly string[]): Arguments {
  return {
    flag: () => false,
    value: () => undefined,
    values: (asked) => (asked === name ? values : []),
    options: [],
    operands: [],
  };
}

describe('--env', () => {
  const cases: readonly (readonly [string, readonly string[], readonly (readonly [string, string])[]])[] = [
    ['a value', ['A=1'], [['A', '1']]],
    ['the last value counts', ['A=1', 'A=2'], [['A', '2']]],
    ['a value with =', ['A=b=c'], [['A', 'b=c']]],
    [
      'a name that objects know',
      ['__proto__=1', 'constructor=2'],
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
  ];
  test.each(cases)('%s', (_, values, expected) => {
    expect(Object.entries(environmentOf(given('env', values)))).toEqual(expected);
  });
});

describe('--dir', () => {
  const opened = (values: readonly string[]) => {
    const preopens = preopensOf(given('dir', values));
    for (const directory of Object.values(preopens)) directory.close();
    return Object.keys(preopens);
  };

  test.each(['__proto__', 'constructor', '/', 'ünï'])('under the name %s', (name) => {
    expect(opened([`.::${name}`])).toEqual([name]);
  });

  const refused: readonly (readonly [string, readonly string[], string])[] = [
    ['two folders of one name', ['.::/', 'src::/'], "two folders are granted as '/'"],
    ['a file', ['package.json'], "cannot grant 'package.json': it is no folder"],
    ['nothing', ['no such folder'], "cannot grant 'no such folder': there is no such folder"],
    ['an unknown mode', ['.::/::rw'], "option '--dir' does not take '.::/::rw'"],
  ];
  test.each(refused)('%s is refused', (_, values, message) => {
    expect(() => opened(values)).toThrow(message);
  });
});
