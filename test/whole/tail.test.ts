import { type FaultServer, startFaultServer } from '@mountkit/test-http-server';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CommandOptions, mountkit } from './command.ts';

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('');

let server: FaultServer;
beforeEach(async () => {
  server = await startFaultServer({ files: { 'app.log': lines(1, 20_000), 'no-newline.txt': 'a\nb' } });
});
afterEach(async () => server.stop());

const tail = (words: readonly string[], options?: CommandOptions): ReturnType<typeof mountkit> =>
  mountkit(['tail', '--mount', `/ref=${server.url}`, ...words], options);

it.each([
  [['/ref/app.log'], lines(19_991, 20_000)],
  [['-n', '2', '/ref/app.log'], lines(19_999, 20_000)],
  [['-n', '0', '/ref/app.log'], ''],
  [['-n', '15000', '/ref/app.log'], lines(5_001, 20_000)],
  [['-n', '99999', '/ref/app.log'], lines(1, 20_000)],
  [['-n', '1', '/ref/no-newline.txt'], 'b'],
])('mountkit tail %j', async (words, expected) => {
  const { code, stdout, stderr } = await tail(words);
  expect([code, stdout.toString(), stderr]).toEqual([0, expected, '']);
});

it.each([
  [['-n', '-1', '/ref/app.log'], 64],
  [['-s', '0', '/ref/app.log'], 64],
  [['/ref/none.log'], 1],
])('mountkit tail %j ends with %i', async (words, expected) => {
  expect((await tail(words)).code).toBe(expected);
});

it('tail -f shows what is appended, says what became of the file, and ends with Ctrl-C', async () => {
  let shown = '';
  let said = '';
  const { code, stdout, stderr } = await tail(['-f', '-n', '1', '-s', '0.05', '/ref/app.log'], {
    onStart: (child) => {
      const until = async (stream: 'stdout' | 'stderr', text: string): Promise<void> => {
        while (!(stream === 'stdout' ? shown : said).includes(text) && child[stream] !== null)
          await once(child[stream], 'data');
      };
      child.stdout?.on('data', (chunk: Buffer) => (shown += chunk.toString()));
      child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      void (async (): Promise<void> => {
        await until('stdout', 'line 20000\n');
        server.files.append('app.log', 'appended\n');
        await until('stdout', 'appended\n');
        server.files.set('app.log', 'new file\n');
        await until('stdout', 'new file\n');
        server.fault('app.log', { kind: 'status', status: 503, retryAfter: 0 });
        await until('stderr', 'trying on');
        server.clearFaults();
        server.files.append('app.log', 'after the outage\n');
        await until('stdout', 'after the outage\n');
        child.kill('SIGINT');
      })();
    },
  });
  expect(stdout.toString()).toBe('line 20000\nappended\nnew file\nafter the outage\n');
  expect(stderr.split('\n')).toEqual([
    "mountkit: '/ref/app.log' was truncated: what follows is from its first byte",
    expect.stringMatching(/^mountkit: EIO: .*; trying on$/),
    '',
  ]);
  expect(code).toBe(130);
});
