import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const index = read('docs/runbooks/README.md');
const pages = readdirSync(new URL('docs/runbooks', ROOT)).filter((name) => name !== 'README.md');

const alerts = read('deploy/prometheus/alerts.yml')
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => [text.split('\n')[0] ?? '', /^ {10}runbook: (\S+)$/m.exec(text)?.[1]] as const);

const SECTIONS = ['Symptom', 'What it means', 'Check', 'Fix', 'After the fix', 'Prevent'];

describe('runbooks', () => {
  it.each(alerts)('the alert %s leads to a page that names it: %s', (alert, page) => {
    expect(page).toMatch(/^docs\/runbooks\/[a-z-]+\.md$/);
    expect(existsSync(new URL(page ?? '', ROOT))).toBe(true);
    expect(read(page ?? '')).toContain(`\`${alert}\``);
    expect(index).toMatch(
      new RegExp(`\\| \`${alert}\` \\| \\[[^\\]]+\\]\\(${page?.split('/').at(-1) ?? ''}\\)`),
    );
  });

  it('has pages', () => {
    expect(pages.length).toBeGreaterThan(25);
    expect(alerts.length).toBeGreaterThan(20);
  });

  it.each(pages)('%s has every section with something in it, and is in the index', (name) => {
    const text = read(`docs/runbooks/${name}`);
    const sections = text.split(/^## /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0])).toEqual(SECTIONS);
    for (const section of sections) expect(section.split('\n').slice(1).join('').trim()).not.toBe('');
    expect(index).toContain(`](${name})`);
  });
});
