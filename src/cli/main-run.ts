/**
 * `glassbox run` alone, without what it loads for options that look inside: what most starts need, in half of the code.
 * The launcher decides when this is enough.
 */
import { conclude, execute } from './conclude.ts';
import { run } from './run.ts';

conclude(execute(run, process.argv.slice(3)));
