import type { OriginAnswer, OriginCommand } from '../origin/main.ts';
import type { Target } from '../origin/target.ts';
import type { Scale } from '../scale.ts';
import { type ServedProgram, startProgram } from './program.ts';

/** The process that all origins live in. */
export interface OriginProcess extends ServedProgram<OriginCommand, OriginAnswer> {
  readonly measured: Target;
  readonly warmUp: Target;
}

/** Starts the origins. @throws {Error} what went wrong over there. */
export async function startOriginProcess(scale: Scale, withPeers: boolean): Promise<OriginProcess> {
  const address = new URL('../origin/main', import.meta.url).href;
  const { first, ask, close } = await startProgram<OriginCommand, OriginAnswer>(
    address,
    { type: 'start', scale, withPeers },
    { type: 'close' },
  );
  if (first.targets !== undefined) return { ...first.targets, ask, close };
  await close();
  throw new Error('the origins do not say where they are');
}
