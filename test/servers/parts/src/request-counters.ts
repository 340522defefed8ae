/** What a server writes down of each request at least. */
export interface CountedRequest {
  /** Status of the answer; 0 while there is none. */
  readonly status: number;
  /** Body bytes sent so far. */
  readonly bytesSent: number;
}

/** Sums over the recorded requests. */
export interface RequestTotals {
  readonly requests: number;
  /** Keyed by status; `0` counts requests without an answer (yet). */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Body bytes sent, as encoded. */
  readonly bytesSent: number;
  /** Most requests in flight at once. */
  readonly peakConcurrency: number;
  readonly inFlight: number;
  readonly connectionsOpened: number;
  readonly connectionsOpen: number;
}

/** What a server counts. */
export interface RequestCounters<Recorded extends CountedRequest> {
  /** Every request since the start or the last {@link reset}, oldest first. */
  readonly requests: readonly Recorded[];
  /** Records a request that has arrived. The record is kept, and may go on changing. */
  begin(record: Recorded): void;
  /** Counts that one of the requests is over. */
  end(): void;
  /** Counts a connection and gives its number, from 1 since the start. */
  connected(): number;
  disconnected(): void;
  /** How many requests have begun and not ended. */
  inFlight(): number;
  /** The sums as they are now. */
  totals(): RequestTotals;
  /** Forgets the recorded requests and counts. What is in flight or open now stays counted as such. */
  reset(): void;
}

/** Starts counting from zero. */
export function createRequestCounters<Recorded extends CountedRequest>(): RequestCounters<Recorded> {
  const requests: Recorded[] = [];
  let inFlight = 0;
  let peakConcurrency = 0;
  let connectionNumber = 0;
  let connectionsOpened = 0;
  let connectionsOpen = 0;
  return {
    requests,
    begin(record) {
      requests.push(record);
      inFlight += 1;
      peakConcurrency = Math.max(peakConcurrency, inFlight);
    },
    end() {
      inFlight -= 1;
    },
    connected() {
      connectionNumber += 1;
      connectionsOpened += 1;
      connectionsOpen += 1;
      return connectionNumber;
    },
    disconnected() {
      connectionsOpen -= 1;
    },
    inFlight: () => inFlight,
    totals: () => ({
      requests: requests.length,
      byStatus: countBy(requests, ({ status }) => String(status)),
      bytesSent: requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
      peakConcurrency,
      inFlight,
      connectionsOpened,
      connectionsOpen,
    }),
    reset() {
      requests.length = 0;
      peakConcurrency = inFlight;
      connectionsOpened = 0;
    },
  };
}

/** How many of the requests have each name; names that none has are left out. */
export function countBy<Recorded>(
  requests: readonly Recorded[],
  nameOf: (request: Recorded) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of requests) {
    const name = nameOf(request);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
