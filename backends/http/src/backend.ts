import { type BackendContext, type Capabilities, declareCapabilities, type FsBackend, FsError } from '@mountkit/core';
import { createClient } from './client.ts';
import { createConnections } from './connections.ts';
import { bindCredentials } from './credentials.ts';
import { hubTree } from './hub.ts';
import { createManners } from './manners.ts';
import { manifestTree } from './manifest-tree.ts';
import { createNetworkPolicy, type Lookup } from './network.ts';
import { defaults, type HttpOptions } from './options.ts';
import { createRefusedNames } from './refused-names.ts';
import type { Site } from './site.ts';
import { resolveSource, type Source } from './source.ts';
import { probeSlash } from './stat.ts';
import { autoTree, pageTree, type Tree, unlistedTree, webdavTree } from './tree.ts';
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
  const source = resolveSource(options);
  const urls = createUrlSpace(source.url);
  const { origin, pathname } = urls.base;
  const credentials = bindCredentials(options, origin);
  const policy = createNetworkPolicy(options.network ?? 'any');
  const connections = options.connections ?? defaults.connections;
  const agent = createConnections({ policy, lookup, timeouts: context.timeouts, connections });
  const gate = context.gate(
    { origin },
    { concurrency: connections * 4, pointsPerMinute: Infinity, maxWaitMs: 60_000, reserve: 0 },
  );
  const plain: Omit<Site, 'isDirectory'> = {
    client: createClient({ agent, policy, credentials, gate, origin, context }),
    urls,
    manners: createManners(),
    refused: createRefusedNames(),
    limits: {
      wholeFileBytes: options.wholeFileBytes ?? defaults.wholeFileBytes,
      maxListingBytes: options.maxListingBytes ?? defaults.maxListingBytes,
      maxListingEntries: options.maxListingEntries ?? defaults.maxListingEntries,
    },
  };
  const site: Site = { ...plain, isDirectory: (path, where, call) => probeSlash(plain, path, where, call) };
  const isIndexed = source.listing === 'manifest' || source.listing === 'sha256sum';
  const capabilities: Capabilities = declareCapabilities({
    ranges: true,
    suffix: true,
    conditional: true,
    versions: 'strong',
    immutable: isIndexed || source.hub?.isPinned === true,
    public: !credentials.present,
  });

  return {
    abi: 1,
    id: `http:${origin}${pathname}`,
    capabilities,
    ...treeOf(site, source),
    unreachable: () => site.refused.paths,
    close: () => site.client.close(),
  };
}

function treeOf(site: Site, { hub, indexName, listing }: Source): Tree {
  if (hub !== undefined) return hubTree(site, hub);
  const index = new URL(`./${indexName}`, site.urls.base);
  switch (listing) {
    case 'manifest':
    case 'sha256sum':
      return manifestTree(site, { url: index, form: listing });
    case 'webdav':
      return webdavTree(site);
    case 'none':
      return unlistedTree(site);
    case 'huggingface':
      throw new FsError('EINVAL', { op: 'mount', detail: 'the URL is not that of a tree on the Hugging Face Hub' });
    case 'auto':
      return autoTree(site, manifestTree(site, { url: index, form: 'manifest' }));
    default:
      return pageTree(site, listing);
  }
}
