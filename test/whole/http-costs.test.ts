import type { Namespace } from '@mountkit/core';
import { mountkitBash } from '@mountkit/just-bash';
import { type FaultServer, seededBytes, startFaultServer } from '@mountkit/test-http-server';
import { load } from 'mountkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

describe('what an HTTP tree costs, through the shell and every layer', () => {
  let server: FaultServer;
  const opened: Namespace[] = [];
  beforeAll(async () => {
    const text = (index: number): string => `file ${index}\n${index % 10 === 0 ? 'needle\n' : ''}`.repeat(300);
    const files = Array.from(
      { length: 100 },
      (_, index) => [`tree/d${index % 10}/f${index}.txt`, text(index)] as const,
    );
    const big = seededBytes(5, 'costs', 5_000_000);
    server = await startFaultServer({
      files: { ...Object.fromEntries(files), 'big/big.bin': big },
      listing: 'nginx-json',
    });
  });
  afterAll(async () => server.stop());
  afterEach(async () => {
    server.shape({ latencyMs: 0 });
    await Promise.all(opened.splice(0).map((namespace) => namespace.close()));
  });

  async function mounted(options: object = {}): Promise<Namespace> {
    const namespace = await load({ mounts: { '/w': { type: 'http', url: server.url, ...options } } });
    opened.push(namespace);
    // Connections of the test before count as long as they are open.
    await vi.waitFor(() => expect(server.counters().connections).toBe(0));
    server.resetCounters();
    return namespace;
  }

  it.each([
    ['16 connections', {}, 16],
    ['4 connections', { connections: 4 }, 4],
  ])(
    'a serial grep -r over 100 files in 10 directories asks for each once, over at most %s, and again for nothing',
    async (_name, options, connections) => {
      server.shape({ latencyMs: 20 });
      const shell = mountkitBash({ namespace: await mounted(options) });
      const { stdout, exitCode } = await shell.exec('grep -rl needle /w/tree');
      expect([stdout.trim().split('\n').length, exitCode]).toEqual([10, 0]);
      const asked = server.requests.map(({ method, path }) => `${method} ${path}`);
      expect(asked.filter((each) => each.startsWith('GET tree/d') && each.endsWith('.txt'))).toHaveLength(100);
      expect(new Set(asked).size).toBe(asked.length);
      const { peakConnections, peakRequests } = server.counters();
      expect(peakConnections).toBeLessThanOrEqual(connections);
      expect(peakRequests).toBeGreaterThan(1);
      server.resetCounters();
      expect((await shell.exec('grep -rl needle /w/tree')).stdout).toBe(stdout);
      expect(server.counters().requests).toBe(0);
    },
  );

  it.each([
    ['head -c 10 /w/big/big.bin', 1],
    // The first page tells the version that the last one is asked for in.
    ['tail -c 10 /w/big/big.bin', 2],
  ])('%s of 5 MB moves %d pages at most', async (script, pages) => {
    const shell = mountkitBash({ namespace: await mounted() });
    expect(await shell.exec(`${script} | wc -c`)).toMatchObject({ stdout: '10\n', exitCode: 0 });
    const read = server.requestsTo('big/big.bin', 'GET');
    expect(read).toHaveLength(pages);
    expect(server.counters().bytesSent).toBeLessThanOrEqual(pages * 65_536);
  });

  it('ten equal reads at once are one request', async () => {
    const namespace = await mounted();
    const reads = Array.from({ length: 10 }, () => namespace.readFile('/w/tree/d3/f3.txt'));
    const sizes = (await Promise.all(reads)).map(({ byteLength }) => byteLength);
    expect(new Set(sizes).size).toBe(1);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET tree/d3/f3.txt']);
  });
});
