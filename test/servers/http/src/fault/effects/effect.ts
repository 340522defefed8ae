import type { FaultEffect } from '../exchange.ts';
import type { Fault } from '../fault.ts';
import { bodyEffect } from './bodies.ts';
import { deliveryEffect } from './delivery.ts';
import { listingEffect } from './listings.ts';
import { rangeEffect } from './ranges.ts';
import { redirectEffect } from './redirects.ts';
import { statusEffect } from './statuses.ts';
import { validatorEffect } from './validators.ts';

/** What a fault does. */
export function effectOf(fault: Fault): FaultEffect {
  switch (fault.kind) {
    case 'ignore-range':
    case 'content-range':
    case 'shifted-bytes':
    case 'short-range':
    case 'multipart':
    case 'unsatisfiable':
      return rangeEffect(fault);
    case 'validators':
    case 'racy':
    case 'etag-flip':
    case 'replace':
    case 'ignore-conditions':
      return validatorEffect(fault);
    case 'gzip':
    case 'content-length':
    case 'chunked':
    case 'login-page':
    case 'endless-body':
      return bodyEffect(fault);
    case 'cut':
    case 'reset':
    case 'silent':
    case 'drip':
    case 'hold':
    case 'close-after':
      return deliveryEffect(fault);
    case 'status':
      return statusEffect(fault);
    case 'redirect':
    case 'redirect-chain':
    case 'redirect-loop':
      return redirectEffect(fault);
    case 'endless-listing':
    case 'hostile-listing':
    case 'broken-listing':
      return listingEffect(fault);
    case 'custom':
      return { after: fault.answer };
  }
}
