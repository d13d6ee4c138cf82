/** The programs that come with the page. */
import collatz from '../examples/collatz.wat';
import exceptions from '../examples/exceptions.wat';
import factorial from '../examples/factorial.wat';
import hello from '../examples/hello.wat';
import list from '../examples/list.wat';
import sieve from '../examples/sieve.wat';
import text from '../examples/text.wat';

export interface Example {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  /** Arguments of the function that is called, as they are typed. */
  readonly args: readonly string[];
}

export const examples: readonly Example[] = [
  { id: 'factorial', title: 'Factorial, recursive', source: factorial, args: ['5'] },
  { id: 'sieve', title: 'Sieve of Eratosthenes', source: sieve, args: ['50'] },
  { id: 'text', title: 'A text in memory', source: text, args: [] },
  { id: 'list', title: 'A list on the garbage-collected heap', source: list, args: ['4'] },
  { id: 'exceptions', title: 'Exceptions', source: exceptions, args: ['123'] },
  { id: 'hello', title: 'Hello, WASI', source: hello, args: [] },
  { id: 'collatz', title: 'Collatz: a long run', source: collatz, args: ['300'] },
];
