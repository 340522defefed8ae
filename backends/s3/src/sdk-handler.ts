import type { Connections } from './connections.ts';
import { encodeQueryPart } from './key-bytes.ts';

/** A request as the SDK hands it to its transport. */
interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer as the SDK takes it from its transport. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The SDK's transport, over connections that are also ours: one pool, one cap, one end. */
export interface SdkHandler {
  handle(
    request: SdkRequest,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly response: SdkResponse }>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
}

/** @param connections outlive the SDK's client, which does not close them. */
export function createSdkHandler(connections: Connections): SdkHandler {
  return {
    async handle(request, { abortSignal } = {}) {
      const { protocol, hostname, port, path, method, headers, body } = request;
      const query = queryOf(request.query ?? {});
      const answer = await connections.send(
        {
          origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`,
          target: path + (query === '' ? '' : `?${query}`),
          method,
          headers,
          ...(body !== undefined && { body }),
        },
        abortSignal,
      );
      return { response: { statusCode: answer.status, headers: answer.headers, body: answer.body } };
    },
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

/** A query in the form Signature Version 4 signs: sorted by name, everything but unreserved characters written %XX. */
export function queryOf(query: Readonly<Record<string, string | readonly string[] | null>>): string {
  return Object.keys(query)
    .toSorted()
    .flatMap((name) => {
      const value = query[name];
      if (value === null || value === undefined) return [encodeQueryPart(name)];
      const values = typeof value === 'string' ? [value] : value;
      return values.map((each) => `${encodeQueryPart(name)}=${encodeQueryPart(each)}`);
    })
    .join('&');
}
