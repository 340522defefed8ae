import type { Policy } from '../policy.ts';
import { chunkedStream } from './chunked-stream.ts';
import { fixedBlocks } from './fixed-blocks.ts';
import { growingWindow } from './growing-window.ts';
import { none } from './none.ts';
import { planned } from './planned.ts';
import { readAhead } from './read-ahead.ts';

/** The policies compared, ours first. */
export function policies(): readonly Policy[] {
  return [planned(), none(), fixedBlocks(), growingWindow(), chunkedStream(), readAhead()];
}
