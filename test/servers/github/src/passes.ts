import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Buffer } from 'node:buffer';

/** Signs the links that lead to the second origin, where no credential is sent. */
export interface Passes {
  sign(path: string): string;
  verify(path: string, pass: string | null): boolean;
}

/** Passes of one server run. */
export function createPasses(): Passes {
  const key = randomBytes(32);
  const sign = (path: string): string => createHmac('sha256', key).update(path).digest('hex');
  return {
    sign,
    verify(path, pass) {
      const wanted = Buffer.from(sign(path));
      const given = Buffer.from(pass ?? '');
      return wanted.length === given.length && timingSafeEqual(wanted, given);
    },
  };
}
