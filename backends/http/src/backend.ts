import {
  type BackendContext,
  type Capabilities,
  declareCapabilities,
  type FsBackend,
  FsError,
  throwIfAborted,
} from '@mountkit/core';
import { createClient } from './client.ts';
import { createConnections } from './connections.ts';
import { bindCredentials } from './credentials.ts';
import { listPage, listWebdav, statWebdav } from './list.ts';
import type { ListingChoice } from './listing/choice.ts';
import type { PageDialect } from './listing/recognise.ts';
import { createManners } from './manners.ts';
import { createNetworkPolicy, type Lookup } from './network.ts';
import { defaults, type HttpOptions } from './options.ts';
import { readFile } from './read.ts';
import type { Site } from './site.ts';
import { directoryEntry, statPath } from './stat.ts';
import { createUrlSpace } from './urls.ts';

/** What the runtime gives, beside options and context. */
export interface HttpRuntime {
  /** Resolves host names. There where `network` is to be anything but 'any' for names. */
  readonly lookup?: Lookup;
}

/** A backend over a tree of a web server. It does nothing before its first verb. */
export function createHttpBackend(
  options: HttpOptions,
  context: BackendContext,
  { lookup }: HttpRuntime = {},
): FsBackend {
  const { listing, url } = resolveSource(options);
  const urls = createUrlSpace(url);
  const { origin, pathname } = urls.base;
  const credentials = bindCredentials(options, origin);
  const policy = createNetworkPolicy(options.network ?? 'any');
  const connections = options.connections ?? defaults.connections;
  const agent = createConnections({ policy, lookup, timeouts: context.timeouts, connections });
  const gate = context.gate(
    { origin },
    { concurrency: connections * 4, pointsPerMinute: Infinity, maxWaitMs: 60_000, reserve: 0 },
  );
  const site: Site = {
    client: createClient({ agent, policy, credentials, gate, context }),
    urls,
    manners: createManners(),
    limits: {
      wholeFileBytes: options.wholeFileBytes ?? defaults.wholeFileBytes,
      maxListingBytes: options.maxListingBytes ?? defaults.maxListingBytes,
      maxListingEntries: options.maxListingEntries ?? defaults.maxListingEntries,
    },
  };
  const capabilities: Capabilities = declareCapabilities({
    ranges: true,
    suffix: true,
    conditional: true,
    versions: 'strong',
    public: !credentials.present,
  });

  return {
    abi: 1,
    id: `http:${origin}${pathname}`,
    capabilities,
    async stat(path, request, call) {
      throwIfAborted(call.signal, 'stat', path);
      if (listing === 'webdav' && path !== '/') return statWebdav(site, path, { op: 'stat', path }, call);
      return path === '/' ? directoryEntry : statPath(site, path, request, call);
    },
    async list(path, _request, call) {
      throwIfAborted(call.signal, 'list', path);
      if (listing === 'none')
        throw new FsError('ENOTSUP', { op: 'list', path, detail: "the option 'listing' is 'none'" });
      if (listing === 'webdav') return listWebdav(site, path, call);
      return listPage(site, path, listing === 'auto' ? undefined : (listing as PageDialect), call);
    },
    async read(path, request, call) {
      throwIfAborted(call.signal, 'read', path);
      return readFile(site, path, request, call);
    },
    close: () => site.client.close(),
  };
}

/** Where a mount's tree is and how it is listed, as URL and options say. */
export function resolveSource({ listing, url }: Pick<HttpOptions, 'listing' | 'url'>): {
  readonly url: string;
  readonly listing: ListingChoice;
} {
  const isWebdav = /^webdav\+/i.test(url);
  return { url: url.replace(/^webdav\+/i, ''), listing: listing ?? (isWebdav ? 'webdav' : 'auto') };
}
