import type { BackendRegistry } from '@mountkit/loader';

/** The backends that come with mountkit, by type. Each is imported when a config names it: a client costs tens of milliseconds to import. */
export const builtinBackends: BackendRegistry = Object.freeze({
  github: async () => (await import('@mountkit/github')).github,
  http: {
    schemes: ['http', 'https', 'webdav+http', 'webdav+https'],
    load: async () => (await import('@mountkit/http/node')).http,
  },
  s3: async () => (await import('@mountkit/s3')).s3,
  memory: { schemes: [], load: async () => (await import('@mountkit/memory')).memory },
});
