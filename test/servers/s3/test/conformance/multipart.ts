import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { CaseContext, Check } from '../harness/suite.ts';

const MINIMUM = 5 * 1024 * 1024;
const FIRST = Buffer.alloc(MINIMUM, 'first part ');
const SECOND = Buffer.from('the end');

const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();

async function create({ client, bucket }: CaseContext, key: string): Promise<string> {
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType: 'text/x-parts' }),
  );
  return UploadId ?? '';
}

async function part(
  { client, bucket }: CaseContext,
  key: string,
  id: string,
  number: number,
  body: Buffer,
): Promise<CompletedPart> {
  const { ETag } = await client.send(
    new UploadPartCommand({ Bucket: bucket, Key: key, UploadId: id, PartNumber: number, Body: body }),
  );
  return { PartNumber: number, ETag };
}

async function complete(
  { client, bucket }: CaseContext,
  key: string,
  id: string,
  parts: CompletedPart[],
  ifNoneMatch?: string,
): Promise<string> {
  const { ETag } = await client.send(
    new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      UploadId: id,
      MultipartUpload: { Parts: parts },
      ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
    }),
  );
  return ETag ?? '';
}

export function multipartCases(check: Check): void {
  check('parts become one object, whose ETag is made of theirs', async (context) => {
    const id = await create(context, 'parts');
    // In the wrong order on purpose.
    const second = await part(context, 'parts', id, 7, SECOND);
    const first = await part(context, 'parts', id, 2, FIRST);
    expect((await context.get('parts')).status).toBe(404);
    await complete(context, 'parts', id, [first, second]);
    const got = await context.get('parts');
    expect(got.body.equals(Buffer.concat([FIRST, SECOND]))).toBe(true);
    expect(got.headers.etag).toBe(`"${md5(Buffer.concat([md5(FIRST), md5(SECOND)])).toString('hex')}-2"`);
    expect(got.headers['content-type']).toBe('text/x-parts');
    const over = await context.get('parts', { range: `bytes=${MINIMUM - 2}-${MINIMUM + 1}` });
    expect(over.text).toBe(`${FIRST.subarray(-2).toString()}th`);
  });

  check(
    'the answer to a completed upload has the ETag',
    async (context) => {
      const id = await create(context, 'k');
      const etag = await complete(context, 'k', id, [await part(context, 'k', id, 1, SECOND)]);
      expect(etag).toMatch(/^"[0-9a-f]{32}-1"$/);
    },
    { radosgw: 'its ETag is empty' },
  );

  check('a part that comes again replaces the former', async (context) => {
    const id = await create(context, 'k');
    await part(context, 'k', id, 1, Buffer.from('old'));
    await complete(context, 'k', id, [await part(context, 'k', id, 1, Buffer.from('new'))]);
    expect((await context.get('k')).text).toBe('new');
  });

  check('parts are listed by number, in pages', async (context) => {
    const { client, bucket } = context;
    const id = await create(context, 'k');
    for (const number of [3, 1, 2]) await part(context, 'k', id, number, Buffer.from(`part ${number}`));
    const first = await client.send(new ListPartsCommand({ Bucket: bucket, Key: 'k', UploadId: id, MaxParts: 2 }));
    expect(first.Parts?.map((one) => one.PartNumber)).toEqual([1, 2]);
    expect([first.IsTruncated, first.NextPartNumberMarker]).toEqual([true, '2']);
    const rest = await client.send(
      new ListPartsCommand({ Bucket: bucket, Key: 'k', UploadId: id, PartNumberMarker: '2' }),
    );
    expect(rest.Parts?.map((one) => [one.PartNumber, one.Size])).toEqual([[3, 6]]);
  });

  check('uploads under way are listed, and aborted ones are not', async (context) => {
    const { client, bucket } = context;
    const kept = await create(context, 'b/kept');
    const aborted = await create(context, 'a/aborted');
    const before = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(before.Uploads?.map((one) => one.Key)).toEqual(['a/aborted', 'b/kept']);
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: 'a/aborted', UploadId: aborted }));
    const after = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(after.Uploads?.map((one) => one.UploadId)).toEqual([kept]);
    await expect(part(context, 'a/aborted', aborted, 1, SECOND)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  check('a part that is too small, and not the last, is refused', async (context) => {
    const id = await create(context, 'k');
    const parts = [await part(context, 'k', id, 1, SECOND), await part(context, 'k', id, 2, SECOND)];
    await expect(complete(context, 'k', id, parts)).rejects.toMatchObject({ name: 'EntityTooSmall' });
  });

  check('a part with a wrong ETag is refused, and the upload goes on', async (context) => {
    const id = await create(context, 'k');
    const first = await part(context, 'k', id, 1, SECOND);
    const wrong = { PartNumber: 1, ETag: '"00000000000000000000000000000000"' };
    await expect(complete(context, 'k', id, [wrong])).rejects.toMatchObject({ name: 'InvalidPart' });
    await complete(context, 'k', id, [first]);
  });

  check(
    'parts in a wrong order are refused',
    async (context) => {
      const id = await create(context, 'k');
      const first = await part(context, 'k', id, 1, FIRST);
      const second = await part(context, 'k', id, 2, SECOND);
      await expect(complete(context, 'k', id, [second, first])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    },
    { radosgw: 'it sorts them' },
  );

  check('an upload nobody began is unknown', async (context) => {
    await expect(part(context, 'k', 'no-such-upload', 1, SECOND)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  check('a part is copied out of another object', async (context) => {
    const { client, bucket } = context;
    await context.put('source ü', Buffer.concat([FIRST, SECOND]));
    const id = await create(context, 'k');
    const copy = async (number: number, range: string): Promise<CompletedPart> => {
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          Bucket: bucket,
          Key: 'k',
          UploadId: id,
          PartNumber: number,
          CopySource: encodeURI(`${bucket}/source ü`),
          CopySourceRange: range,
        }),
      );
      return { PartNumber: number, ETag: CopyPartResult?.ETag };
    };
    const parts = [await copy(1, `bytes=0-${MINIMUM - 1}`), await copy(2, `bytes=${MINIMUM + 4}-${MINIMUM + 6}`)];
    await complete(context, 'k', id, parts);
    const got = await context.get('k');
    expect(got.body.equals(Buffer.concat([FIRST, Buffer.from('end')]))).toBe(true);
  });

  check(
    'a part of a finished object is read by its number',
    async (context) => {
      const id = await create(context, 'k');
      const parts = [await part(context, 'k', id, 1, FIRST), await part(context, 'k', id, 2, SECOND)];
      await complete(context, 'k', id, parts);
      const got = await context.get('k', {}, { partNumber: '2' });
      expect([got.status, got.text, got.headers['x-amz-mp-parts-count']]).toEqual([206, 'the end', '2']);
    },
    { radosgw: 'it ignores partNumber on a read' },
  );

  check(
    'an upload is completed under If-None-Match: * only where nothing is',
    async (context) => {
      const id = await create(context, 'k');
      const only = await part(context, 'k', id, 1, SECOND);
      await context.put('k', 'mine');
      await expect(complete(context, 'k', id, [only], '*')).rejects.toMatchObject({ name: 'PreconditionFailed' });
      expect((await context.get('k')).text).toBe('mine');
    },
    { radosgw: 'conditions on CompleteMultipartUpload are ignored' },
  );

  check(
    'of uploads racing with If-None-Match: * exactly one is completed',
    async (context) => {
      const uploads = await Promise.all(
        Array.from({ length: 4 }, async (_, index) => {
          const id = await create(context, 'k');
          return { id, only: await part(context, 'k', id, 1, Buffer.from(`upload ${index}`)) };
        }),
      );
      const ends = await Promise.allSettled(
        uploads.map(async ({ id, only }) => complete(context, 'k', id, [only], '*')),
      );
      const winners = ends.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
      expect(winners).toHaveLength(1);
      expect((await context.get('k')).text).toBe(`upload ${winners[0]}`);
    },
    { radosgw: 'conditions on CompleteMultipartUpload are ignored' },
  );
}
