import type { BackendDefinition } from '@mountkit/core';
import { defineHttp } from './definition.ts';
import type { HttpOptions } from './options.ts';

export { createHttpBackend, type HttpRuntime } from './backend.ts';
export { defineHttp } from './definition.ts';
export type { ListingChoice } from './listing/choice.ts';
export {
  buildManifest,
  type Manifest,
  manifestBlockBytes,
  type ManifestEntry,
  manifestName,
  parseManifest,
} from './manifest.ts';
export type { Lookup, NetworkOption } from './network.ts';
export type { Credential, HttpAuth, HttpOptions } from './options.ts';

/** The definition the loader knows as type 'http', without a resolver: `network` can't be limited for host names. See `@mountkit/http/node`. */
export const http: BackendDefinition<HttpOptions> = defineHttp();
