import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpBackend, type HttpOptions } from '../src/index.ts';
import { createTestContext, type TestContext } from '@mountkit/test-backend-parts';
import { errorOf, readWhole } from './whole.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const refusal = { code: 'EIO', reason: 'integrity', retry: 'never', path: '/a.txt' };

describe.skipIf(!hasOpenssl)(
  `a server with a certificate nobody vouches for${hasOpenssl ? '' : ': no openssl'}`,
  () => {
    let server: Server;
    let port: number;
    let asked = 0;

    beforeAll(async () => {
      const home = mkdtempSync(join(tmpdir(), 'mountkit-tls-'));
      const [key, cert] = [join(home, 'key.pem'), join(home, 'cert.pem')];
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
      const subject = ['-subj', '/CN=files.example', '-addext', 'subjectAltName=DNS:files.example'];
      execFileSync(
        'openssl',
        ['req', '-x509', ...curve, '-nodes', '-days', '2', ...subject, '-keyout', key, '-out', cert],
        { stdio: 'ignore' },
      );
      server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
        asked += 1;
        response.end('secret');
      });
      rmSync(home, { recursive: true });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      ({ port } = server.address() as AddressInfo);
    });
    afterAll(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    const open = (options: HttpOptions, context: TestContext): ReturnType<typeof createHttpBackend> =>
      createHttpBackend(options, context, { lookup: async () => ['127.0.0.1'] });

    test.each<{ readonly name: string; readonly host: string; readonly network: HttpOptions['network'] }>([
      { name: 'by its address', host: '127.0.0.1', network: 'any' },
      { name: 'by its name, at a vetted address', host: 'files.example', network: ['files.example'] },
      { name: 'by another name, at a vetted address', host: 'other.example', network: ['127.0.0.1'] },
    ])('$name is refused at once, before anything was asked', async ({ host, network }) => {
      const context = createTestContext();
      const backend = open({ url: `https://${host}:${port}/`, network, auth: { bearer: 'canary-5d1' } }, context);
      for (const call of [() => backend.read('/a.txt', {}, {}), () => backend.stat('/a.txt', {}, {})])
        expect(await errorOf(call)).toMatchObject({
          ...refusal,
          detail: 'the certificate of the server was not accepted',
        });
      expect(await errorOf(() => backend.list('/', {}, {}))).toMatchObject({ code: 'EIO', reason: 'integrity' });
      expect(context.requests).toHaveLength(3);
      expect(asked).toBe(0);
      await backend.close?.();
    });
  },
);

test('a server that speaks no TLS where https was asked for is refused at once', async () => {
  const plain = createPlainServer((_, response) => response.end('secret'));
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const { port } = plain.address() as AddressInfo;
  const context = createTestContext();
  const backend = createHttpBackend({ url: `https://127.0.0.1:${port}/` }, context);
  expect(await errorOf(() => readWhole(backend, '/a.txt'))).toMatchObject({
    ...refusal,
    detail: 'the server does not speak TLS',
  });
  expect(context.requests).toHaveLength(1);
  await backend.close?.();
  plain.closeAllConnections();
  await new Promise((resolve) => plain.close(resolve));
});
