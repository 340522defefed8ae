import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantedFaults } from '../src/self-test/index.ts';

const file = join(import.meta.dirname, '..', 'dist', 'self-test', 'node-test.js');

test('under node:test the sample passes and every planted fault is named', { timeout: 600_000 }, async () => {
  expect(existsSync(file), 'the package has to be built').toBe(true);
  // Inside a worker of a runner, node:test would report to that runner.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  const child = spawn(process.execPath, ['--test', '--test-force-exit', '--test-reporter=tap', file], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  expect(output.split('\n').filter((line) => /^\s*not ok/.test(line))).toEqual([]);
  expect(code).toBe(0);
  expect(Number(/^# pass (\d+)$/m.exec(output)?.[1])).toBeGreaterThan(plantedFaults.length + 150);
});
