import { ListObjectsV2Command, ListObjectVersionsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { CaseContext, Check } from '../harness/suite.ts';

async function enable({ client, bucket }: CaseContext): Promise<void> {
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
}

async function putVersions(context: CaseContext, key: string, bodies: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const body of bodies) {
    const { headers } = await context.put(key, body);
    ids.push(String(headers['x-amz-version-id']));
  }
  return ids;
}

export function versionCases(check: Check): void {
  check('a bucket that was never versioned tells no version', async ({ put, get }) => {
    await put('k', 'x');
    expect((await get('k')).headers['x-amz-version-id']).toBeUndefined();
  });

  check('every write is a version, and each can be read', async (context) => {
    await enable(context);
    const [first = '', second = ''] = await putVersions(context, 'k', ['one', 'two']);
    expect(first).not.toBe(second);
    const current = await context.get('k');
    expect([current.text, current.headers['x-amz-version-id']]).toEqual(['two', second]);
    const old = await context.get('k', { range: 'bytes=1-' }, { versionId: first });
    expect([old.status, old.text, old.headers['x-amz-version-id']]).toEqual([206, 'ne', first]);
  });

  check('a delete leaves a marker, and the versions readable', async (context) => {
    await enable(context);
    const { bucket, client, raw } = context;
    const [id = ''] = await putVersions(context, 'k', ['one']);
    const gone = await raw({ method: 'DELETE', path: `/${bucket}/k` });
    expect([gone.status, gone.headers['x-amz-delete-marker']]).toEqual([204, 'true']);
    const absent = await context.get('k');
    expect([absent.status, absent.code]).toEqual([404, 'NoSuchKey']);
    expect((await context.get('k', {}, { versionId: id })).text).toBe('one');
    expect((await client.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
    const marker = String(gone.headers['x-amz-version-id']);
    await raw({ method: 'DELETE', path: `/${bucket}/k`, query: { versionId: marker } });
    expect((await context.get('k')).text).toBe('one');
  });

  check('a version that is deleted is gone for good', async (context) => {
    await enable(context);
    const { bucket, raw } = context;
    const [first = '', second = ''] = await putVersions(context, 'k', ['one', 'two']);
    await raw({ method: 'DELETE', path: `/${bucket}/k`, query: { versionId: second } });
    expect((await context.get('k')).text).toBe('one');
    const gone = await context.get('k', {}, { versionId: second });
    expect(gone.status).toBe(404);
    expect((await context.get('k', {}, { versionId: first })).status).toBe(200);
  });

  check('versions are listed by key, newest first, with markers', async (context) => {
    await enable(context);
    const { bucket, client, raw } = context;
    const [a1, a2] = await putVersions(context, 'a', ['one', 'two']);
    const [b1] = await putVersions(context, 'b', ['one']);
    await raw({ method: 'DELETE', path: `/${bucket}/b` });
    const list = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    expect(list.Versions?.map((one) => [one.Key, one.VersionId, one.IsLatest])).toEqual([
      ['a', a2, true],
      ['a', a1, false],
      ['b', b1, false],
    ]);
    expect(list.DeleteMarkers?.map((one) => [one.Key, one.IsLatest])).toEqual([['b', true]]);
  });

  check('versions are listed in pages', async (context) => {
    await enable(context);
    const { bucket, client } = context;
    const a = await putVersions(context, 'a', ['1', '2', '3']);
    const b = await putVersions(context, 'b/c', ['1', '2']);
    const wanted = [...a.reverse(), ...b.reverse()];
    const found: (string | undefined)[] = [];
    let key: string | undefined;
    let version: string | undefined;
    for (;;) {
      const page = await client.send(
        new ListObjectVersionsCommand({
          Bucket: bucket,
          MaxKeys: 2,
          ...(key !== undefined && { KeyMarker: key }),
          ...(version !== undefined && { VersionIdMarker: version }),
        }),
      );
      found.push(...(page.Versions ?? []).map((one) => one.VersionId));
      if (page.IsTruncated !== true) break;
      key = page.NextKeyMarker;
      version = page.NextVersionIdMarker;
    }
    expect(found).toEqual(wanted);
  });

  check('a copy reads the version it names', async (context) => {
    await enable(context);
    const { bucket, raw } = context;
    const [first] = await putVersions(context, 'k', ['one', 'two']);
    const answer = await raw({
      method: 'PUT',
      path: `/${bucket}/copy`,
      headers: { 'x-amz-copy-source': `/${bucket}/k?versionId=${first}` },
    });
    expect(answer.status).toBe(200);
    expect((await context.get('copy')).text).toBe('one');
  });
}
