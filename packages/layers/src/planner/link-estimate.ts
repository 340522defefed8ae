/** What is known of the way to the origin. Rates in bytes per millisecond. */
export interface LinkEstimate {
  readonly rttMs: number;
  readonly ratePerConnection: number;
  /** Of all connections together. */
  readonly rate: number;
}

/** Measures the way to the origin from fetches as they go. */
export interface LinkEstimator {
  readonly estimate: LinkEstimate;
  /** The first byte of a fetch came so long after its start. */
  firstByte(latencyMs: number): void;
  /** So many bytes came, of whichever fetch; `busy` says whether more are on their way. */
  arrived(bytes: number, atMs: number): void;
  /** A fetch is complete; `transferMs` counts from its first byte. */
  completed(bytes: number, transferMs: number): void;
}

// Shorter transfers say more about the timer than about the link.
const shortestTransferBytes = 256 * 1024;
const sampleMs = 20;
const remembered = 32;

/** Starts from the assumed figures and forgets them with the first measurement. */
export function linkEstimator(assumedRttMs: number, assumedRate: number): LinkEstimator {
  const latencies: number[] = [];
  const transfers: number[] = [];
  let total = 0;
  let sampleStart = Number.NaN;
  let sampleBytes = 0;
  // It is asked for far more often than anything is measured.
  let known: LinkEstimate | undefined;

  function estimated(): LinkEstimate {
    const ratePerConnection = transfers.length > 0 ? Math.max(...transfers) : Math.max(assumedRate, total);
    return {
      // Queues and new connections only ever add to a latency: the smallest of late is the round trip.
      rttMs: latencies.length > 0 ? Math.min(...latencies) : assumedRttMs,
      ratePerConnection,
      rate: Math.max(total, ratePerConnection),
    };
  }

  return {
    get estimate() {
      return (known ??= estimated());
    },
    firstByte(latencyMs) {
      known = undefined;
      keepLast(latencies, Math.max(0.1, latencyMs));
    },
    arrived(bytes, atMs) {
      if (Number.isNaN(sampleStart) || atMs - sampleStart > 4 * sampleMs) {
        sampleStart = atMs;
        sampleBytes = 0;
        return;
      }
      sampleBytes += bytes;
      if (atMs - sampleStart < sampleMs) return;
      const rate = sampleBytes / (atMs - sampleStart);
      // A slow sample mostly says that little was asked for, so the figure falls slowly and rises at once.
      total = Math.max(rate, total * 0.95 + rate * 0.05);
      known = undefined;
      sampleStart = atMs;
      sampleBytes = 0;
    },
    completed(bytes, transferMs) {
      if (bytes < shortestTransferBytes || transferMs <= 0) return;
      known = undefined;
      keepLast(transfers, bytes / transferMs, 8);
    },
  };
}

function keepLast(values: number[], value: number, count: number = remembered): void {
  values.push(value);
  if (values.length > count) values.shift();
}
