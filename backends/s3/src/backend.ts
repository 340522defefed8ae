import type { LookupFunction } from 'node:net';
import {
  type BackendContext,
  declareCapabilities,
  type FsBackend,
  type ListPage,
  throwIfAborted,
} from '@mountkit/core';
import type { Bucket } from './bucket.ts';
import { createClient } from './client.ts';
import { textOfKey } from './key-bytes.ts';
import { createListAhead } from './list-ahead.ts';
import { listPage } from './list.ts';
import { type S3Options, type S3Settings, settingsOf } from './options.ts';
import { createPlace } from './place.ts';
import { readObject } from './read.ts';
import { statPath } from './stat.ts';
import { unreachableKeys } from './unreachable.ts';

/** What the runtime gives, beside options and context. */
export interface S3Runtime {
  /** Resolves host names. @default that of the system */
  readonly lookup?: LookupFunction;
}

/** A bucket, or what is below a prefix of it, as a backend. It does nothing before its first verb. */
export function createS3Backend(options: S3Options, context: BackendContext, { lookup }: S3Runtime = {}): FsBackend {
  const settings = settingsOf(options);
  const client = createClient(settings, context, lookup);
  const bucket: Bucket = {
    client,
    ahead: createListAhead(client, context.clock),
    place: createPlace(settings.prefix, settings.names === 'strict'),
    manners: { listsDenied: false, versionsDenied: settings.versions === 'off', checksumsRefused: false },
  };
  return {
    abi: 1,
    id: idOf(settings),
    capabilities: declareCapabilities({
      ranges: true,
      suffix: true,
      conditional: true,
      recursiveList: true,
      versions: 'strong',
      public: settings.anonymous,
    }),
    stat(path, request, call) {
      throwIfAborted(call.signal, 'stat', path);
      return statPath(bucket, path, request, call);
    },
    list(path, request, call): Promise<ListPage> {
      throwIfAborted(call.signal, 'list', path);
      return listPage(bucket, path, request, call);
    },
    read(path, request, call) {
      throwIfAborted(call.signal, 'read', path);
      return readObject(bucket, path, request, call);
    },
    unreachable: async (call) => (settings.names === 'strict' ? unreachableKeys(bucket, call) : []),
    close() {
      bucket.ahead.close();
      return client.close();
    },
  };
}

/** The namespace of what is cached: bucket and prefix, with the endpoint where that is not AWS. */
function idOf({ bucket, endpoint, prefix }: S3Settings): string {
  const place = endpoint === undefined ? '' : `${endpoint.replace(/^https?:\/\//, '')}/`;
  return `s3:${place}${bucket}/${textOfKey(prefix) ?? ''}`;
}
