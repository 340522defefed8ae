import { systemClock } from '@mountkit/core';
import { startFaultServer } from '@mountkit/test-http-server';
import { expect, test } from 'vitest';
import { fileSystemFrom } from '@mountkit/loader';
import { http } from '../src/node.ts';

test('names that can be no path are told of the directories that were listed, as they are now', async () => {
  await using server = await startFaultServer({ files: { 'dir/a.txt': 'a' } });
  const page = (...links: readonly string[]): string =>
    `<html><head><title>Index of /dir/</title></head><body><h1>Index of /dir/</h1><hr><pre><a href="../">../</a>\n${links
      .map((link) => `<a href="${link}">${link}</a>                01-Jan-2024 00:00                   1\n`)
      .join('')}</pre><hr></body></html>`;
  const show = (...links: readonly string[]): void =>
    server.files.set('dir/', { bytes: Buffer.from(page(...links)), type: 'text/html' });
  show('a.txt', 'lost%2Ftwo', '100%');
  let laterMs = 0;
  const clock = { ...systemClock, now: () => systemClock.now() + laterMs };
  const fs = await fileSystemFrom(http, { url: server.url }, { clock });
  expect(await fs.unreachable()).toEqual([]);
  expect((await fs.readdir('/dir')).map(({ name }) => name)).toEqual(['a.txt']);
  server.resetCounters();
  expect(await fs.unreachable()).toEqual(['/dir/lost%2Ftwo', '/dir/100%']);
  expect(server.counters().requests).toBe(0);
  show('a.txt', '100%');
  laterMs = 3_600_000;
  await fs.readdir('/dir');
  expect(await fs.unreachable()).toEqual(['/dir/100%']);
  await fs.close();
});
