#!/usr/bin/env node
// Whether what the next release would be follows the rules of this repository: the changesets name packages that are published, all of them get one version, and none of them
// asks for another by a range that a release would leave behind. Where the last release is tagged in this clone, a change of its sources since then needs a changeset.
// Needs no network and no remote. `node scripts/release-check.js [ROOT]`.
import getReleasePlan from '@changesets/get-release-plan';
import { spawnSync } from 'node:child_process';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from './published.js';

const root = resolve(process.argv[2] ?? resolve(dirname(fileURLToPath(import.meta.url)), '..'));
const packages = publishedPackages(root);
const published = new Set(packages.map(({ manifest }) => manifest.name));
const versions = [...new Set(packages.map(({ manifest }) => manifest.version))];
const { changesets, releases } = await getReleasePlan(root);

const faults = [
  ...rangeFaults(),
  ...(versions.length > 1 ? [`the packages have more than one version: ${versions.join(', ')}`] : []),
  ...changesets.flatMap(nameFaults),
  ...planFaults(),
  ...(changesets.length === 0 ? silentChanges() : []),
];

if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exitCode = 1;
} else {
  const next = releases.find(({ name }) => published.has(name))?.newVersion;
  process.stdout.write(next === undefined ? 'Nothing to release.\n' : `The next release is ${next}.\n`);
}

/** One range for our own packages; and no peer among them: a minor of a peer is a major of whoever has it. */
function rangeFaults() {
  return packages.flatMap(({ manifest: { name, dependencies = {}, peerDependencies = {} } }) => [
    ...Object.entries(dependencies)
      .filter(([dependency, range]) => published.has(dependency) && range !== 'workspace:^')
      .map(([dependency, range]) => `${name}: depends on ${dependency} as '${range}' and not as 'workspace:^'`),
    ...Object.keys(peerDependencies)
      .filter((dependency) => published.has(dependency))
      .map((dependency) => `${name}: has ${dependency} as a peer and not as a dependency`),
  ]);
}

function nameFaults({ id, releases: named }) {
  return named
    .filter(({ name }) => !published.has(name))
    .map(({ name }) => `.changeset/${id}.md: ${name} is not published`);
}

function planFaults() {
  const planned = new Map(releases.filter(({ type }) => type !== 'none').map((release) => [release.name, release]));
  if (planned.size === 0) return [];
  const next = new Set(Array.from(planned.values(), ({ newVersion }) => newVersion));
  return [
    ...Array.from(published)
      .filter((name) => !planned.has(name))
      .map((name) => `${name}: is not released with the others, see 'fixed' in .changeset/config.json`),
    ...(next.size > 1 ? [`the packages would be released as ${[...next].join(', ')}`] : []),
  ];
}

function silentChanges() {
  const git = (...words) => spawnSync('git', words, { cwd: root, encoding: 'utf8' });
  const tag = `mountkit@${versions[0]}`;
  if (git('rev-parse', '--quiet', '--verify', `refs/tags/${tag}`).status !== 0) return [];
  const sources = packages.flatMap(({ folder }) => ['src', 'bin'].map((room) => `${relative(root, folder)}/${room}`));
  const changed = git('diff', '--name-only', tag, '--', ...sources)
    .stdout.split('\n')
    .filter(Boolean);
  return changed.length === 0 ? [] : [`${changed.length} files changed since ${tag} and no changeset says so`];
}
