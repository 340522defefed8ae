import type { IncomingHttpHeaders } from 'node:http';

/** Which of the two origins a request came to. */
export type OriginName = 'api' | 'codeload';

/** One request as it arrived, and what became of it. */
export interface RecordedRequest {
  readonly origin: OriginName;
  /** Name of the route, `unknown` where none matched. */
  readonly route: string;
  readonly method: string;
  /** Path and query as sent, still percent-encoded. */
  readonly path: string;
  /** Header names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Status of the answer; 0 while there is none. */
  readonly status: number;
  /** Body bytes sent so far, as encoded. */
  readonly bytesSent: number;
}

/** Sums over the recorded requests. */
export interface ServerStats {
  readonly requests: number;
  readonly byRoute: Readonly<Record<string, number>>;
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

/** The mutable side of a {@link RecordedRequest}. */
export type RequestRecord = { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] };

/** What the server counts. */
export interface Counters {
  readonly requests: RequestRecord[];
  begin(record: RequestRecord): void;
  end(): void;
  connected(): void;
  disconnected(): void;
  inFlight(): number;
  stats(): ServerStats;
  reset(): void;
}

/** Starts counting from zero. */
export function createCounters(): Counters {
  const requests: RequestRecord[] = [];
  let inFlight = 0;
  let peakConcurrency = 0;
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
      connectionsOpened += 1;
      connectionsOpen += 1;
    },
    disconnected() {
      connectionsOpen -= 1;
    },
    inFlight: () => inFlight,
    stats() {
      const byRoute: Record<string, number> = {};
      const byStatus: Record<string, number> = {};
      let bytesSent = 0;
      for (const request of requests) {
        byRoute[request.route] = (byRoute[request.route] ?? 0) + 1;
        byStatus[request.status] = (byStatus[request.status] ?? 0) + 1;
        bytesSent += request.bytesSent;
      }
      return {
        requests: requests.length,
        byRoute,
        byStatus,
        bytesSent,
        peakConcurrency,
        inFlight,
        connectionsOpened,
        connectionsOpen,
      };
    },
    reset() {
      requests.length = 0;
      peakConcurrency = inFlight;
      connectionsOpened = 0;
    },
  };
}
