import { backend } from './backend.ts';
import { rclone, rcloneCached, s3fs } from './mounted.ts';
import { opendal } from './opendal.ts';
import { raw } from './raw.ts';
import type { S3Contestant } from './reader.ts';
import { sdk } from './sdk.ts';
import { stack } from './stack.ts';

/** Everybody, in the order of the tables. The raw loop comes first: the others are measured by it. */
export const s3Contestants: readonly S3Contestant[] = [raw, stack, backend, sdk, opendal, s3fs, rclone, rcloneCached];
