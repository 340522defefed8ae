import { inspect } from 'node:util';

/** A secret in the shapes it travels in. */
export type Needle = readonly string[];

/** A secret plain, percent-encoded, in base64 and in hexadecimal. */
export function needleOf(secret: string): Needle {
  const bytes = Buffer.from(secret);
  const shapes = [
    secret,
    encodeURIComponent(secret),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
  return [...new Set(shapes.map((shape) => shape.replace(/=+$/, '')))];
}

/** Everything a value prints as: what a log, a serialiser or an inspector would show. */
function printed(value: unknown): string {
  const texts = [inspect(value, { depth: 8, maxArrayLength: null, maxStringLength: null, breakLength: Infinity })];
  if (value instanceof Error) texts.push(value.message, value.stack ?? '', String(value));
  try {
    texts.push(JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}` : each)) ?? '');
  } catch {
    // What cannot be serialised shows nothing that way.
  }
  return texts.join('\n');
}

/** Whether any of the secrets shows in a value. */
export function showsSecret(value: unknown, needles: readonly Needle[]): boolean {
  const text = printed(value);
  return needles.some((shapes) => shapes.some((shape) => text.includes(shape)));
}
