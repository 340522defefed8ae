import { Buffer } from 'node:buffer';
import { bytesContent } from './content.ts';
import type { FaultSpec } from './faults.ts';
import type { Reply } from './reply.ts';
import { S3Error } from './s3-error.ts';

/**
 * The answer of an `error` fault with a status and a body of its own.
 *
 * @throws {S3Error} for one that only names a code
 */
export function faultReply(fault: FaultSpec): Reply {
  if (fault.status === undefined || fault.body === undefined) throw new S3Error(fault.code ?? 'InternalError');
  return {
    status: fault.status,
    headers: { 'content-type': 'application/xml' },
    body: bytesContent(Buffer.from(fault.body)),
    ...(fault.code !== undefined && { errorCode: fault.code }),
  };
}

/** The range a route sees under a fault, whatever was asked for (and signed). */
export function rangeUnder(fault: FaultSpec | undefined, range: string | undefined): string | undefined {
  if (fault?.kind === 'ignore-range') return undefined;
  const found = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
  if (fault?.kind !== 'shift-range' || found === null) return range;
  const by = fault.by ?? 1;
  return `bytes=${Math.max(0, Number(found[1]) + by)}-${Math.max(0, Number(found[2]) + by)}`;
}

/** A route's answer as it leaves under a fault: a shifted range claims to be the one that was asked for. */
export function replyUnder(fault: FaultSpec | undefined, reply: Reply, range: string | undefined): Reply {
  const found = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
  if (fault?.kind !== 'shift-range' || reply.status !== 206 || found === null) return reply;
  const size = reply.headers['content-range']?.split('/')[1] ?? '*';
  const end = Number(found[1]) + reply.body.size - 1;
  return { ...reply, headers: { ...reply.headers, 'content-range': `bytes ${found[1]}-${end}/${size}` } };
}
