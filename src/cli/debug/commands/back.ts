/** Commands that go back in a recorded run, and ask it. */
import type { Session } from '../../../api/index.ts';
import type { Stop } from '../../../inspect/index.ts';
import { Failure } from '../../failure.ts';
import { printable } from '../../output.ts';
import { countText } from '../../quantities.ts';
import type { DebugCommand } from '../debug-command.ts';
import type { Debugger } from '../debugger.ts';
import { countOf, intValue } from '../expression/index.ts';
import { hex } from '../names.ts';
import { placeText } from '../views.ts';
import { watchSpec } from '../watch-spec.ts';
import { countArgument } from './running.ts';

/** The session, when its run is recorded. @throws {Failure} */
function recorded(debug: Debugger): Session {
  const { session } = debug;
  if (session.history !== undefined) return session;
  throw new Failure('the run is not recorded', "'record' begins to, or do 'set record on' before 'run'");
}

async function repeatedBack(debug: Debugger, args: string, step: (session: Session) => Stop): Promise<void> {
  const session = recorded(debug);
  const count = countArgument(debug, args);
  if (count < 1) throw new Failure('the count is 1 at least');
  await debug.goBack(() => {
    let stop = step(session);
    for (let i = 1; i < count && stop.reason === 'step'; i++) stop = step(session);
    return stop;
  });
}

function startRecording(debug: Debugger, args: string): void {
  if (args === 'stop') {
    recorded(debug).stopRecording();
    debug.settings.record = false;
    debug.out('The recording has ended.');
    return;
  }
  if (args !== '') throw new Failure(`'record ${args}' means nothing`, "there is 'record' and 'record stop'");
  if (debug.run === undefined) {
    debug.settings.record = true;
    debug.out('Runs will be recorded from their start.');
    return;
  }
  debug.living.record();
  debug.out(`Recording from instruction ${debug.session.instructionCount} on.`);
}

/** `1234`, `-10` and `+10` from here, `start`, `end`. */
function momentOf(debug: Debugger, text: string): number {
  const session = recorded(debug);
  if (text === 'start') return session.history!.startCount;
  if (text === 'end') return session.history!.endCount;
  const sign = /^[+-]/.exec(text)?.[0];
  const count = countOf(debug.evaluate(sign === undefined ? text : text.slice(1)), 'count of instructions');
  if (sign === undefined) return count;
  return session.instructionCount + (sign === '+' ? count : -count);
}

function lastWrite(debug: Debugger, args: string): void {
  if (args === '') throw new Failure('say what', 'last-write *0x400:4, last-write $global, last-write local NAME');
  const session = recorded(debug);
  const { spec, text } = watchSpec(debug, args);
  const found = debug.points.quietly(() => session.lastWriteTo(session.targetOf(spec)));
  if (found === undefined) {
    debug.out(`Nothing has written ${text} in the recorded time.`);
    return;
  }
  const place = placeText(debug.program, found.byteOffset);
  const where = `${debug.funcLabel(found.funcidx)} at ${place ?? hex(found.byteOffset)}`;
  debug.out(`${text} was last written by ${where}: ${printable(found.instruction)}`);
  debug.out(`Old value: ${found.before}`);
  debug.out(`New value: ${found.after}`);
  debug.out(`That was after ${found.instructionCount} instructions: 'goto $written' goes there.`);
  debug.values.setSpecial('written', intValue('int', BigInt(found.instructionCount)));
}

/** What there is of a recording, for `info history`. */
export function historyRows({ run }: Debugger): string[] {
  const session = run?.session;
  const history = session?.history;
  if (session === undefined || history === undefined) return ['Nothing is recorded.'];
  const rows = [
    `recorded: instructions ${countText(history.startCount)} to ${countText(history.endCount)}`,
    `now at ${countText(session.instructionCount)}`,
    `${countText(history.byteLength)} bytes, checkpoints included: ${countText(history.checkpointCounts.length)}`,
  ];
  return history.problem === undefined ? rows : [...rows, `ended early: ${history.problem}`];
}

export const backCommands: readonly DebugCommand[] = [
  {
    name: 'record',
    usage: '[stop]',
    summary: 'keep the history of the run from here on, to go back in it',
    details: "Before 'run' it is for all runs, from their start: 'set record on' is the same.",
    group: 'back',
    run: startRecording,
  },
  {
    name: 'reverse-step',
    aliases: ['rs', 'reverse-stepi', 'rsi'],
    usage: '[COUNT]',
    summary: 'go back one instruction, into functions that have returned',
    group: 'back',
    repeats: 'same',
    run: (debug, args) => repeatedBack(debug, args, (session) => session.stepBack()),
  },
  {
    name: 'reverse-next',
    aliases: ['rn', 'reverse-nexti', 'rni'],
    usage: '[COUNT]',
    summary: 'go back one instruction of this function, over what it called',
    group: 'back',
    repeats: 'same',
    run: (debug, args) => repeatedBack(debug, args, (session) => session.stepBackOver()),
  },
  {
    name: 'reverse-finish',
    aliases: ['rf'],
    summary: 'go back to the call of this function',
    group: 'back',
    repeats: 'same',
    run: (debug) => repeatedBack(debug, '', (session) => session.stepBackOut()),
  },
  {
    name: 'reverse-continue',
    aliases: ['rc'],
    summary: 'go back to where a breakpoint or watchpoint would have stopped',
    group: 'back',
    repeats: 'same',
    run: (debug) => repeatedBack(debug, '', (session) => session.runBack()),
  },
  {
    name: 'goto',
    usage: 'COUNT | +COUNT | -COUNT | start | end',
    summary: 'go to the moment when so many instructions had run',
    details: "'print $count' tells the moment here.",
    group: 'back',
    async run(debug, args) {
      if (args === '') throw new Failure('say where to', 'goto 1234, goto -10, goto start, goto end');
      const moment = momentOf(debug, args);
      await debug.goBack((session) => session.goTo(moment));
    },
  },
  {
    name: 'last-write',
    aliases: ['who'],
    usage: '*ADDR:LEN | *(TYPE*)ADDR | $GLOBAL | local NAME | table[N][I]',
    summary: 'tell who last wrote something, before this moment',
    details: "The moment before that is kept as $written: 'goto $written' shows it.",
    group: 'back',
    completes: 'expression',
    run: lastWrite,
  },
];
