import { isFsError } from '@mountkit/core';
import { isConfigError } from '@mountkit/loader';

/** Exit codes of the command. Those from 64 on are sysexits(3); 130 is what shells give for an interrupt. */
export const exitCodes = {
  ok: 0,
  /** The answer is no: nothing there, not a directory, read-only. */
  failed: 1,
  /** The command line is wrong. */
  usage: 64,
  /** A fault of mountkit itself. */
  software: 70,
  /** A mount had trouble with its origin: out of reach, refusing, throttling, or sending wrong bytes. */
  origin: 74,
  /** The config is wrong. */
  config: 78,
  interrupted: 130,
} as const;

/** The exit code that tells what kind of error it was. */
export function exitCodeOf(error: unknown): number {
  if (isConfigError(error)) return exitCodes.config;
  if (!isFsError(error)) return exitCodes.software;
  if (error.reason === 'canceled') return exitCodes.interrupted;
  if (error.reason !== undefined) return exitCodes.origin;
  return error.op === 'config' ? exitCodes.config : exitCodes.failed;
}
