/** What was fetched and for what, in bytes. */
export interface PlannerStats {
  /** Pages of reads that had to wait for them. */
  readonly demandBytes: number;
  /** Fetched because it might be asked: what the bound holds. */
  readonly speculativeBytes: number;
  /** Of files and regions that had cost more waiting than their transfer would have taken. Outside the bound, once each. */
  readonly hotBytes: number;
  /** Fetched because a caller said so. Outside the bound. */
  readonly hintedBytes: number;
  /** Handed to callers, from the cache as well. */
  readonly deliveredBytes: number;
  /** The most `speculativeBytes` may be by now. */
  readonly allowedBytes: number;
}

/** On which account a byte is fetched. */
export type Account = 'demand' | 'speculative' | 'hot' | 'hinted';

/**
 * The hard bound on speculation: speculative bytes never exceed `floor + factor x delivered`. Bytes are booked when a fetch starts, so that the bound holds at every
 * moment and whatever comes of the fetch.
 */
export interface Budget {
  readonly stats: PlannerStats;
  /** How many more bytes may be speculated with now. */
  room(): number;
  /** Whether anything may be fetched that nobody asked for. */
  readonly speculates: boolean;
  book(account: Account, bytes: number): void;
  /** Takes back what was booked and never came. */
  refund(account: Account, bytes: number): void;
  delivered(bytes: number): void;
}

/** A budget of `floorBytes` and `factor` times what is delivered; factor 0 forbids speculation altogether. */
export function amplificationBudget(factor: number, floorBytes: number): Budget {
  const floor = factor > 0 ? floorBytes : 0;
  const booked: Record<Account, number> = { demand: 0, speculative: 0, hot: 0, hinted: 0 };
  let deliveredBytes = 0;
  const allowed = (): number => floor + factor * deliveredBytes;
  return {
    get stats() {
      return {
        demandBytes: booked.demand,
        speculativeBytes: booked.speculative,
        hotBytes: booked.hot,
        hintedBytes: booked.hinted,
        deliveredBytes,
        allowedBytes: allowed(),
      };
    },
    speculates: factor > 0,
    room: () => Math.max(0, allowed() - booked.speculative),
    book(account, bytes) {
      booked[account] += bytes;
    },
    refund(account, bytes) {
      booked[account] = Math.max(0, booked[account] - bytes);
    },
    delivered(bytes) {
      deliveredBytes += bytes;
    },
  };
}
