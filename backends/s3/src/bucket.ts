import type { S3Client } from './client.ts';
import type { ListAhead } from './list-ahead.ts';
import type { Place } from './place.ts';

/** One mount's bucket: how to ask it, which part of it is shown, and what is known of its ways. */
export interface Bucket {
  readonly client: S3Client;
  readonly ahead: ListAhead;
  readonly place: Place;
  readonly manners: Manners;
}

/** What a mount has learnt of what it may do, so that it does not run into the same wall twice. It holds no content and no attributes. */
interface Manners {
  /** Listings are denied: what is there shows by reading it. A listing that is allowed takes it back. */
  listsDenied: boolean;
  /** Versions may not be read by their ids, or shall not. */
  versionsDenied: boolean;
  /** The service does not know checksums. */
  checksumsRefused: boolean;
}
