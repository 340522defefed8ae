import { declareCapabilities } from '@mountkit/core';
import { unknownKeys } from './known-keys.ts';
import { faultsOfSkips } from './plan.ts';
import type { Budgets, Fixture, HttpFixture, Skip, Subject } from './subject.ts';

const subjectKeys: Readonly<Record<keyof Subject, true>> = {
  name: true,
  create: true,
  fixture: true,
  capabilities: true,
  skips: true,
  budgets: true,
  faces: true,
  deadlineMs: true,
  seed: true,
};
const fixtureKeys: Readonly<Record<keyof Fixture, true>> = {
  tree: true,
  secrets: true,
  mutate: true,
  outage: true,
  deny: true,
  hold: true,
  http: true,
  requests: true,
  close: true,
};
const budgetKeys: Readonly<Record<keyof Budgets, true>> = { coldRead: true, list: true, warmRead: true };
const skipKeys: Readonly<Record<keyof Skip, true>> = { id: true, reason: true };
const httpKeys: Readonly<Record<keyof HttpFixture, true>> = { url: true, create: true };

/** What is wrong with a subject, before anything is run: keys that mean nothing, and skips of no case or without a reason. */
export function faultsOfSubject(subject: Subject): readonly string[] {
  const { fixture, capabilities = {}, budgets = {}, skips = [] } = subject;
  const known = Object.keys(declareCapabilities({}));
  return [
    ...unknownKeys('the subject', subject, subjectKeys),
    ...Object.keys(capabilities)
      .filter((name) => !known.includes(name))
      .map((name) => `there is no capability '${name}': there are ${known.join(', ')}`),
    ...unknownKeys('budgets', budgets, budgetKeys),
    ...skips.flatMap((skip) => unknownKeys('a skip', skip, skipKeys)),
    ...(typeof fixture === 'function' ? [] : faultsOfFixture(fixture)),
    ...faultsOfSkips(subject),
  ];
}

/** What is wrong with a fixture that has been set up. */
export function faultsOfFixture(fixture: Fixture): readonly string[] {
  return [
    ...unknownKeys('the fixture', fixture, fixtureKeys),
    ...(fixture.http === undefined ? [] : unknownKeys("'http' of the fixture", fixture.http, httpKeys)),
  ];
}
