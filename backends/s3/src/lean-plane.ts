import { SignatureV4 } from '@smithy/signature-v4';
import { createBody } from './body.ts';
import type { Connections, WireAnswer } from './connections.ts';
import type { Endpoint, Identity } from './identity.ts';
import { encodeKeyPath, textOfKey } from './key-bytes.ts';
import { parseListing } from './list-parser.ts';
import { createListScanner } from './list-scanner.ts';
import { interpretListing, type ListedPage, MalformedListing } from './listing.ts';
import { type DataPlane, type Head, Refusal } from './plane.ts';
import { queryOf } from './sdk-handler.ts';

/** A page of 1000 keys is at most 3.5 MB of XML: each of 1024 bytes is written %XX. */
const maxListingBytes = 16 * 1024 * 1024;
/** The text of a refusal is read up to here. */
const maxRefusalBytes = 64 * 1024;
/** SHA-256 of nothing. */
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** What a plane needs of the mount's settings. */
export interface PlaneSettings {
  readonly anonymous: boolean;
  readonly requestPayer: 'requester' | undefined;
}

/** The lean plane: requests signed by the SDK's signer and sent as they are, listings scanned while they come. */
export function createLeanPlane(identity: Identity, connections: Connections, settings: PlaneSettings): DataPlane {
  let signer: { readonly endpoint: Endpoint; readonly signer: SignatureV4 } | undefined;

  async function signerFor(endpoint: Endpoint): Promise<SignatureV4> {
    if (signer?.endpoint !== endpoint) {
      const { client } = await identity.sdk();
      signer = {
        endpoint,
        signer: new SignatureV4({
          credentials: async () => (await identity.credentials()) ?? { accessKeyId: '', secretAccessKey: '' },
          region: endpoint.signingRegion,
          service: endpoint.signingName,
          sha256: client.config.sha256,
          uriEscapePath: false,
        }),
      };
    }
    return signer.signer;
  }

  async function send(
    path: string,
    query: Readonly<Record<string, string>>,
    given: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal | undefined,
  ): Promise<WireAnswer> {
    const endpoint = await identity.endpoint();
    const target = `${endpoint.basePath}${path}`;
    let headers: Record<string, string> = {
      host: endpoint.host,
      'user-agent': 'mountkit',
      'accept-encoding': 'identity',
    };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) headers[name] = value;
    if (settings.requestPayer !== undefined) headers['x-amz-request-payer'] = settings.requestPayer;
    if (!settings.anonymous) {
      const signing = await signerFor(endpoint);
      headers['x-amz-content-sha256'] = emptyHash;
      const signed = await signing.sign(
        { method: 'GET', protocol: '', hostname: endpoint.host, path: target, query: { ...query }, headers },
        { signingDate: new Date(identity.now()), unsignableHeaders: unsigned },
      );
      ({ headers } = signed);
    }
    const search = queryOf(query);
    const answer = await connections.send(
      { origin: endpoint.origin, target: search === '' ? target : `${target}?${search}`, method: 'GET', headers },
      signal,
    );
    if (answer.status === 200 || answer.status === 206) return answer;
    throw await refusalOf(answer);
  }

  return {
    async get({ key, range, ifMatch, ifNoneMatch, versionId, wantsChecksum }, signal) {
      const customer = await identity.customerKey();
      const { status, header, body } = await send(
        `/${encodeKeyPath(key)}`,
        versionId === undefined ? {} : { versionId },
        {
          range,
          'if-match': ifMatch === undefined ? undefined : `"${ifMatch}"`,
          'if-none-match': ifNoneMatch === undefined ? undefined : `"${ifNoneMatch}"`,
          'x-amz-checksum-mode': wantsChecksum ? 'ENABLED' : undefined,
          ...(customer !== undefined && {
            'x-amz-server-side-encryption-customer-algorithm': 'AES256',
            'x-amz-server-side-encryption-customer-key': customer.key,
            'x-amz-server-side-encryption-customer-key-md5': customer.md5,
          }),
        },
        signal,
      );
      return { status, header, body: createBody(body) };
    },
    async list({ prefix, delimiter, maxKeys, token }, signal, onNext) {
      const { status, header, body } = await send(
        '/',
        {
          'list-type': '2',
          'encoding-type': 'url',
          'max-keys': `${maxKeys}`,
          prefix: textOfKey(prefix) ?? '',
          ...(delimiter !== undefined && { delimiter }),
          ...(token !== undefined && { 'continuation-token': token }),
        },
        {},
        signal,
      );
      return { status, header, ...(await readPage(body, prefix, onNext)) };
    },
  };
}

/** Headers that a proxy may change. */
const unsigned: Set<string> = new Set(['user-agent', 'accept-encoding']);

async function readPage(
  body: AsyncIterable<Uint8Array>,
  prefix: string,
  onNext: ((token: string) => void) | undefined,
): Promise<{ readonly page: ListedPage; readonly bytesReceived: number }> {
  const scanner = createListScanner();
  const chunks: Uint8Array[] = [];
  let bytesReceived = 0;
  let isTold = onNext === undefined;
  for await (const chunk of body) {
    bytesReceived += chunk.byteLength;
    if (bytesReceived > maxListingBytes) throw new MalformedListing('it is endless');
    chunks.push(chunk);
    scanner.push((chunk as Buffer).toString('latin1'));
    if (isTold) continue;
    const token = scanner.nextToken();
    if (token === undefined) continue;
    isTold = true;
    // S3 tells it before the first object: the next page may be asked for before this one has come.
    onNext?.(token);
  }
  const raw = scanner.finish() ?? (await parseListing(chunks));
  return { page: interpretListing(raw, prefix), bytesReceived };
}

/** Reads what the service says of a refusal: an `Error` element of simple ones, or nothing. */
async function refusalOf(answer: WireAnswer): Promise<Refusal> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.byteLength;
    // Leaving the loop lets go of the body.
    if (length >= maxRefusalBytes) break;
  }
  const xml = Buffer.concat(chunks).toString('utf8');
  const element = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  const head: Head = { status: answer.status, header: answer.header };
  return new Refusal(head, element('Code') ?? '', element('Message') ?? '', element);
}
