import { expect } from 'vitest';
import type { CaseContext, Check } from '../harness/suite.ts';

const OTHER = '"00000000000000000000000000000000"';
const PAST = new Date(Date.UTC(2001, 1, 3)).toUTCString();
const FUTURE = new Date(Date.UTC(2035, 1, 3)).toUTCString();

async function putOne({ put }: CaseContext): Promise<string> {
  const answer = await put('one', 'first');
  return String(answer.headers['etag']);
}

export function conditionCases(check: Check): void {
  const reads: readonly (readonly [string, (etag: string) => Record<string, string>, number])[] = [
    ['If-Match with the ETag', (etag) => ({ 'if-match': etag }), 200],
    ['If-Match with the ETag unquoted', (etag) => ({ 'if-match': etag.replaceAll('"', '') }), 200],
    ['If-Match with another ETag', () => ({ 'if-match': OTHER }), 412],
    ['If-None-Match with the ETag', (etag) => ({ 'if-none-match': etag }), 304],
    ['If-None-Match with another ETag', () => ({ 'if-none-match': OTHER }), 200],
    ['If-Modified-Since before the change', () => ({ 'if-modified-since': PAST }), 200],
    ['If-Unmodified-Since after the change', () => ({ 'if-unmodified-since': FUTURE }), 200],
    ['If-Unmodified-Since before the change', () => ({ 'if-unmodified-since': PAST }), 412],
  ];
  for (const [what, headers, status] of reads) {
    check(`a read with ${what} is answered ${status}`, async (context) => {
      const etag = await putOne(context);
      const got = await context.get('one', headers(etag));
      expect(got.status).toBe(status);
      expect(got.text).toBe(status === 200 ? 'first' : got.status === 304 ? '' : got.text);
    });
  }

  check('a read with If-Modified-Since now is answered 304', async (context) => {
    await putOne(context);
    const { headers } = await context.get('one');
    const got = await context.get('one', { 'if-modified-since': String(headers['last-modified']) });
    expect(got.status).toBe(304);
  });

  check('If-Match outranks If-Unmodified-Since', async (context) => {
    const etag = await putOne(context);
    expect((await context.get('one', { 'if-match': etag, 'if-unmodified-since': PAST })).status).toBe(200);
  });

  check('If-None-Match outranks If-Modified-Since', async (context) => {
    const etag = await putOne(context);
    expect((await context.get('one', { 'if-none-match': etag, 'if-modified-since': PAST })).status).toBe(304);
  });

  check('If-None-Match outranks If-Modified-Since also where it names another object', async (context) => {
    await putOne(context);
    const { headers } = await context.get('one');
    const since = String(headers['last-modified']);
    expect((await context.get('one', { 'if-none-match': OTHER, 'if-modified-since': since })).status).toBe(200);
  });

  check('a range is answered under If-Match, and 412 after the object was replaced', async (context) => {
    const etag = await putOne(context);
    const got = await context.get('one', { 'if-match': etag, range: 'bytes=0-1' });
    expect([got.status, got.text]).toEqual([206, 'fi']);
    await context.put('one', 'second');
    const stale = await context.get('one', { 'if-match': etag, range: 'bytes=2-3' });
    expect([stale.status, stale.code]).toEqual([412, 'PreconditionFailed']);
  });

  check('If-None-Match: * creates once', async ({ put, get }) => {
    expect((await put('new', 'mine', { 'if-none-match': '*' })).status).toBe(200);
    const second = await put('new', 'theirs', { 'if-none-match': '*' });
    expect([second.status, second.code]).toEqual([412, 'PreconditionFailed']);
    expect((await get('new')).text).toBe('mine');
  });

  check('of writers racing with If-None-Match: * exactly one wins', async ({ put, get }) => {
    const writers = Array.from({ length: 8 }, async (_, index) =>
      put('race', `writer ${index}`, { 'if-none-match': '*' }),
    );
    const statuses = (await Promise.all(writers)).map((answer) => answer.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect((await get('race')).text).toBe(`writer ${statuses.indexOf(200)}`);
  });

  check(
    'If-Match with the ETag replaces',
    async (context) => {
      const etag = await putOne(context);
      expect((await context.put('one', 'second', { 'if-match': etag })).status).toBe(200);
      expect((await context.get('one')).text).toBe('second');
    },
    { radosgw: 'a quoted ETag never matches on a write' },
  );

  check('If-Match with the ETag unquoted replaces', async (context) => {
    const etag = await putOne(context);
    expect((await context.put('one', 'second', { 'if-match': etag.replaceAll('"', '') })).status).toBe(200);
    expect((await context.get('one')).text).toBe('second');
  });

  check('If-Match with another ETag does not replace', async (context) => {
    await putOne(context);
    const answer = await context.put('one', 'second', { 'if-match': OTHER });
    expect([answer.status, answer.code]).toEqual([412, 'PreconditionFailed']);
    expect((await context.get('one')).text).toBe('first');
  });

  check(
    'If-Match on nothing is answered 404',
    async ({ put }) => {
      const answer = await put('absent', 'x', { 'if-match': OTHER });
      expect([answer.status, answer.code]).toEqual([404, 'NoSuchKey']);
    },
    { radosgw: 'it answers 412' },
  );

  check(
    'a delete with If-Match and another ETag does not delete',
    async (context) => {
      await putOne(context);
      const { bucket } = context;
      const answer = await context.raw({ method: 'DELETE', path: `/${bucket}/one`, headers: { 'if-match': OTHER } });
      expect(answer.status).toBe(412);
    },
    { radosgw: 'conditions on a delete are ignored' },
  );
}
