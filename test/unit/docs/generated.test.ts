import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandReference } from '../../../src/cli/reference.ts';
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

  it('docs/cli.md', () => {
    expect(page('docs/cli.md')).toBe(commandReference());
  });

  it('the configuration table', () => {
    expect(page('docs/configuration.md')).toBe(
      putBetween(page('docs/configuration.md'), 'config', configTable(VARIABLES)),
    );
  });

  it('the IAM policy', () => {
    const shown = { partner: 'acme.example' as PartnerName, regions: ['us-east-1', 'eu-west-1'] as Region[] };
    const block = `\`\`\`json\n${JSON.stringify(leastPrivilegePolicy(shown), null, 2)}\n\`\`\``;
    expect(page('docs/configuration.md')).toBe(putBetween(page('docs/configuration.md'), 'iam', block));
  });
});
