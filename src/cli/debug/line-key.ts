/** Which line a frame stands on: of its source file, else of the module's text. */
import type { Frame } from '../../inspect/index.ts';
import type { Program } from './program.ts';

export interface LineKey {
  /** Empty for the module's text. */
  readonly file: string;
  readonly line: number;
}

export function lineKey({ listing, lines }: Program, frame: Frame): LineKey | undefined {
  if (frame.kind === 'host') return undefined;
  const place = listing.isOwn || lines.isEmpty ? listing.place(frame.byteOffset) : undefined;
  if (place !== undefined) return { file: '', line: place.line };
  return lines.at(frame.byteOffset);
}
