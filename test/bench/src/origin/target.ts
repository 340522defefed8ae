import type { Scale } from '../scale.ts';

/** The kinds of origins. */
export type OriginKind = 'github' | 'http' | 's3';

/** Where the fixtures are, as a contestant is told. */
export interface Target {
  readonly scale: Scale;
  readonly github: {
    /** Of the REST API and of git, without a final slash. */
    readonly apiUrl: string;
    /** Of raw files, without a final slash: `{owner}/{name}/{commit}/{path}` below it. */
    readonly rawUrl: string;
    readonly owner: string;
    readonly name: string;
    readonly commit: string;
    /** One that may read everything; it is not needed. */
    readonly token: string;
  };
  /** Base URL of the plain origin, with a final slash. `index` is a list of all its files in the format of ZenFS. */
  readonly http: { readonly url: string; readonly indexUrl: string };
  /** The same tree in a bucket, for peers that speak no plain HTTP. */
  readonly s3: {
    readonly url: string;
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
}

/** What an origin has seen since the last reset. */
export interface Traffic {
  readonly requests: number;
  /** Body bytes sent. */
  readonly bytes: number;
  /** Of those, bytes of files: no listings, no trees, no metadata. */
  readonly contentBytes: number;
  readonly connections: number;
  /** Most requests in answering at once. */
  readonly peakRequests: number;
  readonly inFlight: number;
}

/** No traffic. */
export const noTraffic: Traffic = {
  requests: 0,
  bytes: 0,
  contentBytes: 0,
  connections: 0,
  peakRequests: 0,
  inFlight: 0,
};

/** The network in front of the origins. */
export interface Network {
  /** Wait before every answer, in milliseconds. */
  readonly latencyMs: number;
  /** Body bytes a second over all connections. */
  readonly bytesPerSecond: number;
}

/** An origin as the bench drives it. */
export interface Origin {
  shape(network: Network): void;
  traffic(): Traffic;
  reset(): void;
  close(): Promise<void>;
}
