import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ChecksumType, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { useEmbedded } from './harness/embedded.ts';
import { clientOf } from './harness/subject.ts';

const embedded = useEmbedded({ minimumPartBytes: 1 });

async function upload(
  algorithm: 'CRC32' | 'CRC64NVME' | 'SHA256',
  type: ChecksumType,
): Promise<GetObjectCommandOutput> {
  const client = clientOf(embedded().endpoint);
  const at = { Bucket: 'data', Key: 'parts' };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: algorithm, ChecksumType: type }),
  );
  const parts = [];
  for (const [index, body] of ['12345', '6789'].entries()) {
    const PartNumber = index + 1;
    const answer = await client.send(
      new UploadPartCommand({ ...at, UploadId, PartNumber, Body: body, ChecksumAlgorithm: algorithm }),
    );
    parts.push({ PartNumber, ETag: answer.ETag, [`Checksum${algorithm}`]: answer[`Checksum${algorithm}`] });
  }
  await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts: parts } }));
  const got = await client.send(new GetObjectCommand({ ...at, ChecksumMode: 'ENABLED' }));
  expect(await got.Body?.transformToString()).toBe('123456789');
  client.destroy();
  return got;
}

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

it('gives an upload the checksum of the whole, whatever its parts', async () => {
  expect(await upload('CRC32', 'FULL_OBJECT')).toMatchObject({
    ChecksumCRC32: base64('cbf43926'),
    ChecksumType: 'FULL_OBJECT',
  });
  expect(await upload('CRC64NVME', 'FULL_OBJECT')).toMatchObject({ ChecksumCRC64NVME: base64('ae8b14860a799888') });
});

it('gives an upload the checksum of the checksums of its parts', async () => {
  const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
  const ofParts = sha256(Buffer.concat([sha256('12345'), sha256('6789')])).toString('base64');
  expect(await upload('SHA256', 'COMPOSITE')).toMatchObject({
    ChecksumSHA256: `${ofParts}-2`,
    ChecksumType: 'COMPOSITE',
  });
  const word = (data: string | Buffer): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(data));
    return bytes;
  };
  const crc = word(Buffer.concat([word('12345'), word('6789')])).toString('base64');
  expect(await upload('CRC32', 'COMPOSITE')).toMatchObject({ ChecksumCRC32: `${crc}-2` });
});

it("keeps what is said of an encryption with the service's keys", async () => {
  const { put, get } = embedded();
  const headers = { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'key' };
  expect((await put('k', 'x', headers)).headers).toMatchObject(headers);
  expect((await get('k')).headers).toMatchObject(headers);
});

it('refuses a trailer that does not fit the body', async () => {
  const { raw } = embedded();
  const put = async (sum: string): Promise<string> => {
    const body = `9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:${sum}\r\n\r\n`;
    const headers = {
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '9',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    };
    const answer = await raw({ method: 'PUT', path: '/data/k', headers, body });
    return `${answer.status} ${answer.code ?? ''}`;
  };
  expect(await put(base64('cbf43926'))).toBe('200 ');
  expect(await put(base64('cbf43927'))).toBe('400 BadDigest');
});
