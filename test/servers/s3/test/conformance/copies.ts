import { expect } from 'vitest';
import { escapeKey } from '../harness/raw-request.ts';
import type { RawAnswer } from '../harness/raw-request.ts';
import type { CaseContext, Check } from '../harness/suite.ts';

async function copy(
  { raw, bucket }: CaseContext,
  from: string,
  to: string,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  return raw({
    method: 'PUT',
    path: `/${bucket}/${escapeKey(to)}`,
    headers: { 'x-amz-copy-source': `/${bucket}/${escapeKey(from)}`, ...headers },
  });
}

export function copyCases(check: Check): void {
  check('a copy has the bytes, the ETag and what was said of its source', async (context) => {
    const { headers } = await context.put('from', 'hello', { 'content-type': 'text/x-odd', 'x-amz-meta-a': '1' });
    const answer = await copy(context, 'from', 'to');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<CopyObjectResult');
    const got = await context.get('to');
    expect(got.text).toBe('hello');
    expect(got.headers).toMatchObject({ etag: headers.etag, 'content-type': 'text/x-odd', 'x-amz-meta-a': '1' });
  });

  check('a copy may say something else', async (context) => {
    await context.put('from', 'hello', { 'x-amz-meta-a': '1' });
    await copy(context, 'from', 'to', { 'x-amz-metadata-directive': 'REPLACE', 'x-amz-meta-b': '2' });
    const { headers } = await context.get('to');
    expect([headers['x-amz-meta-a'], headers['x-amz-meta-b']]).toEqual([undefined, '2']);
  });

  check('the source may have an odd key', async (context) => {
    for (const key of ['a b/ü+%41?#', '//x', '../y', 'é\u0301&<']) {
      await context.put(key, `of ${key}`);
      expect((await copy(context, key, `copy of ${key}`)).status).toBe(200);
      expect((await context.get(`copy of ${key}`)).text).toBe(`of ${key}`);
    }
  });

  check('a source that is not there is answered 404', async (context) => {
    const answer = await copy(context, 'nothing', 'to');
    expect([answer.status, answer.code]).toEqual([404, 'NoSuchKey']);
  });

  check('to copy an object to itself unchanged is refused', async (context) => {
    await context.put('self', 'x');
    const answer = await copy(context, 'self', 'self');
    expect([answer.status, answer.code]).toEqual([400, 'InvalidRequest']);
  });

  check('a copy stands alone: its source may go', async (context) => {
    await context.put('from', 'hello');
    await copy(context, 'from', 'to');
    await context.raw({ method: 'DELETE', path: `/${context.bucket}/from` });
    expect((await context.get('to')).text).toBe('hello');
  });

  check(
    'a condition on the source that does not hold is answered 412',
    async (context) => {
      await context.put('from', 'hello');
      const answer = await copy(context, 'from', 'to', {
        'x-amz-copy-source-if-match': '"00000000000000000000000000000000"',
      });
      expect(answer.status).toBe(412);
    },
    { radosgw: 'conditions on the source of a copy are ignored' },
  );

  check(
    'a copy under If-None-Match: * does not replace',
    async (context) => {
      await context.put('from', 'new');
      await context.put('to', 'old');
      expect((await copy(context, 'from', 'to', { 'if-none-match': '*' })).status).toBe(412);
      expect((await context.get('to')).text).toBe('old');
    },
    { radosgw: 'conditions on the target of a copy are ignored' },
  );
}
