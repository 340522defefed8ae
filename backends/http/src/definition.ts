import { type BackendDefinition, defineBackend, FsError } from '@mountkit/core';
import { createHttpBackend, type HttpRuntime } from './backend.ts';
import { listingChoices } from './listing/choice.ts';
import { type HttpOptions, httpSchema } from './options.ts';
import { resolveSource } from './source.ts';

/** What no directory of a web server can hold, for the conformance kit. */
const knownLimits = [{ id: 'errors.below-file', reason: 'a URL below a file is 404, as any other that is not there' }];

/** The definition the loader knows as type 'http', over what the runtime gives. */
export function defineHttp(runtime: HttpRuntime = {}): BackendDefinition<HttpOptions> {
  return defineBackend<HttpOptions>({
    type: 'http',
    schema: httpSchema,
    secrets: ['/auth/password', '/auth/bearer', '/headers/*'],
    knownLimits,
    shorthand: {
      schemes: ['http', 'https', 'webdav+http', 'webdav+https'],
      parse(source): Record<string, unknown> {
        const result = httpSchema['~standard'].validate({ url: source });
        if (result instanceof Promise || result.issues !== undefined) {
          throw new FsError('EINVAL', {
            op: 'parse',
            detail: 'https://host/directory/ or webdav+https://host/share/, without user, query and fragment',
          });
        }
        return { url: source };
      },
    },
    jsonSchema,
    origins: (options) => [new URL(resolveSource(options).url).origin],
    create: (options, context) => createHttpBackend(options, context, runtime),
  });
}

function jsonSchema(): Readonly<Record<string, unknown>> {
  const secret = { description: 'a credential: {"env": NAME} or {"file": PATH}' };
  const positive = { type: 'integer', minimum: 1 };
  return {
    type: 'object',
    required: ['url'],
    additionalProperties: false,
    properties: {
      url: { type: 'string', pattern: '^(?:webdav\\+)?https?://' },
      listing: { enum: [...listingChoices] },
      auth: {
        type: 'object',
        additionalProperties: false,
        properties: { username: { type: 'string' }, password: secret, bearer: secret },
      },
      headers: { type: 'object', additionalProperties: secret },
      network: { oneOf: [{ enum: ['any', 'public-only'] }, { type: 'array', items: { type: 'string' }, minItems: 1 }] },
      connections: { ...positive, maximum: 256 },
      wholeFileBytes: positive,
      maxListingBytes: positive,
      maxListingEntries: positive,
    },
  };
}
