import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../../src/api/problem.ts';
import { leastPrivilegePolicy } from '../../../src/domain/iam-policy.ts';
import type { Region } from '../../../src/domain/region.ts';
import type { PartnerName } from '../../../src/domain/source-name.ts';
import { configTable, envExample, putBetween } from '../../../src/runtime/config-docs.ts';
import { VARIABLES } from '../../../src/runtime/config-variables.ts';

const page = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');

describe('what is generated from the code is up to date (npm run docs writes it)', () => {
  it('.env.example', () => {
    expect(page('.env.example')).toBe(envExample(VARIABLES));
  });

  it('the configuration table in the README', () => {
    expect(page('README.md')).toBe(putBetween(page('README.md'), 'config', configTable(VARIABLES)));
  });

  it('the IAM policy in the README', () => {
    const shown = { partner: 'acme.example' as PartnerName, regions: ['us-east-1', 'eu-west-1'] as Region[] };
    const block = `\`\`\`json\n${JSON.stringify(leastPrivilegePolicy(shown), null, 2)}\n\`\`\``;
    expect(page('README.md')).toBe(putBetween(page('README.md'), 'iam', block));
  });
});

describe('the pages name everything that there is', () => {
  it('every problem code stands in docs/http-api.md', () => {
    for (const code of Object.keys(PROBLEMS)) expect(page('docs/http-api.md')).toContain(`\`${code}\``);
  });

  it('every package stands in ARCHITECTURE.md', () => {
    const { dependencies, devDependencies } = JSON.parse(page('package.json')) as Record<
      string,
      Record<string, string>
    >;
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      expect(page('ARCHITECTURE.md'), name).toContain(name);
    }
  });

  it('every room of src stands in ARCHITECTURE.md', () => {
    const rooms = readdirSync(new URL('../../../src', import.meta.url), { withFileTypes: true });
    for (const room of rooms.filter((entry) => entry.isDirectory())) {
      expect(page('ARCHITECTURE.md')).toContain(`\`${room.name}/\``);
    }
  });

  it('every page that the README and ARCHITECTURE.md link to is there', () => {
    for (const from of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']) {
      for (const [, target = ''] of page(from).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
        if (/^[a-z]+:/.test(target) || target === 'docs/decisions') continue;
        expect(() => page(target), `${from} → ${target}`).not.toThrow();
      }
    }
  });
});
