import { describe, expect, it } from 'vitest';
import {
  inventedPatterns,
  listedPatterns,
  type Outcome,
  planned,
  policies,
  type Setting,
  settings,
  simulate,
  summarise,
} from '../src/index.ts';
import { limitOf } from '../src/limit.ts';
import { patternWriter } from '../src/pattern.ts';

const setting = firstSetting();

function firstSetting(): Setting {
  const [first] = settings;
  if (first === undefined) throw new Error('there is a first setting');
  return first;
}

function ours(): Outcome[] {
  return listedPatterns().map((pattern) => simulate(pattern, planned(), setting));
}

describe('the planner over the listed patterns', () => {
  // Each plan is checked against the bound on the way: `planned` throws where it is crossed.
  const outcomes = ours();

  it('has a geometric mean of at most 1.35 of the limit', () => {
    expect(outcomes).toHaveLength(13);
    expect(summarise(outcomes)[0]?.geomean).toBeLessThanOrEqual(1.35);
  });

  it('also has one of at most 1.6 over the patterns whose limit knows the future', () => {
    const clairvoyant = new Set(listedPatterns().flatMap((each) => (each.limit === 'clairvoyant' ? [each.name] : [])));
    const figures = summarise(outcomes.filter((each) => clairvoyant.has(each.pattern)));
    expect(figures[0]?.geomean).toBeLessThanOrEqual(1.6);
  });

  it('is nowhere worse than five times the limit', () => {
    expect(Math.max(...outcomes.map((each) => each.overLimit))).toBeLessThanOrEqual(5);
  });

  it.each(settings.slice(1))('is nowhere worse than that either with $name', (other) => {
    const elsewhere = listedPatterns().map((pattern) => simulate(pattern, planned(), other));
    expect(Math.max(...elsewhere.map((each) => each.overLimit))).toBeLessThanOrEqual(5);
    // Where sixteen connections together carry more than one reader of small files can ask for, the mean is further from the limit.
    expect(summarise(elsewhere)[0]?.geomean).toBeLessThanOrEqual(other.name.startsWith('1 GB/s') ? 1.6 : 1.35);
  });

  it('gives the same figures again', () => {
    expect(ours()).toEqual(outcomes);
  });

  it('does not move a byte more than was used where all is read in order', () => {
    for (const outcome of outcomes) {
      if (!/^(sequential|two interleaved|grep|backwards|200 files)/.test(outcome.pattern)) continue;
      expect(outcome.amplification, outcome.pattern).toBeLessThan(1.01);
    }
  });
});

describe('the planner elsewhere', () => {
  it('is nowhere worse than eight times the limit over the invented patterns, and 1.2 on average', () => {
    const outcomes = inventedPatterns().map((pattern) => simulate(pattern, planned(), setting));
    expect(Math.max(...outcomes.map((each) => each.overLimit))).toBeLessThanOrEqual(8);
    expect(summarise(outcomes)[0]?.geomean).toBeLessThanOrEqual(1.2);
  });

  it('moves what was read and nothing else with amplification 0', () => {
    const pattern = listedPatterns().find((each) => each.name.startsWith('sequential 16'));
    if (pattern === undefined) throw new Error('the pattern is there');
    const outcome = simulate(pattern, planned({ amplification: 0 }), setting);
    expect(outcome.bytesMoved).toBe(limitOf(pattern, setting).bytesUsed);
  });
});

describe('the other policies', () => {
  const small = listedPatterns().filter((each) => /^(sequential 16|zip:|backwards|parquet)/.test(each.name));

  it('all serve every read', () => {
    for (const policy of policies()) {
      for (const pattern of small) expect(simulate(pattern, policy, setting).overLimit).toBeGreaterThan(0.999);
    }
  });

  it('cost a round trip a read where nothing is read ahead', () => {
    const none = policies().find((each) => each.name === 'none');
    const writer = patternWriter();
    writer.file('/d/f', 1e6);
    writer.read('/d/f', 0, 1000);
    writer.read('/d/f', 500_000, 1000);
    writer.read('/d/f', 0, 1000);
    const pattern = writer.done('two reads', 'without speculation');
    if (none === undefined) throw new Error('the policy is there');
    expect(simulate(pattern, none, setting)).toMatchObject({ overLimit: 1, amplification: 1, requests: 2 });
  });
});

describe('the limit', () => {
  it('of a clairvoyant is one round trip and the bytes, or the round trips of many files over all connections', () => {
    const writer = patternWriter();
    for (let index = 0; index < 160; index += 1) {
      writer.file(`/d/f${index}`, 1000);
      writer.read(`/d/f${index}`, 0, 1000);
    }
    expect(limitOf(writer.done('many', 'clairvoyant'), setting)).toEqual({ ms: 60 + 300, bytesUsed: 160_000 });
    const one = patternWriter();
    one.file('/d/f', 10e6);
    one.readThrough('/d/f', 0, 10e6, 1e6);
    expect(limitOf(one.done('one', 'clairvoyant'), setting)).toEqual({ ms: 60 + 30 + 100, bytesUsed: 10e6 });
  });
});
