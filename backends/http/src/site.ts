import type { HttpClient } from './client.ts';
import type { Manners } from './manners.ts';
import type { UrlSpace } from './urls.ts';

/** One mount's server: how to ask it, where, within which bounds, and what is known of its ways. */
export interface Site {
  readonly client: HttpClient;
  readonly urls: UrlSpace;
  readonly limits: SiteLimits;
  readonly manners: Manners;
}

/** Bounds in bytes and entries. */
export interface SiteLimits {
  readonly wholeFileBytes: number;
  readonly maxListingBytes: number;
  readonly maxListingEntries: number;
}
