import {
  type BackendContext,
  type CallContext,
  declareCapabilities,
  type Entry,
  type FsBackend,
  FsError,
  type ListPage,
  type ReadAnswer,
  throwIfAborted,
} from '@mountkit/core';
import { ask, type HttpAnswer, type HttpQuestion } from './http-exchange.ts';
import type { HttpMistake } from './http-mistake.ts';
import type { SampleLine } from './http-origin.ts';

/** A backend over a `SampleHttpOrigin`: correct, but for the one mistake that is asked for. */
export function createHttpSample(base: string, context: BackendContext, mistake?: HttpMistake): FsBackend {
  async function get(
    question: Omit<HttpQuestion, 'url' | 'signal'> & { readonly kind: 'files' | 'lists' },
    call: CallContext,
  ): Promise<HttpAnswer> {
    const { op, path, kind } = question;
    throwIfAborted(call.signal, op, path);
    const url = new URL(`${kind}${path.split('/').map(encodeURIComponent).join('/')}`, base);
    let answer = await ask({ ...question, url, signal: call.signal }, mistake);
    context.onRequest({
      method: question.method,
      route: kind,
      origin: url.origin,
      status: answer.status,
      bytesReceived: answer.body.byteLength,
      bytesSent: 0,
      elapsedMs: 0,
    });
    if (answer.status === 429 && mistake === 'asks again at once')
      answer = await ask({ ...question, url, signal: call.signal }, mistake);
    return accepted(answer, op, path, mistake);
  }

  async function stat(path: string, _request: unknown, call: CallContext): Promise<Entry> {
    const question = { kind: 'files', op: 'stat', path } as const;
    const head = await get({ ...question, method: 'HEAD' }, call);
    if (head.status === 404) throw new FsError('ENOENT', { op: 'stat', path });
    const isRefused = head.status === 405 || head.status === 501;
    if (isRefused && mistake === 'takes a refused HEAD for absence') throw new FsError('ENOENT', { op: 'stat', path });
    const answer = isRefused ? await get({ ...question, method: 'GET', range: 'bytes=0-0' }, call) : head;
    return entryOf(answer, mistake);
  }

  async function list(path: string, _request: unknown, call: CallContext): Promise<ListPage> {
    const { status, body } = await get({ kind: 'lists', op: 'list', path, method: 'GET' }, call);
    if (status === 404) throw new FsError('ENOENT', { op: 'list', path });
    if (status === 409) throw new FsError('ENOTDIR', { op: 'list', path });
    // The last line ends with a line feed: what comes after it was cut off.
    const lines = body.toString().split('\n').slice(0, -1);
    return { entries: lines.map((line) => entryOfLine(JSON.parse(line) as SampleLine)) };
  }

  async function read(
    path: string,
    { offset = 0, length, pin }: Parameters<FsBackend['read']>[1],
    call: CallContext,
  ): Promise<ReadAnswer> {
    const fail = (detail: string): FsError =>
      new FsError('EIO', { op: 'read', path, reason: 'integrity', retry: 'safe', detail });
    const last = length === undefined ? '' : String(offset + Math.max(1, length) - 1);
    const isRange = offset > 0 || length !== undefined;
    const range = isRange ? { range: `bytes=${offset}-${last}` } : {};
    const answer = await get({ kind: 'files', op: 'read', path, method: 'GET', ...range }, call);
    const { status, body } = answer;
    if (status === 404) throw new FsError('ENOENT', { op: 'read', path });
    if (status === 409) throw new FsError('EISDIR', { op: 'read', path });
    if (status === 204) throw new FsError('ELOOP', { op: 'read', path });
    const entry = entryOf(answer, mistake);
    if (pin !== undefined && pin.token !== entry.version?.token) {
      if (mistake !== 'ignores the ETag') throw new FsError('ESTALE', { op: 'read', path });
      return { entry: { ...entry, version: pin }, start: startOf(answer, offset, mistake) ?? offset, body: [body] };
    }
    const start = startOf(answer, offset, mistake);
    if (start === undefined || start > offset) throw fail('the answer is of another range');
    const end = Math.min(entry.size, length === undefined ? entry.size : offset + length);
    // What was cut off or is compressed and comes so far is believed already.
    const isTold = answer.isWhole && answer.headers['content-encoding'] === undefined;
    if (isTold && start + body.byteLength < end && mistake !== 'accepts a short range')
      throw fail('the answer is too short');
    return { entry, start, body: [body] };
  }

  return {
    abi: 1,
    id: 'http-sample:tree',
    capabilities: declareCapabilities({ ranges: true, symlinks: true, versions: 'strong' }),
    stat,
    list,
    read,
  };
}

/** The answer, where it can be one. @throws {@link FsError} EIO, EACCES. */
function accepted(answer: HttpAnswer, op: string, path: string, mistake: HttpMistake | undefined): HttpAnswer {
  const { status, headers } = answer;
  const safe = mistake === 'never retries' ? ('never' as const) : ('safe' as const);
  if (status === 401 || status === 403) throw new FsError('EACCES', { op, path, reason: 'auth', status });
  if (status === 429 && mistake !== 'does not tell throttling') {
    const retry = { afterMs: Number(headers['retry-after'] ?? 1) * 1000 };
    throw new FsError('EIO', { op, path, reason: 'throttled', retry, status });
  }
  if ((status >= 500 && status !== 501) || status === 429) {
    if (mistake === 'takes a 5xx for absence') throw new FsError('ENOENT', { op, path });
    if (mistake === 'gives no reason') throw new FsError('EIO', { op, path, status, retry: safe });
    throw new FsError('EIO', { op, path, reason: 'unavailable', retry: safe, status });
  }
  const isEncoded = headers['content-encoding'] !== undefined;
  const isBelieved = mistake === (answer.body.byteLength === 0 ? 'believes the length of gzip' : 'hands out gzip');
  if (isEncoded && !isBelieved) {
    throw new FsError('EIO', { op, path, reason: 'integrity', detail: 'the answer is compressed' });
  }
  return answer;
}

/** Where the body begins: Content-Range says it, RFC 9110 section 14.4. Undefined where that says nothing. */
function startOf({ status, headers }: HttpAnswer, asked: number, mistake: HttpMistake | undefined): number | undefined {
  if (status === 200) return mistake === 'believes a 200' ? asked : 0;
  if (mistake === 'ignores Content-Range') return asked;
  const first = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
  return first === undefined ? undefined : Number(first);
}

function entryOf({ status, headers, body }: HttpAnswer, mistake: HttpMistake | undefined): Entry {
  const type = headers['x-sample-type'];
  if (type === 'directory') return { path: '', type, size: 0, sizeKind: 'exact' };
  if (type === 'symlink') {
    const target = decodeURIComponent(String(headers['x-sample-target']));
    return { path: '', type, size: 0, sizeKind: 'unknown', target };
  }
  const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  const isBelieved = mistake === 'accepts a cut body' || mistake === 'ends with the silence';
  // To HEAD there is no body.
  const came = isBelieved && body.byteLength > 0 ? body.byteLength : Number(headers['content-length']);
  const size = status === 206 ? Number(total) : came;
  return {
    path: '',
    type: 'file',
    size,
    sizeKind: 'exact',
    ...(headers.etag !== undefined && { version: { token: headers.etag, strength: 'strong' } }),
  };
}

function entryOfLine({ name, type, size, etag, target }: SampleLine): Entry {
  return {
    path: name,
    type,
    size,
    sizeKind: type === 'symlink' ? 'unknown' : 'exact',
    ...(etag !== undefined && { version: { token: etag, strength: 'strong' } }),
    ...(target !== undefined && { target }),
  };
}
