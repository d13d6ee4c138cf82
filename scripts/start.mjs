/**
 * `npm start`: builds, then runs the example program on a text file, and tells what it took and how to look inside.
 */
import { root, run } from './project.mjs';
import { ensureReady } from './ready.mjs';

const program = 'examples/word-count.wat';
const text = 'examples/inside-the-box.txt';

await ensureReady();
console.log(`Running ${program} over ${text}, interpreted by Glassbox:\n`);
const code = await run(process.execPath, ['dist/glassbox.cjs', 'run', '--stats', '--dir', root, program, text]);
console.log(`
Look inside:
  npx glassbox dump ${program}                 its sections, imports, exports and what it needs
  npx glassbox print ${program}                its text, as Glassbox reads it
  npx glassbox run --fuel 1000 --dir . ${program} ${text}
                                                           stop it after 1,000 instructions and see where it was
  npx glassbox --help                                      all there is`);
process.exitCode = code;
