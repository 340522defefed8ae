import { canceled, type Clock } from '@mountkit/core';

/** Watches over waits that may each last for the same time. However many there are, one timer runs, and none while nothing is waited for or held. */
export interface SilenceWatch {
  /** How long a wait may last. */
  readonly ms: number;
  /** Calls `onSilent` once, when the time has passed. @returns what ends the watch. */
  start(onSilent: () => void): () => void;
  /** Lets the timer run on while nothing is waited for, as between the pieces of a body: to stop and start it for each costs more than the piece. @returns what ends that. */
  hold(): () => void;
}

/** A {@link SilenceWatch} of so many milliseconds. */
export function createSilenceWatch(clock: Clock, ms: number): SilenceWatch {
  // In the order of their ends, as all last equally long.
  const waits = new Set<{ readonly endsAtMs: number; readonly onSilent: () => void }>();
  const nothingLeft = canceled('wait');
  let timer: AbortController | undefined;
  let holders = 0;

  function disarm(): void {
    if (waits.size > 0 || holders > 0) return;
    timer?.abort(nothingLeft);
    timer = undefined;
  }

  function arm(): void {
    const [next] = waits;
    if (timer !== undefined || next === undefined) return;
    timer = new AbortController();
    clock.sleep(Math.max(0, next.endsAtMs - clock.now()), timer.signal).then(ring, () => undefined);
  }

  function ring(): void {
    timer = undefined;
    const nowMs = clock.now();
    for (const wait of waits) {
      if (wait.endsAtMs > nowMs) break;
      waits.delete(wait);
      wait.onSilent();
    }
    arm();
  }

  return {
    ms,
    start(onSilent) {
      const wait = { endsAtMs: clock.now() + ms, onSilent };
      waits.add(wait);
      arm();
      return () => {
        if (waits.delete(wait)) disarm();
      };
    },
    hold() {
      let isHeld = true;
      holders += 1;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        holders -= 1;
        disarm();
      };
    },
  };
}
