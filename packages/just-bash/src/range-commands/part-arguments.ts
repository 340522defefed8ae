/** What `head` and `tail` were asked for. */
export interface PartArguments {
  readonly unit: 'lines' | 'bytes';
  readonly count: number;
  /** '-' in front of the number of `head`: all but the last so many. '+' in front of that of `tail`: from that one on. */
  readonly sign: '' | '-' | '+';
  /** Whether file names are shown: never, always, or where there are several. */
  readonly headers: 'never' | 'always' | 'several';
  readonly files: readonly string[];
}

/** The arguments of `head` or `tail` as GNU has them; undefined for anything that only the shell's own command may know. */
export function parsePartArguments(name: 'head' | 'tail', args: readonly string[]): PartArguments | undefined {
  let unit: PartArguments['unit'] = 'lines';
  let number = '10';
  let headers: PartArguments['headers'] = 'several';
  const files: string[] = [];

  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      files.push(...args.slice(index + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      files.push(arg);
      continue;
    }
    const long = /^--(bytes|lines)=(.*)$/.exec(arg);
    const short = /^-([cn])(.*)$/.exec(arg);
    if (long !== null) {
      unit = long[1] === 'bytes' ? 'bytes' : 'lines';
      number = long[2] ?? '';
    } else if (short !== null) {
      unit = short[1] === 'c' ? 'bytes' : 'lines';
      if (short[2] === '') index += 1;
      number = short[2] === '' ? (args[index] ?? '') : (short[2] ?? '');
    } else if (/^-\d+$/.test(arg)) {
      unit = 'lines';
      number = arg.slice(1);
    } else if (arg === '-q' || arg === '--quiet' || arg === '--silent') headers = 'never';
    else if (arg === '-v' || arg === '--verbose') headers = 'always';
    else return undefined;
  }
  const parsed = /^([+-]?)(\d{1,15})$/.exec(number);
  if (parsed === null) return undefined;
  return { unit, count: Number(parsed[2]), sign: signOf(name, parsed[1]), headers, files };
}

// The other sign of each is the same as none.
function signOf(name: 'head' | 'tail', written: string | undefined): PartArguments['sign'] {
  if (name === 'head') return written === '-' ? '-' : '';
  return written === '+' ? '+' : '';
}
