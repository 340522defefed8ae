import { type BackendContext, canceled } from '@mountkit/core';
import { type BlobReader, createBlobReader } from './blob-reader.ts';
import { type BulkReader, createBulkReader } from './bulk/bulk-reader.ts';
import { createClient, type GitHubClient } from './client.ts';
import { createConnection } from './connection.ts';
import { createCredentials } from './credentials.ts';
import { createLfsClient, type LfsClient } from './lfs/lfs-client.ts';
import type { GitHubSettings } from './options.ts';
import { createWire, type Wire } from './wire.ts';

/** All the ways a backend has to its repository, shared by its revisions. */
export interface Transports {
  readonly client: GitHubClient;
  readonly wire: Wire;
  readonly bulk: BulkReader;
  readonly blobs: BlobReader;
  readonly lfs: LfsClient;
  /** Ends every request with ECANCELED and lets go of connections and of what is held. Idempotent. */
  close(): Promise<void>;
}

/** Makes them; they do nothing before their first request. */
export function createTransports(settings: GitHubSettings, context: BackendContext): Transports {
  const connection = createConnection(settings, context.timeouts);
  const credentials = createCredentials(settings);
  const controller = new AbortController();
  const closing = controller.signal;
  const { limits, gitUrl } = settings;
  const client = createClient(settings, { connection, credentials, context, closing });
  const wire = createWire({ connection, credentials, context, limits, gitUrl, closing });
  const bulk = createBulkReader({ client, wire, settings, context, closing });
  return {
    client,
    wire,
    bulk,
    blobs: createBlobReader({ client, wire, bulk, settings }),
    lfs: createLfsClient(wire, settings),
    async close(): Promise<void> {
      controller.abort(canceled('close'));
      await Promise.all([connection.close(), bulk.close()]);
    },
  };
}
