import type { HeaderSource } from './validators.ts';

/** The Content-Encoding of an answer, though none was accepted; undefined where its bytes are those of the file. */
export function encodingOf(answer: HeaderSource): string | undefined {
  const encoding = answer.header('content-encoding')?.trim().toLowerCase() ?? '';
  return encoding === '' || encoding === 'identity' ? undefined : encoding;
}
