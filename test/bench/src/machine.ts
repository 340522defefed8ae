import { execFile } from 'node:child_process';
import { cpus, release, totalmem, type as systemType } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Machine } from './results.ts';

/** The root of this checkout. */
export const checkout: string = fileURLToPath(new URL('../../..', import.meta.url));

/** This machine. @param loadBefore processes that wanted a processor in the minute before the start. */
export function machine(loadBefore: number): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${systemType()} ${release()}`,
    node: process.version,
    loadBefore,
  };
}

/** The revision of this checkout, where it has one. */
export async function revision(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', checkout, 'rev-parse', '--short=12', 'HEAD']);
    return stdout.trim();
  } catch {
    return 'unknown';
  }
}
