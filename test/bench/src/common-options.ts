/** What every bench can be asked. */
export interface CommonOptions<Scale> {
  /** Only rows whose `workload/contestant` matches. The raw loop of their workloads runs along. */
  readonly only?: RegExp;
  readonly runs: number;
  readonly scale: Scale;
  /** Where the results go; left out where nothing is written. */
  readonly json?: string;
  /** Writes the page from the results that are there, and measures nothing. */
  readonly isRender: boolean;
  readonly isHelp: boolean;
  readonly timeoutMs: number;
}

/** How these stand on the command line, as `parseArgs` of Node takes them. */
export const commonFlags = {
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
  runs: { type: 'string' },
  timeout: { type: 'string' },
  json: { type: 'string' },
  render: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** What stood there. */
interface CommonValues {
  readonly quick: boolean;
  readonly only?: string | undefined;
  readonly runs?: string | undefined;
  readonly timeout?: string | undefined;
  readonly json?: string | undefined;
  readonly render: boolean;
  readonly help: boolean;
}

/** What holds where the command line says nothing. */
interface CommonDefaults<Scale> {
  readonly standardResults: string;
  readonly timeoutSeconds: number;
  readonly scale: { readonly full: Scale; readonly quick: Scale };
}

/** Reads them. @throws {TypeError} for a number that is none. */
export function commonOptions<Scale>(
  { quick, only, runs, timeout, json: asked, render, help }: CommonValues,
  { standardResults, timeoutSeconds, scale }: CommonDefaults<Scale>,
): CommonOptions<Scale> {
  const isWhole = !quick && only === undefined;
  const json = asked ?? (isWhole ? standardResults : undefined);
  return {
    ...(only !== undefined && { only: new RegExp(only) }),
    runs: count(runs ?? (quick ? '1' : '3'), 'runs', 1),
    scale: quick ? scale.quick : scale.full,
    ...(json !== undefined && { json }),
    isRender: render,
    isHelp: help,
    timeoutMs: count(timeout ?? String(timeoutSeconds), 'timeout', 1) * 1000,
  };
}

/** A number from `least` on. @throws {TypeError} for anything else. */
export function count(text: string, name: string, least: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least)
    throw new TypeError(`--${name}: not a number from ${least} on: ${text}`);
  return value;
}
