import { createSecret, type MaybePromise, type Secret } from '@mountkit/core';
import type { Credential, HttpOptions } from './options.ts';

/** What goes with requests to one origin, and with no others. */
export interface Credentials {
  /** Whether there is anything at all. */
  readonly present: boolean;
  /** Headers for a request to `url`; none for another origin. */
  headersFor(url: URL): Promise<Readonly<Record<string, string>>>;
}

/** Binds the credentials and headers of the options to an origin. */
export function bindCredentials({ auth, headers }: Pick<HttpOptions, 'auth' | 'headers'>, origin: string): Credentials {
  const bound: { readonly name: string; value(url: string): MaybePromise<string> }[] = [];
  const add = (name: string, credential: Credential, form: (text: string) => string): void => {
    const secret: Secret = typeof credential === 'string' ? createSecret(credential, origin) : credential;
    bound.push({ name: name.toLowerCase(), value: async (url) => form(await secret.reveal(url)) });
  };
  if (auth !== undefined && 'bearer' in auth) add('authorization', auth.bearer, (text) => `Bearer ${text}`);
  if (auth !== undefined && 'username' in auth) {
    add('authorization', auth.password, (text) => `Basic ${base64(`${auth.username}:${text}`)}`);
  }
  for (const [name, value] of Object.entries(headers ?? {})) add(name, value, (text) => text);

  return {
    present: bound.length > 0,
    async headersFor(url): Promise<Readonly<Record<string, string>>> {
      if (url.origin !== origin) return {};
      const revealed: Record<string, string> = {};
      for (const { name, value } of bound) revealed[name] = await value(url.href);
      return revealed;
    },
  };
}

// Basic credentials are UTF-8 (RFC 7617 section 2.1).
function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}
