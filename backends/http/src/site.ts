import type { CallContext } from '@mountkit/core';
import type { HttpClient } from './client.ts';
import type { Where } from './errors.ts';
import type { Manners } from './manners.ts';
import type { RefusedNames } from './refused-names.ts';
import type { UrlSpace } from './urls.ts';

/** One mount's server: how to ask it, where, within which bounds, and what is known of its ways. */
export interface Site {
  readonly client: HttpClient;
  readonly urls: UrlSpace;
  readonly limits: SiteLimits;
  readonly manners: Manners;
  readonly refused: RefusedNames;
  readonly isDirectory: DirectoryProbe;
}

/** Whether a path that the server does not have as a file is a directory; in its own way for each kind of server. */
export type DirectoryProbe = (path: string, where: Where, context: CallContext) => Promise<boolean>;

/** Bounds in bytes and entries. */
interface SiteLimits {
  readonly wholeFileBytes: number;
  readonly maxListingBytes: number;
  readonly maxListingEntries: number;
}
