import { isSecret, type Secret } from '@mountkit/core';
import { z } from 'zod';
import { listingChoices, type ListingChoice } from './listing/choice.ts';
import { isNetworkPattern, type NetworkOption } from './network.ts';

/** A credential: a {@link Secret}, or its text where the caller keeps it anyway. */
export type Credential = Secret | string;

/** Who asks: basic or bearer. It goes to the origin of `url` and to no other. */
export type HttpAuth = { readonly username: string; readonly password: Credential } | { readonly bearer: Credential };

/** Options of the http backend. */
export interface HttpOptions {
  /** The directory that becomes the root, http or https, or `webdav+http(s)` for a WebDAV share. Without user info, query and fragment. */
  readonly url: string;
  /** How directories are listed. @default 'auto', or what `url` says: a manifest, a checksum list, a Hugging Face tree, a WebDAV share */
  readonly listing?: ListingChoice | undefined;
  /** Sent with every request to the origin of `url`. */
  readonly auth?: HttpAuth | undefined;
  /** Further headers for the origin of `url`, and for no other. */
  readonly headers?: Readonly<Record<string, Credential>> | undefined;
  /** Which addresses may be connected to: all, public ones, or the named hosts (`files.example`, `*.example`) and networks (`10.0.0.0/8`). @default 'any' */
  readonly network?: NetworkOption | undefined;
  /** Connections to one origin at most. @default 16 */
  readonly connections?: number | undefined;
  /** The largest file that is taken whole where a server does not serve ranges or does not tell the length, in bytes. @default 67108864 */
  readonly wholeFileBytes?: number | undefined;
  /** The largest answer to a listing, and the largest manifest, in bytes. @default 33554432 */
  readonly maxListingBytes?: number | undefined;
  /** Most entries of one directory, and of a manifest. @default 500000 */
  readonly maxListingEntries?: number | undefined;
}

/** The defaults of {@link HttpOptions}. */
export const defaults = {
  connections: 16,
  wholeFileBytes: 67_108_864,
  maxListingBytes: 33_554_432,
  maxListingEntries: 500_000,
} as const;

// Headers that the backend or the protocol decides about.
const ownHeaders =
  /^(?:host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-.*|expect|range|if-.*|accept-encoding|depth)$/i;

const credential = z.union([z.string().min(1), z.custom<Secret>(isSecret, 'a credential is a reference or a text')]);

const url = z.string('an http or https URL is needed').superRefine((text, context) => {
  const problem = urlProblem(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/** What a config may say. */
export const httpSchema: z.ZodType<HttpOptions> = z.strictObject({
  url,
  listing: z.enum(listingChoices).optional(),
  auth: z
    .union([
      z.strictObject({
        username: z
          .string()
          .min(1)
          .regex(/^[^:\r\n]+$/, 'a user name has no colon'),
        password: credential,
      }),
      z.strictObject({ bearer: credential }),
    ])
    .optional(),
  headers: z
    .record(
      z
        .string()
        .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'no header name')
        .refine((name) => !ownHeaders.test(name), 'this header is set by the backend'),
      credential,
    )
    .optional(),
  network: z
    .union([
      z.enum(['any', 'public-only']),
      z.array(z.string().refine(isNetworkPattern, 'a host, *.host, an address or a network such as 10.0.0.0/8')).min(1),
    ])
    .optional(),
  connections: z.int().min(1).max(256).optional(),
  wholeFileBytes: z.int().min(65_536).optional(),
  maxListingBytes: z.int().min(1_024).optional(),
  maxListingEntries: z.int().min(1).optional(),
});

function urlProblem(text: string): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(text.replace(/^webdav\+/i, ''));
  } catch {
    return 'not an absolute URL';
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return 'http, https or webdav+http(s) only';
  if (parsed.username !== '' || parsed.password !== '') return 'user and password belong into auth, not into the URL';
  if (parsed.search !== '' || parsed.hash !== '') return 'a directory has no query and no fragment';
  return undefined;
}
