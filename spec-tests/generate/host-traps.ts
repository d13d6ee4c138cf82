/** The words of the host's engine (V8) for traps, and which of our kinds they can stand for. */
export { hostTrapKinds } from '../../src/diff/engines/host.ts';
