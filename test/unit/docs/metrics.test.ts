import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../src/runtime/metrics/catalogue.ts';
import { createMetrics } from '../../../src/runtime/metrics/registry.ts';
import { parseExposition } from '../../support/exposition.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = read('docs/metrics.md');
const rules = read('deploy/prometheus/alerts.yml');

/** Every name that a query can use: histograms have three series, and the process has metrics of its own. */
async function queryable(): Promise<ReadonlySet<string>> {
  const text = await createMetrics({ version: 'test', regions: [], ofProcess: true }).text();
  return new Set(
    [...parseExposition(text).types].flatMap(([name, type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** The metrics in a query, and the labels that it selects or groups by. */
const metricsIn = (query: string): string[] => query.match(/\b(onboard|nodejs|process)_\w+/g) ?? [];

describe('docs/metrics.md', () => {
  it('has a row for every metric with its type and labels, and no other', () => {
    const rows = [...page.matchAll(/^\| `(onboard_\w+)` \| (\w+) \| (.*?) \| (.+?) \|/gm)];
    expect(
      Object.fromEntries(
        rows.map(([, name, type, labels = '']) => [
          name,
          { type, labels: (labels.match(/\w+/g) ?? []).map(String) },
        ]),
      ),
    ).toEqual(
      Object.fromEntries(
        Object.entries(CATALOGUE).map(([name, { type, labels }]) => [name, { type, labels: [...labels] }]),
      ),
    );
  });

  it('asks for metrics that are there', async () => {
    const known = await queryable();
    const queries = [...page.matchAll(/```promql\n([^`]+)```/g)].map(([, query = '']) => query);
    expect(queries.length).toBeGreaterThanOrEqual(3);
    expect(queries.flatMap(metricsIn).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('deploy/prometheus/alerts.yml', () => {
  const alerts = rules
    .split(/^ {6}- alert: /m)
    .slice(1)
    .map((text) => ({
      name: text.split('\n')[0] ?? '',
      expr: /^ {8}expr: (\|\n(?: {10}.*\n)+|.*\n)/m.exec(text)?.[1] ?? '',
      text,
    }));

  it('names only metrics and labels that are there', async () => {
    const known = await queryable();
    const labels = new Set([
      'instance',
      'le',
      ...Object.values(CATALOGUE).flatMap((metric): readonly string[] => metric.labels),
    ]);
    expect(alerts.length).toBeGreaterThanOrEqual(10);
    for (const { name, expr } of alerts) {
      expect(metricsIn(expr).length, name).toBeGreaterThan(0);
      expect(
        metricsIn(expr).filter((metric) => !known.has(metric)),
        name,
      ).toEqual([]);
      const used = [...expr.matchAll(/by \(([^)]+)\)|[{,]\s*(\w+)\s*(?:=|!=|=~|!~)/g)].flatMap(
        ([, groups, label]) => groups?.split(/,\s*/) ?? [label ?? ''],
      );
      expect(
        used.filter((label) => !labels.has(label)),
        name,
      ).toEqual([]);
    }
  });

  it('has a severity and a sentence for every alert, each named once', () => {
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
    for (const { name, text } of alerts) {
      expect(text, name).toMatch(/severity: (critical|warning|info)/);
      expect(text, name).toMatch(/summary: \S/);
    }
  });
});
