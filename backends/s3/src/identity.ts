import { createHash } from 'node:crypto';
import type { GetObjectCommand, ListObjectsV2Command, S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { Clock } from '@mountkit/core';
import type { Connections } from './connections.ts';
import { createSdkHandler } from './sdk-handler.ts';
import type { S3Settings } from './options.ts';

/** Who asks. */
interface Identified {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where a bucket is asked, by the SDK's rules. */
export interface Endpoint {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly host: string;
  /** What stands before '/' and the key: empty, or the bucket with a '/' before it. */
  readonly basePath: string;
  /** How requests are signed: 'sigv4', 'sigv4a', 'sigv4-s3express'. */
  readonly scheme: string;
  readonly signingRegion: string;
  readonly signingName: string;
}

/** The SDK, loaded and set up at first use. */
interface Sdk {
  readonly client: S3Client;
  readonly commands: {
    readonly GetObjectCommand: typeof GetObjectCommand;
    readonly ListObjectsV2Command: typeof ListObjectsV2Command;
  };
}

/** Who asks, where and when: what the SDK knows of credentials, regions and endpoints. */
export interface Identity {
  sdk(): Promise<Sdk>;
  endpoint(): Promise<Endpoint>;
  /** Undefined for anonymous requests. */
  credentials(): Promise<Identified | undefined>;
  /** Tells one credential from another without giving it away; undefined for none. */
  name(): Promise<string | undefined>;
  region(): Promise<string>;
  /** What is to be sent for SSE-C; none where that is not used. */
  customerKey(): Promise<{ readonly key: string; readonly md5: string } | undefined>;
  /** The time of the service, in milliseconds since the epoch. */
  now(): number;
  /** From now on the bucket is in this region. */
  moveTo(region: string): void;
  /** From now on the clock is right for this time of the service. */
  setTime(serverMs: number): void;
  /** Asks the source of the credentials anew. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const fallbackRegion = 'us-east-1';

/** The identity of one mount. It does nothing before it is asked. */
export function createIdentity(settings: S3Settings, connections: Connections, clock: Clock): Identity {
  let movedTo: string | undefined;
  let configured: Promise<string> | undefined;
  let offsetMs = 0;
  let loading: Promise<Sdk> | undefined;
  let endpoint: Promise<Endpoint> | undefined;
  let known: { readonly name: string | undefined } | undefined;

  async function load(): Promise<Sdk> {
    const sdk = await import('@aws-sdk/client-s3');
    const client = new sdk.S3Client({
      ...configOf(settings),
      region,
      requestHandler: createSdkHandler(connections) as never,
    });
    return { client, commands: sdk };
  }

  async function sdk(): Promise<Sdk> {
    // A failure is not kept.
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  async function region(): Promise<string> {
    if (movedTo !== undefined) return movedTo;
    if (settings.region !== undefined) return settings.region;
    configured ??= configuredRegion();
    return configured;
  }

  /** What environment and profile say, else where S3 began: a bucket that is elsewhere is found from there. */
  async function configuredRegion(): Promise<string> {
    const { S3Client } = await import('@aws-sdk/client-s3');
    // A client of its own: the other one asks here.
    const client = new S3Client(settings.profile === undefined ? {} : { profile: settings.profile });
    try {
      return await client.config.region();
    } catch {
      return fallbackRegion;
    } finally {
      client.destroy();
    }
  }

  async function resolveEndpoint(): Promise<Endpoint> {
    const { client, commands } = await sdk();
    const found = await endpointOf(client, new commands.ListObjectsV2Command({ Bucket: settings.bucket }));
    const { origin, host, pathname } = found.url;
    const [scheme] = (found.properties?.['authSchemes'] ?? []) as Partial<Record<string, unknown>>[];
    return {
      origin,
      host,
      basePath: pathname.replace(/\/$/, ''),
      scheme: textOf(scheme?.['name']) ?? 'sigv4',
      signingRegion: textOf(scheme?.['signingRegion']) ?? (await region()),
      signingName: textOf(scheme?.['signingName']) ?? 's3',
    };
  }

  const identity: Identity = {
    sdk,
    endpoint: async () => {
      endpoint ??= resolveEndpoint().catch((error: unknown) => {
        endpoint = undefined;
        throw error;
      });
      return endpoint;
    },
    async credentials(): Promise<Identified | undefined> {
      return settings.anonymous ? undefined : (await sdk()).client.config.credentials();
    },
    async name(): Promise<string | undefined> {
      if (known !== undefined) return known.name;
      const credentials = await identity.credentials();
      known = {
        name: credentials && createHash('sha256').update(credentials.accessKeyId).digest('hex').slice(0, 16),
      };
      return known.name;
    },
    region,
    async customerKey() {
      if (settings.customerKey === undefined) return undefined;
      const key = (await settings.customerKey.reveal((await identity.endpoint()).origin)).trim();
      return { key, md5: createHash('md5').update(key, 'base64').digest('base64') };
    },
    now: () => clock.now() + offsetMs,
    moveTo(region): void {
      movedTo = region;
      endpoint = undefined;
    },
    setTime(serverMs): void {
      offsetMs = serverMs - clock.now();
    },
    async refresh(): Promise<void> {
      if (settings.anonymous) return;
      await (await sdk()).client.config.credentials({ forceRefresh: true } as never);
    },
    async close(): Promise<void> {
      await loading?.then(
        ({ client }) => client.destroy(),
        () => undefined,
      );
    },
  };
  return identity;
}

function configOf(settings: S3Settings): S3ClientConfig {
  const { credentials, profile, endpoint, forcePathStyle } = settings;
  const revealed = async (): Promise<Identified> => {
    // What a secret is scoped to is the place it is used for.
    const url = endpoint ?? 'https://s3.amazonaws.com';
    const [accessKeyId = '', secretAccessKey = '', sessionToken] = await Promise.all(
      [credentials?.accessKeyId, credentials?.secretAccessKey, credentials?.sessionToken].map(async (secret) =>
        (await secret?.reveal(url))?.trim(),
      ),
    );
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  };
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(profile !== undefined && { profile }),
    ...(credentials !== undefined && { credentials: revealed as never }),
    ...(settings.anonymous && {
      credentials: { accessKeyId: '', secretAccessKey: '' },
      signer: { sign: async <T>(request: T): Promise<T> => request },
    }),
    forcePathStyle,
    useArnRegion: true,
    // Attempts, and what comes of checksums, are decided here and in the layers.
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
}

/** An endpoint as the SDK's rules give it. */
interface ResolvedEndpoint {
  readonly url: URL;
  readonly properties?: Readonly<Record<string, unknown>>;
}

type AnyCommand = { readonly middlewareStack: unknown };

/** What the SDK's rules make of a request: it is prepared as far as its endpoint, and never sent. */
async function endpointOf(client: S3Client, command: AnyCommand): Promise<ResolvedEndpoint> {
  let found: ResolvedEndpoint | undefined;
  const stack = command.middlewareStack as {
    add(
      middleware: unknown,
      options: { readonly step: 'build'; readonly priority: 'high'; readonly name: string },
    ): void;
  };
  stack.add(
    (_next: unknown, context: { readonly endpointV2?: ResolvedEndpoint }) => async () => {
      found = context.endpointV2;
      return { output: {}, response: undefined };
    },
    { step: 'build', priority: 'high', name: 'mountkitEndpoint' },
  );
  await client.send(command as never);
  if (found === undefined) throw new Error('the SDK resolved no endpoint');
  return found;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
