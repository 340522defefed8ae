import type { PlantedFault } from '../fault.ts';

/** Mistakes with what servers, proxies and networks do to HTTP. */
export const brokenHttp: readonly PlantedFault[] = [
  { name: 'asks an address of its own', http: 'asks another address', firstFailure: 'http.plain' },
  { name: 'takes a 200 for the range it asked for', http: 'believes a 200', firstFailure: 'http.range-ignored' },
  { name: 'does not look at Content-Range', http: 'ignores Content-Range', firstFailure: 'http.range-other' },
  { name: 'takes less of a range for all of it', http: 'accepts a short range', firstFailure: 'http.range-narrow' },
  { name: 'hands out gzip', http: 'hands out gzip', firstFailure: 'http.encoded' },
  { name: 'gives the length of gzip as a size', http: 'believes the length of gzip', firstFailure: 'http.encoded' },
  { name: 'takes a body that was cut off for the file', http: 'accepts a cut body', firstFailure: 'http.truncated' },
  { name: 'takes the lines that came for the listing', http: 'accepts a cut listing', firstFailure: 'http.truncated' },
  { name: 'takes a broken connection for absence', http: 'takes a reset for absence', firstFailure: 'http.reset' },
  { name: 'takes every 5xx for absence', http: 'takes a 5xx for absence', firstFailure: 'http.status' },
  { name: 'gives no reason for a 5xx', http: 'gives no reason', firstFailure: 'http.status' },
  { name: 'never has a 5xx asked again', http: 'never retries', firstFailure: 'http.transient', face: 'layers' },
  { name: 'takes 429 for an outage', http: 'does not tell throttling', firstFailure: 'http.throttled' },
  { name: 'asks again at once after a 429', http: 'asks again at once', firstFailure: 'http.throttled' },
  { name: 'ends a body with the silence', http: 'ends with the silence', firstFailure: 'http.silent', face: 'layers' },
  { name: 'does not compare the ETag with the pin', http: 'ignores the ETag', firstFailure: 'http.flip' },
  {
    name: 'takes a HEAD that is refused for absence',
    http: 'takes a refused HEAD for absence',
    firstFailure: 'http.head-refused',
  },
  { name: 'follows redirections for ever', http: 'redirects for ever', firstFailure: 'http.redirect-loop' },
  { name: 'takes its key to another origin', http: 'takes its key along', firstFailure: 'http.redirect-secrets' },
];
