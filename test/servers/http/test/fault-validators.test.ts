import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawRequest, type RawResponse } from './raw-request.ts';

const NOW_MS = Date.UTC(2024, 5, 1, 12, 0, 0, 250);

describe('validator faults', () => {
  let server: FaultServer;

  beforeEach(async () => {
    server = await startFaultServer({ files: { a: 'one' }, now: () => NOW_MS });
  });
  afterEach(async () => server.stop());

  const get = async (headers: Readonly<Record<string, string>> = {}): Promise<RawResponse> =>
    rawRequest(server.urlOf('a'), { headers });

  test.each([
    ['weak-etag', /^W\/"\w+"$/, true],
    ['last-modified-only', undefined, true],
    ['etag-only', /^"\w+"$/, false],
    ['none', undefined, false],
  ] as const)('validators %s', async (send, etag, hasLastModified) => {
    server.fault('a', { kind: 'validators', send });
    const { headers } = await get();
    if (etag === undefined) expect(headers.etag).toBeUndefined();
    else expect(headers.etag).toMatch(etag);
    expect(headers['last-modified'] !== undefined).toBe(hasLastModified);
  });

  test('a weak ETag never satisfies If-Match, and does satisfy If-None-Match', async () => {
    server.fault('a', { kind: 'validators', send: 'weak-etag' });
    const etag = (await get()).headers.etag ?? '';
    expect((await get({ 'if-match': etag })).status).toBe(412);
    expect((await get({ 'if-none-match': etag })).status).toBe(304);
  });

  test('racy sends a Last-Modified of this very second and no ETag', async () => {
    server.fault('a', { kind: 'racy' });
    const { headers } = await get();
    expect([headers.etag, headers['last-modified']]).toEqual([undefined, 'Sat, 01 Jun 2024 12:00:00 GMT']);
  });

  test('racy with an age sends an older one', async () => {
    server.fault('a', { kind: 'racy', ageMs: 5_000 });
    expect((await get()).headers['last-modified']).toBe('Sat, 01 Jun 2024 11:59:55 GMT');
  });

  test('etag-flip gives another ETag with every request', async () => {
    server.fault('a', { kind: 'etag-flip' });
    const first = (await get()).headers.etag ?? '';
    expect((await get()).headers.etag).not.toBe(first);
    expect((await get({ 'if-match': first })).status).toBe(412);
  });

  test('replace changes the file for good before the request of its turn', async () => {
    server.fault('a', { kind: 'replace', atTurn: 1, bytes: Buffer.from('two') });
    const answers = [await get({ range: 'bytes=0-1' }), await get({ range: 'bytes=1-2' }), await get()];
    expect(answers.map(({ body }) => body.toString())).toEqual(['on', 'wo', 'two']);
    expect(answers[0]?.headers.etag).not.toBe(answers[1]?.headers.etag);
    expect(answers[1]?.headers.etag).toBe(answers[2]?.headers.etag);
  });

  test('replace can keep the ETag, which no reader can notice', async () => {
    server.fault('a', { kind: 'replace', atTurn: 1, bytes: Buffer.from('two'), keepEtag: true });
    const first = await get();
    const second = await get({ 'if-match': first.headers.etag ?? '' });
    expect([second.status, second.body.toString(), second.headers.etag]).toEqual([200, 'two', first.headers.etag]);
  });

  test('ignore-conditions ignores the named conditions and no others', async () => {
    server.fault('a', { kind: 'ignore-conditions', headers: ['if-match', 'if-range'] });
    const etag = (await get()).headers.etag ?? '';
    expect((await get({ 'if-match': '"other"' })).status).toBe(200);
    expect((await get({ 'if-range': '"other"', range: 'bytes=0-1' })).status).toBe(206);
    expect((await get({ 'if-none-match': etag })).status).toBe(304);
  });

  test('a file that is set live has another ETag, one that grows also another time', async () => {
    const before = (await get()).headers;
    server.files.set('a', 'uno');
    const replaced = (await get()).headers;
    server.files.append('a', ' more');
    const grown = await get({ range: 'bytes=3-' });
    expect(new Set([before.etag, replaced.etag, grown.headers.etag]).size).toBe(3);
    expect([grown.body.toString(), grown.headers['last-modified']]).toEqual([' more', 'Sat, 01 Jun 2024 12:00:00 GMT']);
    server.files.remove('a');
    expect((await get()).status).toBe(404);
  });
});
