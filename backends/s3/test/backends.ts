import type { BackendContext, FsBackend } from '@mountkit/core';
import { createTestContext } from '@mountkit/test-backend-parts';
import type { S3Server } from '@mountkit/test-s3-server';
import { createS3Backend, type S3Options, type S3Runtime } from '../src/index.ts';

/** Backends over an embedded server, to be closed together. */
export interface Backends {
  /** The bucket `data` with the credentials the server lets in, unless the options say otherwise. */
  open(server: S3Server, options?: Partial<S3Options>, context?: BackendContext, runtime?: S3Runtime): FsBackend;
  close(): Promise<void>;
}

/** None yet. */
export function createBackends(): Backends {
  const opened: FsBackend[] = [];
  return {
    open(server, options = {}, context = createTestContext(), runtime = {}) {
      const { url: endpoint, region } = server;
      const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
      const backend = createS3Backend({ bucket: 'data', endpoint, region, credentials, ...options }, context, runtime);
      opened.push(backend);
      return backend;
    },
    async close() {
      for (const backend of opened.splice(0)) await backend.close?.();
    },
  };
}
