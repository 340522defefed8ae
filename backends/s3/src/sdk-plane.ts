import type { GetObjectCommandOutput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { type BodySource, createBody, watchBody } from './body.ts';
import type { Identity } from './identity.ts';
import { textOfKey, toKeyBytes } from './key-bytes.ts';
import type { PlaneSettings } from './lean-plane.ts';
import { interpretListing, MalformedListing } from './listing.ts';
import { CorruptBody, type DataPlane, type Head, Refusal } from './plane.ts';
import type { SdkResponse } from './sdk-handler.ts';

/** The part of a command's middleware stack that is used: its own types want the command's input and output. */
interface CommandStack {
  add(
    middleware: (
      next: (given: unknown) => Promise<{ readonly response: SdkResponse }>,
    ) => (given: unknown) => Promise<unknown>,
    options: { readonly step: 'deserialize'; readonly priority: 'low'; readonly name: string },
  ): void;
}

/** The same requests through the client of the AWS SDK: what it makes of them is the measure for the lean plane. */
export function createSdkPlane(identity: Identity, bucket: string, { requestPayer }: PlaneSettings): DataPlane {
  const common = { Bucket: bucket, ...(requestPayer !== undefined && { RequestPayer: requestPayer }) };

  async function send(
    command: { readonly middlewareStack: unknown },
    signal: AbortSignal | undefined,
  ): Promise<{ readonly head: Head; readonly output: unknown }> {
    const { client } = await identity.sdk();
    let head: Head | undefined;
    (command.middlewareStack as CommandStack).add(
      (next) => async (given) => {
        const result = await next(given);
        head = headOf(result.response);
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'mountkitHead' },
    );
    try {
      const output: unknown = await client.send(command as never, signal === undefined ? {} : { abortSignal: signal });
      return { head: head ?? { status: 0, header: () => undefined }, output };
    } catch (error) {
      if (head === undefined || signal?.aborted === true) throw error;
      if (head.status !== 200 && head.status !== 206) throw refusalOf(error, head);
      throw error;
    }
  }

  return {
    async get({ key, range, ifMatch, ifNoneMatch, versionId, wantsChecksum }, signal) {
      const { commands } = await identity.sdk();
      const customer = await identity.customerKey();
      const command = new commands.GetObjectCommand({
        ...common,
        Key: textOfKey(key) ?? '',
        ...(range !== undefined && { Range: range }),
        ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
        ...(ifNoneMatch !== undefined && { IfNoneMatch: `"${ifNoneMatch}"` }),
        ...(versionId !== undefined && { VersionId: versionId }),
        ...(wantsChecksum && { ChecksumMode: 'ENABLED' as const }),
        ...(customer !== undefined && {
          SSECustomerAlgorithm: 'AES256',
          SSECustomerKey: customer.key,
          SSECustomerKeyMD5: customer.md5,
        }),
      });
      const { head, output } = await send(command, signal);
      const body = createBody((output as GetObjectCommandOutput).Body as unknown as BodySource);
      // The SDK verifies the checksum by itself; what its stream throws then has no code, as what connections throw has.
      return {
        ...head,
        body: watchBody(body, { failure: (caught) => (hasCode(caught) ? caught : new CorruptBody()) }),
      };
    },
    async list({ prefix, delimiter, maxKeys, token }, signal, onNext) {
      const { commands } = await identity.sdk();
      const command = new commands.ListObjectsV2Command({
        ...common,
        EncodingType: 'url',
        MaxKeys: maxKeys,
        Prefix: textOfKey(prefix) ?? '',
        ...(delimiter !== undefined && { Delimiter: delimiter }),
        ...(token !== undefined && { ContinuationToken: token }),
      });
      const { head, output } = await sendList(command, signal);
      if (output.IsTruncated === true && output.NextContinuationToken !== undefined)
        onNext?.(output.NextContinuationToken);
      const raw = {
        objects: (output.Contents ?? []).map(({ Key, Size, ETag, LastModified, StorageClass }) => ({
          key: bytesOf(Key),
          size: Size === undefined ? undefined : `${Size}`,
          etag: ETag,
          modified: LastModified?.toISOString(),
          storageClass: StorageClass,
        })),
        prefixes: (output.CommonPrefixes ?? []).map(({ Prefix }) => bytesOf(Prefix)),
        isTruncated: output.IsTruncated === undefined ? undefined : `${output.IsTruncated}`,
        nextToken: output.NextContinuationToken,
        encodingType: output.EncodingType,
      };
      // The SDK reads the body by itself; what its pages weigh is told where the service tells it.
      return {
        ...head,
        page: interpretListing(raw, prefix),
        bytesReceived: Number(head.header('content-length') ?? 0),
      };
    },
  };

  async function sendList(
    command: { readonly middlewareStack: unknown },
    signal: AbortSignal | undefined,
  ): Promise<{ readonly head: Head; readonly output: ListObjectsV2CommandOutput }> {
    try {
      const { head, output } = await send(command, signal);
      return { head, output: output as ListObjectsV2CommandOutput };
    } catch (error) {
      // What the SDK cannot read it says in many ways; a connection that broke has a code.
      if (error instanceof Refusal || signal?.aborted === true || hasCode(error)) throw error;
      throw isParseFailure(error) ? new MalformedListing('the SDK cannot read it') : error;
    }
  }
}

function headOf({ statusCode, headers }: SdkResponse): Head {
  return { status: statusCode, header: (name) => headers[name] };
}

function refusalOf(error: unknown, head: Head): Refusal {
  const { name, message, Code } = error as {
    readonly name?: string;
    readonly message?: string;
    readonly Code?: string;
  };
  const code = Code ?? name ?? '';
  const element = (wanted: string): string | undefined => {
    const value = (error as Record<string, unknown>)[wanted];
    return typeof value === 'string' ? value : undefined;
  };
  // The SDK makes up names where the service gave no code.
  const isMadeUp = /^(?:Error|Unknown|UnknownError|\d+|S3ServiceException)$/.test(code);
  return new Refusal(head, isMadeUp ? '' : code, message ?? '', element);
}

function bytesOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : toKeyBytes(text);
}

function hasCode(error: unknown): boolean {
  return typeof (error as { readonly code?: unknown } | undefined)?.code === 'string';
}

function isParseFailure(error: unknown): boolean {
  return error instanceof Error && error.name !== 'CredentialsProviderError' && '$metadata' in error;
}
