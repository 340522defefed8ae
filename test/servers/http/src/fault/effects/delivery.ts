import type { Delivery, FaultEffect } from '../exchange.ts';
import type { DeliveryFault } from '../fault.ts';

/** Effects of {@link DeliveryFault}s: the answer stays true, its way to the client does not. */
export function deliveryEffect(fault: DeliveryFault): FaultEffect {
  const delivery = deliveryOf(fault);
  return { after: (answer) => ({ ...answer, delivery: { ...answer.delivery, ...delivery } }) };
}

function deliveryOf(fault: DeliveryFault): Delivery {
  switch (fault.kind) {
    case 'cut':
      return { stopAfterBytes: fault.afterBytes, stopBy: 'end' };
    case 'reset':
      return { stopAfterBytes: fault.afterBytes, stopBy: 'reset' };
    case 'silent':
      return { stopAfterBytes: fault.afterBytes, stopBy: 'silence' };
    case 'drip': {
      const pace = { bytes: fault.bytes, everyMs: fault.everyMs };
      return fault.part === 'headers' ? { dripHeaders: pace } : { drip: pace };
    }
    case 'hold':
      return { holdAfterBytes: fault.afterBytes };
    case 'close-after':
      return { closeAfter: true };
  }
}
