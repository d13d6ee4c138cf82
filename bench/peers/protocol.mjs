/**
 * How a peer talks with the benchmark: JSON lines in, JSON lines out, one answer for each question.
 *
 *   {"load": "file.wasm"}   → {"ok": true}
 *   {"run": 34}             → {"ms": 12.5, "result": "5702887"}      the time of one call of the export `run`
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * Answers questions until standard input ends.
 *
 * @param {(bytes: Uint8Array<ArrayBuffer>) => ((n: number) => unknown) | Promise<(n: number) => unknown>} load
 *   instantiates a module; gives its `run`
 * @param {() => Record<string, unknown>} [facts] what else is known of the last call
 */
export async function serve(load, facts = () => ({})) {
  /** @type {(n: number) => unknown} */
  let run = () => undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line);
    let answer;
    try {
      if (question.load !== undefined) {
        run = await load(new Uint8Array(readFileSync(question.load)));
        answer = { ok: true };
      } else {
        const start = performance.now();
        const result = run(question.run);
        answer = { ms: performance.now() - start, result: String(result), ...facts() };
      }
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
