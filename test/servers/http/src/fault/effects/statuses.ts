import type { FaultEffect } from '../exchange.ts';
import { answerOf } from '../exchange.ts';
import type { StatusFault } from '../fault.ts';

/** Effect of a {@link StatusFault}: the status instead of the answer, whatever was asked. */
export function statusEffect(fault: StatusFault): FaultEffect {
  const retryAfter = fault.retryAfter instanceof Date ? fault.retryAfter.toUTCString() : fault.retryAfter;
  return {
    after: () =>
      answerOf(
        fault.status,
        {
          'content-type': 'text/plain',
          ...(retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` }),
          ...fault.headers,
        },
        fault.body ?? `status ${fault.status}\n`,
      ),
  };
}
