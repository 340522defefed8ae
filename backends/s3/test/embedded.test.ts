import { type S3Server, startS3Server } from '@mountkit/test-s3-server';
import { describeService } from './suite.ts';

let server: S3Server;

describeService('the embedded server', {
  async start() {
    server = await startS3Server();
    return {
      url: server.url,
      region: server.region,
      accessKeyId: 'test',
      secretAccessKey: 'testsecret',
      stop: () => server.close(),
    };
  },
  manyKeys: 100_000,
  async fill(bucket, count, of) {
    server.bucket(bucket)?.fill(count, (index) => ({ key: of(index), body: '' }));
  },
});
