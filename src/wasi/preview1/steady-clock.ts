/** The host's clocks, the monotonic one of which never goes back: not even where a guest goes on on another host. */
import type { Clock } from '../host/host.ts';
import type { Wait } from '../host/waiting.ts';

export class SteadyClock implements Clock {
  readonly #clock: Clock;
  #aheadNs = BigInt(0);
  /** What the guest has read last. */
  lastNs = BigInt(0);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isMachines(): boolean {
    return this.#clock.isMachines === true;
  }

  get resolutionNs(): bigint {
    return this.#clock.resolutionNs;
  }

  realtimeNs(): bigint {
    return this.#clock.realtimeNs();
  }

  monotonicNs(): bigint {
    const nowNs = this.#clock.monotonicNs() + this.#aheadNs;
    if (nowNs < this.lastNs) this.#aheadNs += this.lastNs - nowNs;
    else this.lastNs = nowNs;
    return this.lastNs;
  }

  sleep(durationNs: bigint): void {
    this.#clock.sleep(durationNs);
  }

  timer(durationNs: bigint): Wait {
    return this.#clock.timer(durationNs);
  }
}
