import { type HubPlace, parseHubUrl } from './hub.ts';
import type { ListingChoice } from './listing/choice.ts';
import { manifestName } from './manifest.ts';
import type { HttpOptions } from './options.ts';

/** Where a mount's tree is and how it is listed. */
export interface Source {
  /** The directory that is the root. */
  readonly url: string;
  readonly listing: ListingChoice;
  /** The name of the list, for a manifest and for checksums; percent-encoded. */
  readonly indexName: string;
  /** There for a repository of the Hub. */
  readonly hub: HubPlace | undefined;
}

const checksumNames = /^(?:sha256sums?|checksums?[._-]sha256)(?:\.txt)?$|\.sha256(?:sums?)?$/i;

/** What URL and options say together: a URL may be that of a list, of a WebDAV share, or of a tree on the Hugging Face Hub. */
export function resolveSource({ listing, url }: Pick<HttpOptions, 'listing' | 'url'>): Source {
  const plain = url.replace(/^webdav\+/i, '');
  const parsed = new URL(plain);
  const name = parsed.pathname.slice(parsed.pathname.lastIndexOf('/') + 1);
  const directory = new URL('.', parsed).href;
  const none = { indexName: manifestName, hub: undefined };
  if (listing === undefined && plain !== url) return { ...none, url: plain, listing: 'webdav' };
  const isHub = listing === 'huggingface' || (listing === undefined && parsed.hostname === 'huggingface.co');
  const hub = isHub ? parseHubUrl(plain) : undefined;
  if (hub !== undefined) return { ...none, url: hub.files, listing: 'huggingface', hub };
  if (name === manifestName && (listing === undefined || listing === 'manifest'))
    return { ...none, url: directory, listing: 'manifest' };
  if (checksumNames.test(name) && (listing === undefined || listing === 'sha256sum')) {
    return { url: directory, listing: 'sha256sum', indexName: name, hub: undefined };
  }
  const chosen = listing ?? 'auto';
  return {
    url: plain,
    listing: chosen,
    indexName: chosen === 'sha256sum' ? 'SHA256SUMS' : manifestName,
    hub: undefined,
  };
}
