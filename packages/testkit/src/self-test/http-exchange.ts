import { canceled, FsError } from '@mountkit/core';
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import type { HttpMistake } from './http-mistake.ts';
import { sampleKeyHeader } from './http-origin.ts';
import { sampleSecret } from './origin.ts';

/** An answer with its body. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Whether the message came to its end. */
  readonly isWhole: boolean;
}

/** What is asked, and for which call. */
export interface HttpQuestion {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly range?: string;
  readonly op: string;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

const mostRedirects = 5;
// Long enough for an answer of loopback, shorter than the time a silent origin is given.
const impatienceMs = 300;

/** Asks and follows redirections, with care but for the mistake. @throws {@link FsError} EIO where no whole answer comes. */
export async function ask(question: HttpQuestion, mistake: HttpMistake | undefined): Promise<HttpAnswer> {
  const { op, path } = question;
  const limit = mistake === 'redirects for ever' ? 60 : mostRedirects;
  for (let { url } = question, hops = 0; ; hops += 1) {
    const isAtHome = url.origin === question.url.origin || mistake === 'takes its key along';
    const answer = await exchange({ ...question, url }, isAtHome, mistake);
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status > 399 || location === undefined) return answer;
    if (hops === limit) throw new FsError('EIO', { op, path, reason: 'unavailable', detail: 'too many redirects' });
    url = new URL(location, url);
  }
}

function exchange(question: HttpQuestion, withKey: boolean, mistake: HttpMistake | undefined): Promise<HttpAnswer> {
  const { method, url, range, op, path, signal } = question;
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      if (signal?.aborted === true) return reject(canceled(op, path, signal.reason));
      reject(new FsError('EIO', { op, path, cause, reason: 'unavailable', retry: 'safe' }));
    };
    const headers = {
      'accept-encoding': 'identity',
      ...(withKey && { [sampleKeyHeader]: sampleSecret }),
      ...(range !== undefined && { range }),
    };
    const request = httpRequest(url, { method, headers, agent: false, ...(signal !== undefined && { signal }) });
    const lose = (cause: unknown): void =>
      mistake === 'takes a reset for absence' ? reject(new FsError('ENOENT', { op, path })) : fail(cause);
    request.on('error', lose).on('response', (response) => {
      // From here on it is the body that breaks.
      request.off('error', lose).on('error', () => undefined);
      const chunks: Buffer[] = [];
      let patience: ReturnType<typeof setTimeout> | undefined;
      const settle = (): void => {
        clearTimeout(patience);
        const { statusCode: status = 0, headers: received, complete: isWhole } = response;
        resolve({ status, headers: received, body: Buffer.concat(chunks), isWhole });
      };
      const isListing = url.pathname.startsWith('/lists');
      const accepts = mistake === (isListing ? 'accepts a cut listing' : 'accepts a cut body');
      response
        .on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (mistake !== 'ends with the silence') return;
          clearTimeout(patience);
          patience = setTimeout(settle, impatienceMs);
        })
        .on('error', (cause) => (accepts ? settle() : fail(cause)))
        .on('end', settle);
    });
    request.end();
  });
}
