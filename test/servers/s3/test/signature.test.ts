import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signingKey, signText } from '../src/signature/canonical.ts';
import { decodeChunked } from '../src/signature/chunked.ts';
import { verifyRequest } from '../src/signature/verify.ts';
import type { Caller, VerifyContext } from '../src/signature/verify.ts';
import { parseTarget } from '../src/target.ts';

/*
 * The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, sigv4-query-string-auth.html and
 * sigv4-streaming.html, and https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html.
 */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const CREDENTIAL = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const CONTEXT: VerifyContext = {
  credential: (id) => (id === CREDENTIAL.accessKeyId ? CREDENTIAL : undefined),
  region: 'us-east-1',
  nowMs: Date.UTC(2013, 4, 24, 0, 0, 0),
  signingKey,
};
const SCOPE = 'Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const HOST = 'examplebucket.s3.amazonaws.com';

function verify(
  method: string,
  url: string,
  signed: string,
  signature: string,
  headers: Record<string, string>,
  context = CONTEXT,
): Caller {
  const all = {
    host: HOST,
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': EMPTY,
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${SCOPE},SignedHeaders=${signed},Signature=${signature}`,
  };
  return verifyRequest({ method, target: parseTarget(url, all.host), headers: all }, context);
}

const PLAIN = 'host;x-amz-content-sha256;x-amz-date';
const GET_SIGNATURE = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';
const get = (signature = GET_SIGNATURE, context = CONTEXT, range = 'bytes=0-9'): Caller =>
  verify('GET', '/test.txt', 'host;range;x-amz-content-sha256;x-amz-date', signature, { range }, context);

describe('signatures in a header', () => {
  it('takes the published signature of a ranged read', () => {
    expect(get().accessKeyId).toBe(CREDENTIAL.accessKeyId);
  });

  it('takes the published signature of a write', () => {
    const headers = {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    };
    const signed = 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class';
    const signature = '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd';
    expect(verify('PUT', '/test%24file.text', signed, signature, headers).payload).toBe(
      headers['x-amz-content-sha256'],
    );
  });

  it('takes the published signatures of queries with and without a value', () => {
    verify('GET', '/?lifecycle', PLAIN, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543', {});
    verify(
      'GET',
      '/?max-keys=2&prefix=J',
      PLAIN,
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      {},
    );
    // The order of parameters does not matter.
    verify(
      'GET',
      '/?prefix=J&max-keys=2',
      PLAIN,
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      {},
    );
  });

  it('refuses what the signature does not cover', () => {
    expect(() => get(GET_SIGNATURE, CONTEXT, 'bytes=0-8')).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
    );
    expect(() => get(`0${GET_SIGNATURE.slice(1)}`)).toThrow(expect.objectContaining({ code: 'SignatureDoesNotMatch' }));
    const unsigned = { 'x-amz-meta-a': '1' };
    expect(() => verify('GET', '/', PLAIN, GET_SIGNATURE, unsigned)).toThrow(
      expect.objectContaining({ code: 'AccessDenied' }),
    );
  });

  it('takes a clock that is less than 15 minutes off, and no more', () => {
    const at = (minutes: number): VerifyContext => ({ ...CONTEXT, nowMs: CONTEXT.nowMs + minutes * 60_000 });
    expect(get(GET_SIGNATURE, at(14)).accessKeyId).toBe(CREDENTIAL.accessKeyId);
    for (const minutes of [-16, 16]) {
      expect(() => get(GET_SIGNATURE, at(minutes))).toThrow(expect.objectContaining({ code: 'RequestTimeTooSkewed' }));
    }
  });

  it('tells the region it expects', () => {
    expect(() => get(GET_SIGNATURE, { ...CONTEXT, region: 'eu-west-1' })).toThrow(
      expect.objectContaining({ code: 'AuthorizationHeaderMalformed', elements: { Region: 'eu-west-1' } }),
    );
  });

  it('tells an unknown key, a wrong token and an expired one apart', () => {
    const withCredential = (credential: VerifyContext['credential']): VerifyContext => ({ ...CONTEXT, credential });
    const code = (value: string): unknown => expect.objectContaining({ code: value });
    expect(() =>
      get(
        GET_SIGNATURE,
        withCredential(() => undefined),
      ),
    ).toThrow(code('InvalidAccessKeyId'));
    const token = withCredential(() => ({ ...CREDENTIAL, sessionToken: 't' }));
    expect(() => get(GET_SIGNATURE, token)).toThrow(code('InvalidAccessKeyId'));
    const expired = withCredential(() => ({ ...CREDENTIAL, expiresAtMs: CONTEXT.nowMs }));
    expect(() => get(GET_SIGNATURE, expired)).toThrow(code('ExpiredToken'));
  });
});

describe('signatures in a query', () => {
  const presigned =
    '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
    '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
    '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
  const ask = (url: string, nowMs: number): Caller =>
    verifyRequest({ method: 'GET', target: parseTarget(url, HOST), headers: { host: HOST } }, { ...CONTEXT, nowMs });

  it('takes the published one for as long as it lasts', () => {
    expect(ask(presigned, CONTEXT.nowMs + 86_400_000).accessKeyId).toBe(CREDENTIAL.accessKeyId);
    expect(() => ask(presigned, CONTEXT.nowMs + 86_401_000)).toThrow('Request has expired');
  });

  it('refuses another path, and a longer life', () => {
    expect(() => ask(presigned.replace('test', 'text'), CONTEXT.nowMs)).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
    );
    expect(() => ask(presigned.replace('=86400', '=86401'), CONTEXT.nowMs)).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
    );
  });
});

describe('signed chunks', () => {
  const SEED_SIGNATURE = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
  const FIRST = 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648';
  const SECOND = '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497';
  const LAST = 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9';
  const scope = { date: '20130524', region: 'us-east-1', service: 's3' };
  const seed = {
    key: signingKey(CREDENTIAL.secretAccessKey, scope),
    timestamp: '20130524T000000Z',
    scope: '20130524/us-east-1/s3/aws4_request',
    signature: SEED_SIGNATURE,
  };
  const published = (second = SECOND): Buffer =>
    Buffer.from(
      `10000;chunk-signature=${FIRST}\r\n${'a'.repeat(65_536)}\r\n400;chunk-signature=${second}\r\n${'a'.repeat(1024)}\r\n0;chunk-signature=${LAST}\r\n\r\n`,
    );

  async function decode(body: Buffer, step: number): Promise<{ data: string; trailers: ReadonlyMap<string, string> }> {
    async function* source(): AsyncGenerator<Buffer> {
      for (let at = 0; at < body.length; at += step) yield body.subarray(at, at + step);
    }
    const decoder = decodeChunked(source(), { seed, hasTrailer: body.includes('x-amz-trailer-signature') });
    let data = '';
    for (;;) {
      const next = await decoder.next();
      if (next.done === true) return { data, trailers: next.value };
      data += next.value.toString('latin1');
    }
  }

  it('takes the published request line and chunks, however they are cut', async () => {
    const headers = {
      host: 's3.amazonaws.com',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '66560',
      'content-length': '66824',
    };
    const signed =
      'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class';
    const caller = verify('PUT', '/examplebucket/chunkObject.txt', signed, SEED_SIGNATURE, headers);
    expect(caller.chunkSeed).toEqual(seed);
    expect(published().length).toBe(66_824);
    for (const step of [66_824, 8192, 997]) expect((await decode(published(), step)).data).toBe('a'.repeat(66_560));
  });

  it('refuses a chunk with another signature, and a body that ends early', async () => {
    await expect(decode(published(FIRST), 8192)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
    await expect(decode(published().subarray(0, 66_000), 8192)).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  it('verifies signed trailers', async () => {
    const line = 'x-amz-checksum-crc32c:sOO8/Q==';
    const body = (signature: string): Buffer => {
      const chunks = published().toString('latin1').slice(0, -2);
      return Buffer.from(`${chunks}${line}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`, 'latin1');
    };
    const hash = createHash('sha256').update(`${line}\n`).digest('hex');
    const right = signText(seed.key, ['AWS4-HMAC-SHA256-TRAILER', seed.timestamp, seed.scope, LAST, hash].join('\n'));
    const { trailers } = await decode(body(right), 8192);
    expect([...trailers]).toEqual([['x-amz-checksum-crc32c', 'sOO8/Q==']]);
    await expect(decode(body(LAST), 8192)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  });
});
