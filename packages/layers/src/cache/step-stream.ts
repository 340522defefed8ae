import { type Bytes, type CallContext, chain, type MaybePromise, type Range, rangeLength } from '@mountkit/core';
import type { Content } from './content.ts';
import type { PlannedFile } from './planned-files.ts';

/**
 * The bytes of a range: all of them where it is short, else a stream of them that is read step by step and so never holds more than its reader takes. What fails before
 * the first step is here rejects at once.
 */
export function readInSteps(
  content: Content,
  file: PlannedFile,
  range: Range,
  context: CallContext,
): MaybePromise<Bytes | AsyncIterable<Uint8Array>> {
  if (rangeLength(range) <= content.pieceBytes) return content.read(file, range, context);
  const end = Math.min(range.end, range.start + content.stepBytes);
  return chain(content.read(file, { start: range.start, end }, context), (first) =>
    steps(content, file, first, { start: end, end: range.end }, context),
  );
}

async function* steps(
  content: Content,
  file: PlannedFile,
  first: Bytes,
  rest: Range,
  context: CallContext,
): AsyncGenerator<Uint8Array> {
  let bytes: MaybePromise<Bytes> = first;
  for (let { start } = rest; ; start += content.stepBytes) {
    yield* await bytes;
    if (start >= rest.end) return;
    // It may have been forgotten meanwhile: the version is what counts.
    const now = content.find(file.path, file.version, undefined, file.origin) ?? file;
    bytes = content.read(now, { start, end: Math.min(rest.end, start + content.stepBytes) }, context);
  }
}
