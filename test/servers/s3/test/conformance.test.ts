import { randomBytes } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conditionCases } from './conformance/conditions.ts';
import { copyCases } from './conformance/copies.ts';
import { errorCases } from './conformance/errors.ts';
import { keyCases } from './conformance/keys.ts';
import { listingCases } from './conformance/listings.ts';
import { multipartCases } from './conformance/multipart.ts';
import { objectCases } from './conformance/objects.ts';
import { rangeCases } from './conformance/ranges.ts';
import { signatureCases } from './conformance/signatures.ts';
import { versionCases } from './conformance/versions.ts';
import { escapeKey } from './harness/raw-request.ts';
import { subjectKinds } from './harness/subject.ts';
import type { Subject, SubjectKind } from './harness/subject.ts';
import type { CaseContext, Check } from './harness/suite.ts';

const GROUPS: Readonly<Record<string, (check: Check) => void>> = {
  keys: keyCases,
  objects: objectCases,
  listings: listingCases,
  ranges: rangeCases,
  conditions: conditionCases,
  multipart: multipartCases,
  copies: copyCases,
  versions: versionCases,
  signatures: signatureCases,
  errors: errorCases,
};

const START_MS = 180_000;
const CASE_MS = 60_000;

function conformance({ name, absent, start }: SubjectKind): void {
  describe.skipIf(absent !== '')(absent === '' ? name : `${name} (${absent})`, () => {
    let subject: Subject | undefined;
    beforeAll(async () => {
      subject = await start();
    }, START_MS);
    afterAll(async () => subject?.stop(), START_MS);

    const check: Check = (title, run, differs) => {
      const reason = name === 'radosgw' ? differs?.radosgw : undefined;
      const body = async (): Promise<void> => {
        if (subject === undefined) throw new Error('the server did not start');
        await run(await contextOf(subject));
      };
      if (reason === undefined) it(title, body, CASE_MS);
      else it.fails(`${title} - not so: ${reason}`, body, CASE_MS);
    };
    for (const [group, cases] of Object.entries(GROUPS)) describe(group, () => cases(check));

    it(
      'stops, and leaves nothing behind',
      async () => {
        await subject?.stop();
        expect(subject?.remains()).toEqual([]);
      },
      START_MS,
    );
  });
}

async function contextOf(subject: Subject): Promise<CaseContext> {
  const { client, endpoint } = subject;
  const bucket = `case-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    client,
    url: endpoint.url,
    bucket,
    raw: async (request) => subject.raw(request),
    put: async (key, body, headers = {}) =>
      subject.raw({ method: 'PUT', path: `/${bucket}/${escapeKey(key)}`, headers, body }),
    get: async (key, headers = {}, query = {}) => subject.raw({ path: `/${bucket}/${escapeKey(key)}`, headers, query }),
  };
}

for (const kind of await subjectKinds()) conformance(kind);
