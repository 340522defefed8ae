import { FsError, isSecret, type Secret, type StandardSchema } from '@mountkit/core';
import { z } from 'zod';

/** Options of the __type__ backend. */
export interface __Name__Options {
  /** Where the origin is, an http or https URL. */
  readonly url: string;
  /** A credential for it. In a config it is a reference: {"env": "NAME"} or {"file": "PATH"}. */
  readonly token?: Secret | undefined;
}

const fields = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'an http or https URL is expected' })
    .refine(
      (url) => !/[?#]|\/\/[^/]*@/.test(url),
      'without user, query and fragment: a credential is the option token',
    ),
  token: z.custom<Secret>(isSecret, 'a credential is expected').optional(),
});

/** What a config may say. Messages are read by people and never repeat a value. */
export const __name__Schema: StandardSchema<__Name__Options> = fields;

/** The same for editors, and for "did you mean". */
export function __name__JsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(fields, { unrepresentable: 'any', io: 'input' });
}

/** Options for the short form `__type__:HOST/PATH`. @throws {@link FsError} EINVAL saying which form is meant. */
export function parseShorthand(source: string): { url: string } {
  const [, place] = /^__type__:([^/?#@\s]+(?:\/[^?#\s]*)?)$/.exec(source) ?? [];
  if (place === undefined) throw new FsError('EINVAL', { op: 'parse', detail: 'it is written __type__:host/path' });
  return { url: `https://${place}` };
}
