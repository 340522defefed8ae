import { probeRadosgw, startRadosgw } from '@mountkit/test-s3-server';
import { describe, test } from 'vitest';
import { describeService } from './suite.ts';

const { available, reason } = await probeRadosgw();

if (available) describeService("Ceph's radosgw", { start: () => startRadosgw(), manyKeys: 5_000 });
else describe("Ceph's radosgw", () => test.skip(`everything: ${reason}`, () => undefined));
