/**
 * Steps that may take long, in portions: between them the event loop has a turn, so that Ctrl-C is seen.
 */
import type { Session } from '../../api/index.ts';
import type { Stop } from '../../inspect/index.ts';

/** Instructions of a portion: some milliseconds. */
const PORTION = 500_000;

/** Does the user want the guest to stop? */
export type Interruption = () => boolean;

/** Runs until a frame has returned: until fewer than `height` frames stand. */
async function outBelow(session: Session, height: number, isInterrupted: Interruption, portion: number): Promise<Stop> {
  for (;;) {
    const stop = session.stepOut({ budget: portion });
    if (stop.reason === 'budget') {
      await new Promise((resolve) => setImmediate(resolve));
      if (isInterrupted()) return { reason: 'pause' };
    } else if (stop.reason !== 'step' || session.depth < height) return stop;
    // Else a frame that stood within has returned.
  }
}

/** As `session.stepOut`. */
export function stepOut(session: Session, isInterrupted: Interruption, portion = PORTION): Promise<Stop> {
  return outBelow(session, session.depth, isInterrupted, portion);
}

/** As `session.stepOver`. */
export async function stepOver(session: Session, isInterrupted: Interruption, portion = PORTION): Promise<Stop> {
  const height = session.depth;
  const stop = session.step();
  if (stop.reason !== 'step' || session.depth <= height) return stop;
  return outBelow(session, height + 1, isInterrupted, portion);
}
