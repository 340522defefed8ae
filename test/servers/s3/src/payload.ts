import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Call } from './call.ts';
import { headerOf } from './call.ts';
import { checksumAlgorithms, createSummer, parseAlgorithm } from './checksum.ts';
import type { Checksum, ChecksumAlgorithm } from './checksum.ts';
import { bytesContent } from './content.ts';
import type { Content } from './content.ts';
import { S3Error } from './s3-error.ts';
import { decodeChunked, parseChunkedForm } from './signature/chunked.ts';

/** A received body, unwrapped and verified. */
export interface Payload {
  readonly content: Content;
  /** MD5 in hex. */
  readonly md5: string;
  /** The checksum the client gave, in a header or a trailer. */
  readonly checksum: Checksum | undefined;
}

/**
 * Receives a body: unwraps `aws-chunked`, then verifies the signed hash, Content-MD5 and checksum.
 *
 * @throws {S3Error} IncompleteBody, XAmzContentSHA256Mismatch, BadDigest, InvalidDigest, MissingContentLength, SignatureDoesNotMatch
 */
export async function receivePayload(call: Call): Promise<Payload> {
  const { payload, chunkSeed } = call.caller;
  const form = parseChunkedForm(payload, chunkSeed);
  if (headerOf(call, 'content-length') === undefined && headerOf(call, 'transfer-encoding') === undefined) {
    throw new S3Error('MissingContentLength');
  }
  const announced = announcedChecksum(call);
  const summer = announced === undefined ? undefined : createSummer(announced.algorithm);
  const signedHash = payload !== undefined && /^[0-9a-f]{64}$/.test(payload) ? createHash('sha256') : undefined;
  const md5 = createHash('md5');
  const chunks: Buffer[] = [];
  const take = (chunk: Buffer): void => {
    md5.update(chunk);
    summer?.update(chunk);
    signedHash?.update(chunk);
    chunks.push(chunk);
  };

  let trailers: ReadonlyMap<string, string> = new Map();
  if (form === undefined) {
    for await (const chunk of call.body) take(chunk);
  } else {
    const decoder = decodeChunked(call.body, form);
    let step = await decoder.next();
    for (; step.done !== true; step = await decoder.next()) take(step.value);
    trailers = step.value;
  }

  const content = bytesContent(...chunks);
  const decodedLength = headerOf(call, 'x-amz-decoded-content-length');
  if (form !== undefined && decodedLength !== undefined && Number(decodedLength) !== content.size) {
    throw new S3Error('IncompleteBody');
  }
  if (signedHash !== undefined && signedHash.digest('hex') !== payload) throw new S3Error('XAmzContentSHA256Mismatch');
  const digest = md5.digest();
  expectMd5(headerOf(call, 'content-md5'), digest);
  if (announced === undefined || summer === undefined)
    return { content, md5: digest.toString('hex'), checksum: undefined };

  const given = announced.value ?? trailers.get(`x-amz-checksum-${announced.algorithm}`);
  const value = summer.digest();
  if (given === undefined) throw new S3Error('MalformedXML', { message: 'The announced trailer is missing' });
  if (given !== value) {
    throw new S3Error('BadDigest', {
      message: `The ${announced.algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
    });
  }
  return {
    content,
    md5: digest.toString('hex'),
    checksum: { algorithm: announced.algorithm, value, type: 'FULL_OBJECT' },
  };
}

/** Receives a small body as text, one character for each byte. */
export async function receiveText(call: Call): Promise<string> {
  const { content } = await receivePayload(call);
  return Buffer.concat([...content.slices(0, content.size)]).toString('latin1');
}

function announcedChecksum(call: Call): { algorithm: ChecksumAlgorithm; value: string | undefined } | undefined {
  for (const algorithm of checksumAlgorithms) {
    const value = headerOf(call, `x-amz-checksum-${algorithm}`);
    if (value !== undefined) return { algorithm, value };
  }
  const trailer = /^x-amz-checksum-(\w+)$/i.exec(headerOf(call, 'x-amz-trailer')?.trim() ?? '');
  const algorithm = parseAlgorithm(trailer?.[1]);
  return algorithm === undefined ? undefined : { algorithm, value: undefined };
}

function expectMd5(given: string | undefined, digest: Buffer): void {
  if (given === undefined) return;
  const wanted = Buffer.from(given, 'base64');
  if (wanted.length !== 16) throw new S3Error('InvalidDigest');
  if (!wanted.equals(digest)) throw new S3Error('BadDigest');
}
