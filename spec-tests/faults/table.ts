/** Faults that differential testing must find, one of each kind at least in every part of the interpreter. */
import { controlFaults } from './control.ts';
import { edgeFaults } from './edges.ts';
import type { Fault } from './fault.ts';
import { firstFaults } from './first.ts';
import { heapFaults } from './heap.ts';
import { laterFaults } from './later.ts';
import { numberFaults } from './numbers.ts';
import { storageFaults } from './storage.ts';
import { vectorFaults } from './vectors.ts';

export const faults: readonly Fault[] = [
  ...firstFaults,
  ...numberFaults,
  ...storageFaults,
  ...controlFaults,
  ...heapFaults,
  ...vectorFaults,
  ...laterFaults,
  ...edgeFaults,
];
