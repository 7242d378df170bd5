import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { problem } from '../../../src/api/http/problem.ts';
import { FIELD_ISSUE_CODES } from '../../../src/domain/field-issue.ts';
import { PROBLEMS } from '../../../src/domain/problem-codes.ts';
import { OUTCOME_KINDS } from '../../../src/domain/outcome-kind.ts';
import { logAttempt } from '../../../src/provisioning/report-round.ts';
import { recordingLog } from '../../support/recording-log.ts';

const ROOT = new URL('../../../', import.meta.url);
const page = (name: string): string => readFileSync(new URL(name, ROOT), 'utf8');

/** The cells of every table row of a page, under one heading if that is given. */
function rowsOf(name: string, heading?: string): string[][] {
  const text = page(name);
  const part = heading === undefined ? text : (text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '');
  return [...part.matchAll(/^\| ?(.*) ?\|$/gm)].map(([, row = '']) =>
    row.split(' | ').map((cell) => cell.trim()),
  );
}

/** Every link to a test file leads to one, and the titles that follow it are in it. Gives back how many there are. */
function expectNamedTests(name: string): number {
  let titles = 0;
  for (const [, file = '', after = ''] of page(name).matchAll(
    /\]\((?:\.\.\/)?(test\/[^)]+)\)((?:(?:: |, )"[^"]+")*)/g,
  )) {
    const source = page(file);
    for (const [, title = ''] of after.matchAll(/"([^"]+)"/g)) {
      expect(source, file).toContain(`'${title}'`);
      titles += 1;
    }
  }
  return titles;
}

describe('ARCHITECTURE.md', () => {
  it('names every package with its version, and no other', () => {
    const { dependencies, devDependencies } = JSON.parse(page('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const rows = rowsOf('ARCHITECTURE.md', 'Packages, and why').filter(([name]) => name?.startsWith('`'));
    expect(Object.fromEntries(rows.map(([name = '', version]) => [name.slice(1, -1), version]))).toEqual({
      ...dependencies,
      ...devDependencies,
    });
    expect(rows.every(([, , reason]) => reason !== undefined && reason !== '')).toBe(true);
  });

  it('draws every room of src with the arrows that the machine checks', () => {
    const drawn = rowsOf('ARCHITECTURE.md', 'The house').flatMap(([room = '', , arrows]) => {
      const name = /^`([a-z]+)(?:\/|\.ts)`$/.exec(room)?.[1];
      // The second table there, of what lies outside of src, has no column of arrows.
      return name === undefined || arrows === undefined ? [] : [[name, listed(arrows)] as const];
    });
    const there = readdirSync(new URL('src', ROOT)).map((name) => name.replace('.ts', ''));
    const checked = there.map((room) => [room, mayImport(room).filter((other) => there.includes(other))]);
    expect(Object.fromEntries(drawn)).toEqual(Object.fromEntries(checked));
  });

  it('has a decision for every outcome', () => {
    const outcomes = rowsOf('ARCHITECTURE.md', 'Outcome → decision').map(([, outcome]) => outcome);
    expect(new Set(outcomes.filter((outcome) => outcome?.startsWith('`')))).toEqual(
      new Set(OUTCOME_KINDS.map((kind) => `\`${kind}\``)),
    );
  });

  it('names tests that are there', () => {
    expect(expectNamedTests('ARCHITECTURE.md')).toBeGreaterThanOrEqual(9);
  });

  it('walks through files that are there, each once, and no more than 45', () => {
    const walk = page('ARCHITECTURE.md').split('\n### The same walk, file by file\n')[1]?.split('\n## ')[0];
    const files = [...(walk ?? '').matchAll(/^- .*$/gm)].flatMap(([line]) =>
      [...line.matchAll(/`(src\/[^`]+)`/g)].map(([, file]) => file ?? ''),
    );
    expect(new Set(files).size).toBe(files.length);
    expect(files.filter((file) => !existsSync(new URL(file, ROOT)))).toEqual([]);
    expect(walk).toContain(`The ${files.length} files`);
    expect(files.length).toBeLessThanOrEqual(45);
  });
});

describe('CONTRIBUTING.md', () => {
  it('says how the lock file is compared with advisories before a release, and what to do with a finding', () => {
    const part = page('CONTRIBUTING.md').split('\n## Before a release\n')[1]?.split('\n## ')[0] ?? '';
    const commands = /```sh\n([^`]+)```/.exec(part)?.[1]?.trim().split('\n') ?? [];
    expect(commands).toEqual(['npm ci', 'npm audit --omit=dev', 'npm audit signatures', 'npm audit']);
    expect(part).toContain('If there is no fixed version');
    // What is meant to run without a network asks for none.
    const checks = page('scripts/commands/check.mjs') + page('scripts/commands/steps.mjs');
    expect(checks).not.toContain('audit');
  });
});

describe('docs/reliability.md', () => {
  it('names tests that are there', () => {
    expect(expectNamedTests('docs/reliability.md')).toBeGreaterThanOrEqual(20);
  });
});

describe('docs/errors.md', () => {
  it('goes through every problem code, in the order of the table, with its status and title and what to do', () => {
    const sections = page('docs/errors.md').split(/^## /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).toEqual(Object.keys(PROBLEMS));
    for (const section of sections) {
      const code = section.split('\n')[0] as keyof typeof PROBLEMS;
      const [status, title] = PROBLEMS[code];
      expect(section, code).toContain(`\n\n**${status}** ${title}. `);
      expect(section, code).toMatch(/^\*What to do:\* \S/m);
      const [, example = ''] = /```json .*\n([^`]+)```/.exec(section) ?? [];
      expect(JSON.parse(example), code).toMatchObject({
        ...problem(code, { detail: expect.stringMatching(/\S/) as string }),
      });
    }
  });

  it('names every code of a field', () => {
    const named = rowsOf('docs/errors.md', 'invalid_request').flatMap(
      ([names = '']) => names.match(/\w+/g) ?? [],
    );
    expect(named).toEqual(expect.arrayContaining([...FIELD_ISSUE_CODES]));
  });
});

describe('docs/operations.md', () => {
  it('names every field of the line that is logged for each AWS call', () => {
    const log = recordingLog();
    const nobody = { onboarding: {}, outcome: {}, run: {}, policy: {} };
    logAttempt(log, {} as never, nobody as never);
    const fields = Object.keys(log.lines[0]?.fields ?? {});
    expect(fields.length).toBeGreaterThan(10);
    const named = rowsOf('docs/operations.md', 'Log').map(([names]) => names);
    expect(named.join(' ').match(/`[a-z_]+`/g)).toEqual(
      expect.arrayContaining(fields.map((field) => `\`${field}\``)),
    );
  });
});

describe('links and paths', () => {
  const pages = [
    ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'],
    ...readdirSync(new URL('docs', ROOT), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];

  it.each(pages)('of %s lead to files that are there', (from) => {
    const targets = [...page(from).matchAll(/\]\(([^)#]+)[^)]*\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target));
    for (const target of targets) {
      expect(existsSync(new URL(target, new URL(from, ROOT))), `${from} → ${target}`).toBe(true);
    }
  });

  // What a superseded decision speaks of may be gone.
  const present = pages.filter((name) => !/superseded by/i.test(page(name)));
  it.each(present)('in %s name files of the project that are there', (from) => {
    const named = [...page(from).matchAll(/`((?:src|workers|test|bench|scripts)\/[\w./-]+)`/g)];
    const missing = named.filter(([, path = '']) => !existsSync(new URL(path, ROOT)));
    expect(missing.map(([, path]) => path)).toEqual([]);
  });
});

interface Rule {
  readonly name: string;
  readonly comment: string;
}

/** What `.dependency-cruiser.cjs` allows a room to import, beside itself. */
function mayImport(room: string): string[] {
  const { forbidden } = createRequire(import.meta.url)('../../../.dependency-cruiser.cjs') as {
    forbidden: Rule[];
  };
  const comment = forbidden.find(({ name }) => name === `arrows-from-${room}`)?.comment ?? '';
  return listed(/Allowed: itself(.*)\.$/.exec(comment)?.[1] ?? '');
}

const listed = (names: string): string[] =>
  names
    .split(', ')
    .filter((name) => name !== '')
    .sort();
