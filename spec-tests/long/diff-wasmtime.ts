/**
 * GLASSBOX_DIFF_CASES modules (200,000) from GLASSBOX_FUZZ_SEED (1) in Glassbox and in wasmtime, without an unexplained
 * difference.
 */
import { expectAgreement } from '../differ.ts';

export function main(progress: (text: string) => void = () => {}): Promise<string> {
  return expectAgreement('wasmtime', progress);
}
