import { createSecret, isSecret, type Secret } from '@mountkit/core';
import { z } from 'zod';
import { type KeyBytes, toKeyBytes } from './key-bytes.ts';

/** A credential: a {@link Secret}, or its text where the caller keeps it anyway. */
export type Credential = Secret | string;

/** Options of the s3 backend. */
export interface S3Options {
  /** A bucket's name, or the ARN of an access point. */
  readonly bucket: string;
  /** What the keys that are shown begin with; a '/' is added at its end. @default '', the whole bucket */
  readonly prefix?: string | undefined;
  /** A service other than AWS: its base URL, http or https. @default that of AWS for the region */
  readonly endpoint?: string | undefined;
  /** The bucket's region. @default what the SDK finds (environment, profile), else 'us-east-1'; a bucket that is elsewhere is found by itself */
  readonly region?: string | undefined;
  /** @default the SDK's chain: environment, profile, SSO, web identity, container, instance */
  readonly credentials?:
    | {
        readonly accessKeyId: Credential;
        readonly secretAccessKey: Credential;
        readonly sessionToken?: Credential | undefined;
      }
    | undefined;
  /** A profile of the shared AWS configuration, for credentials and region. */
  readonly profile?: string | undefined;
  /** Ask without any credentials: nothing is looked for, nothing is signed. @default false */
  readonly anonymous?: boolean | undefined;
  /** The bucket in the path instead of the host name. @default true where `endpoint` is given, else false */
  readonly forcePathStyle?: boolean | undefined;
  /** Agree to pay for what is read from a bucket whose requester pays. */
  readonly requestPayer?: 'requester' | undefined;
  /** Objects that are encrypted with a key of the customer's (SSE-C): 32 bytes in base64. What the service encrypts by itself or with KMS needs nothing. */
  readonly sse?: { readonly customerKey: Credential } | undefined;
  /** What to do with keys that are no legal paths: show them through mountkit's escape, or leave them out and tell them in `unreachable()`. @default 'escape' */
  readonly names?: 'escape' | 'strict' | undefined;
  /** Whether an open file of a versioned bucket goes on by its version id once the object has been replaced. @default 'auto': where the answers tell one and it may be read */
  readonly versions?: 'auto' | 'off' | undefined;
  /** What carries requests: the lean plane, or the client of the AWS SDK. @default 'lean', and 'sdk' where only it can sign (S3 Express, multi-region access points) */
  readonly dataPlane?: 'lean' | 'sdk' | undefined;
  /** Connections at most. @default 64 */
  readonly connections?: number | undefined;
}

const credential = z.union([z.string().min(1), z.custom<Secret>(isSecret, 'a credential is a reference or a text')], {
  error: 'a credential is a reference or a text',
});

const fields = z.strictObject({
  bucket: z
    .string("a bucket's name, or the ARN of an access point is needed")
    .regex(
      /^(?:[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]|arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9.:/_-]+)$/,
      "a bucket's name, or the ARN of an access point",
    ),
  prefix: z.string().max(1024, 'a key has at most 1024 bytes').optional(),
  endpoint: z
    .url({ protocol: /^https?$/, error: 'an http or https URL' })
    .refine((text) => !/[?#]|\/\/[^/]*@/.test(text), 'without user, query and fragment')
    .optional(),
  region: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'a region')
    .optional(),
  credentials: z
    .strictObject({ accessKeyId: credential, secretAccessKey: credential, sessionToken: credential.optional() })
    .optional(),
  profile: z.string().min(1).optional(),
  anonymous: z.boolean().optional(),
  forcePathStyle: z.boolean().optional(),
  requestPayer: z.literal('requester').optional(),
  sse: z.strictObject({ customerKey: credential }).optional(),
  names: z.enum(['escape', 'strict']).optional(),
  versions: z.enum(['auto', 'off']).optional(),
  dataPlane: z.enum(['lean', 'sdk']).optional(),
  connections: z.int().min(1).max(1024).optional(),
});

/** What a config may say. */
export const s3Schema: z.ZodType<S3Options> = fields.superRefine(({ anonymous, credentials, profile }, context) => {
  const both = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  if (anonymous === true && credentials !== undefined) both('credentials', 'anonymous requests take no credentials');
  if (anonymous === true && profile !== undefined) both('profile', 'anonymous requests take no profile');
  if (credentials !== undefined && profile !== undefined) both('profile', 'either credentials or a profile');
});

/** JSON pointers of the credentials. */
export const secretPointers: readonly string[] = [
  '/credentials/accessKeyId',
  '/credentials/secretAccessKey',
  '/credentials/sessionToken',
  '/sse/customerKey',
];

/** JSON Schema of a config. */
export function s3JsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema: _, ...schema } = z.toJSONSchema(fields, { unrepresentable: 'any', io: 'input' });
  return schema;
}

/** Options with everything filled in. */
export interface S3Settings {
  readonly bucket: string;
  /** Empty, or with '/' at its end. */
  readonly prefix: KeyBytes;
  /** Without a final slash. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly credentials:
    | { readonly accessKeyId: Secret; readonly secretAccessKey: Secret; readonly sessionToken: Secret | undefined }
    | undefined;
  readonly profile: string | undefined;
  readonly anonymous: boolean;
  readonly forcePathStyle: boolean;
  readonly requestPayer: 'requester' | undefined;
  readonly customerKey: Secret | undefined;
  readonly names: 'escape' | 'strict';
  readonly versions: 'auto' | 'off';
  readonly dataPlane: 'lean' | 'sdk' | undefined;
  readonly connections: number;
}

/** Fills in the defaults. */
export function settingsOf(options: S3Options): S3Settings {
  const { bucket, region, profile, requestPayer, dataPlane, credentials, sse } = options;
  const endpoint = options.endpoint?.replace(/\/+$/, '');
  const prefix = toKeyBytes(options.prefix ?? '');
  return {
    bucket,
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    endpoint,
    region,
    credentials:
      credentials === undefined
        ? undefined
        : {
            accessKeyId: secretOf(credentials.accessKeyId),
            secretAccessKey: secretOf(credentials.secretAccessKey),
            sessionToken: credentials.sessionToken === undefined ? undefined : secretOf(credentials.sessionToken),
          },
    profile,
    anonymous: options.anonymous ?? false,
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    requestPayer,
    customerKey: sse === undefined ? undefined : secretOf(sse.customerKey),
    names: options.names ?? 'escape',
    versions: options.versions ?? 'auto',
    dataPlane,
    connections: options.connections ?? 64,
  };
}

function secretOf(credential: Credential): Secret {
  return typeof credential === 'string' ? createSecret(credential) : credential;
}
