import type { IncomingHttpHeaders } from 'node:http';
import { countBy, createRequestCounters } from '@mountkit/test-server-parts';
import type { RequestCounters, RequestTotals } from '@mountkit/test-server-parts';

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
export interface ServerStats extends RequestTotals {
  readonly byRoute: Readonly<Record<string, number>>;
}

/** The mutable side of a {@link RecordedRequest}. */
export type RequestRecord = { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] };

/** What the server counts. */
export interface Counters extends RequestCounters<RequestRecord> {
  stats(): ServerStats;
}

/** Starts counting from zero. */
export function createCounters(): Counters {
  const counters = createRequestCounters<RequestRecord>();
  return {
    ...counters,
    stats() {
      const { requests, ...totals } = counters.totals();
      return { requests, byRoute: countBy(counters.requests, ({ route }) => route), ...totals };
    },
  };
}
