import { Buffer } from 'node:buffer';
import { bytesContent } from './content.ts';
import type { Content } from './content.ts';
import type { S3Error } from './s3-error.ts';
import { element } from './xml.ts';

/** What a route answers; the server adds the headers every answer has. */
export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Content;
  readonly errorCode?: string;
}

const NOTHING = bytesContent();

/** An answer without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers, body: NOTHING };
}

/** An XML answer; the text is bytes, one character each. */
export function xml(text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml', ...headers },
    body: bytesContent(Buffer.from(text, 'latin1')),
  };
}

/** What an error answers besides its code. */
export interface ErrorPlace {
  /** Path, as bytes. */
  readonly resource: string;
  readonly requestId: string;
  readonly hostId: string;
}

/** The answer to a refused request, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. */
export function errorReply(error: S3Error, place: ErrorPlace): Reply {
  if (error.status === 304) return empty(304, error.headers);
  const inner = [
    element('Code', error.code),
    element('Message', error.message),
    ...Object.entries(error.elements).map(([name, value]) => element(name, value)),
    element('Resource', place.resource),
    element('RequestId', place.requestId),
    element('HostId', place.hostId),
  ].join('');
  const reply = xml(`<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inner}</Error>`, error.headers);
  return { ...reply, status: error.status, errorCode: error.code };
}
