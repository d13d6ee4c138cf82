/**
 * What a recording consists of, and the codes in its bytes. A recording is framed as a snapshot is, with a magic and
 * version of its own, and holds one: the moment that it begins with. What came from the host since follows.
 *
 *     header     as in snapshot/format.ts; the checksum is over everything
 *     snapshot   a blob: modules with their digests, all state at the first moment, parts of the embedder
 *     limits     frames and words of the stacks that the guest might use
 *     end        instructions at the last moment, and how the call ended there
 *     events     in their order, as history/events.ts has them
 */
import { trapMessages } from '../../syntax/index.ts';
import type { FileFormat } from '../snapshot/format.ts';
import type { MachineState } from '../snapshot/index.ts';
import type { Stop } from '../stop.ts';
import type { HostEvent } from './events.ts';

export interface Recording {
  /** The first moment; it has a fiber. */
  readonly state: MachineState;
  readonly limits: StackLimits;
  readonly events: readonly HostEvent[];
  /** Instructions at the last moment. */
  readonly endCount: number;
  /** How the call ended there; undefined: it did not. Results are not kept: they come anew. */
  readonly end: Stop | undefined;
}

/** Where recursion ends is part of what a guest does. */
export interface StackLimits {
  readonly maxFrames: number;
  readonly maxStackWords: number;
}

export const recordingMagic = Uint8Array.of(0x00, 0x67, 0x62, 0x72, 0x65, 0x63, 0x6f, 0x0a);

export const recordingFormat: FileFormat = {
  magic: recordingMagic,
  version: 1,
  noun: 'recording',
};

export const eventCodes = {
  call: 0,
  memory: 1,
  'memory.grow': 2,
  element: 3,
  'table.grow': 4,
  global: 5,
  callback: 6,
  return: 7,
  throw: 8,
  refused: 9,
} as const satisfies Record<HostEvent['kind'], number>;

export const eventKinds = Object.keys(eventCodes) as readonly HostEvent['kind'][];

/** What a reference from the host is: codes beyond those of snapshots. */
export const hostRefCodes = {
  /** An object that the guest had given the host: its number. */
  crossed: 16,
  string: 17,
  bigint: 18,
  /** A value of the host, as bytes of a hook. */
  extern: 19,
  /** One that came before: its number. */
  formerExtern: 20,
} as const;

/** What a host function threw, or a call ended with. */
export const errorCodes = { exit: 0, trap: 1, exception: 2, error: 3, exhaustion: 4 } as const;

export const endCodes = { open: 0, returned: 1, failed: 2 } as const;

export const trapKinds = Object.keys(trapMessages) as readonly (keyof typeof trapMessages)[];
