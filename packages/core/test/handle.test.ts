import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { exportHandle, type FileSystem, handleKey, handleVersion, importHandle, isHandle } from '../src/index.ts';

/** The least a filesystem of another make can offer: six operations, written without any of our code. */
const foreignSource = `(() => {
  const stat = (path) => ({ type: 'file', size: path.length });
  const ops = Object.freeze(Object.assign(Object.create(null), {
    stat, lstat: stat, readdir: () => [], open: () => ({}), readFile: () => new Uint8Array([1]), readlink: () => 'x',
  }));
  const log = [];
  return { log, '~mountkit.fs': {
    abi: 1, minor: 7, vendor: 'elsewhere', capabilities: {}, ops,
    retain: () => log.push('retain'), release: () => log.push('release'),
  } };
})()`;

interface Foreign {
  readonly log: string[];
  readonly [handleKey]: { abi: number; readonly ops: object };
}

const foreign = (): Foreign => vm.runInNewContext(foreignSource) as Foreign;

describe('the versioned handle', () => {
  it('takes a filesystem of another realm by its brand', () => {
    const fs = importHandle(foreign());
    expect(fs.stat('/abc')).toMatchObject({ type: 'file', size: 4 });
  });

  it('counts one user until it is closed, and only once', () => {
    const other = foreign();
    const fs = importHandle(other);
    void fs.close();
    void fs.close();
    expect(other.log).toEqual(['retain', 'release']);
  });

  it('is EBADF after close', () => {
    const fs = importHandle(foreign());
    void fs.close();
    expect(() => fs.stat('/x')).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('answers an optional operation that is missing with ENOTSUP', () => {
    expect(() => importHandle(foreign()).statfs('/')).toThrow(expect.objectContaining({ code: 'ENOTSUP' }));
  });

  it('refuses another major version and names both', () => {
    const other = foreign();
    other[handleKey].abi = 2;
    expect(() => importHandle(other)).toThrow("the handle of 'elsewhere' has version 2.7, this mountkit takes 1");
    expect(importHandle(other, { max: 2 })).toBeDefined();
  });

  it('refuses a table without a mandatory operation and names it and both versions', () => {
    const other = foreign();
    Object.defineProperty(other[handleKey], 'ops', { value: { ...other[handleKey].ops, readlink: undefined } });
    expect(() => importHandle(other)).toThrow(
      `the handle of 'elsewhere' has version 1.7 and lacks readlink, which version 1.${handleVersion.minor} of this mountkit needs`,
    );
  });

  it.each(['retain', 'release'])('refuses a table that cannot %s', (name) => {
    const other = foreign();
    Object.defineProperty(other[handleKey], name, { value: undefined });
    expect(() => importHandle(other)).toThrow(new RegExp(`lacks ${name}`));
  });

  it('lets go by what the table said when it was imported', () => {
    const other = foreign();
    const fs = importHandle(other);
    Object.defineProperty(other[handleKey], 'release', { value: () => other.log.push('another') });
    void fs.close();
    expect(other.log).toEqual(['retain', 'release']);
  });

  it.each([undefined, null, {}, { [handleKey]: 1 }, { [handleKey]: null }, 'text'])('%j carries no handle', (value) => {
    expect(isHandle(value)).toBe(false);
    expect(() => importHandle(value)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it.each([{ abi: 1 }, { abi: 1, ops: null }, { abi: 1, ops: 'none' }])('refuses the broken table %j', (table) => {
    expect(() => importHandle({ [handleKey]: table })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('copies the table: what its maker does later changes nothing', () => {
    const ops = {
      stat: () => 'first',
      lstat: () => 0,
      readdir: () => 0,
      open: () => 0,
      readFile: () => 0,
      readlink: () => 0,
    };
    const table = {
      abi: 1,
      minor: 0,
      vendor: 'v',
      capabilities: {},
      ops,
      retain: () => undefined,
      release: () => undefined,
    };
    const fs = importHandle({ [handleKey]: table });
    ops.stat = () => 'second';
    expect(fs.stat('/')).toBe('first');
  });

  it('exports operations that need no `this`, frozen and without a prototype, and closes with the last user', () => {
    const log: string[] = [];
    const fs = new Proxy({} as FileSystem, {
      get: (_target, name) => () => {
        log.push(String(name));
        return {};
      },
    });
    const table = exportHandle(fs, { vendor: 'test' });
    expect(Object.isFrozen(table) && Object.isFrozen(table.ops)).toBe(true);
    expect(Object.getPrototypeOf(table.ops)).toBeNull();
    const { stat } = table.ops;
    void stat('/x');
    table.retain();
    table.retain();
    table.release();
    expect(log).toEqual(['stat']);
    table.release();
    expect(log).toEqual(['stat', 'close']);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('close'))],
    [
      'throws',
      () => {
        throw new Error('close');
      },
    ],
  ])('lets go of a filesystem whose close %s without a word', async (_how, close) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on('unhandledRejection', note);
    try {
      const fs = new Proxy({} as FileSystem, { get: (_target, name) => (name === 'close' ? close : () => ({})) });
      const table = exportHandle(fs, { vendor: 'test' });
      table.retain();
      table.release();
      // Node tells of unhandled rejections after the microtasks of a turn.
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});
