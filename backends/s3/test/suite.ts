import { afterAll, beforeAll, describe } from 'vitest';
import { describeBytes } from './service/bytes.ts';
import { describeManyNames } from './service/many-names.ts';
import { describeMounted } from './service/mounted.ts';
import { describeMountedReplaced } from './service/mounted-replaced.ts';
import { describeOddKeys } from './service/odd-keys.ts';
import { describeReplaced } from './service/replaced.ts';
import { createService, type ServiceSettings } from './service/service.ts';

/** What holds for every S3 service, through both planes. */
export function describeService(name: string, settings: ServiceSettings): void {
  describe(name, () => {
    const service = createService(settings);
    beforeAll(() => service.start(), 130_000);
    afterAll(() => service.stop());

    describeOddKeys(service);
    describeBytes(service);
    describeReplaced(service);
    describeManyNames(service);
    describeMounted(service);
    describeMountedReplaced(service);
  });
}
