import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temp-folder.ts';

const RULES = new URL('../../deploy/prometheus/alerts.yml', import.meta.url);

export interface Prometheus {
  /** The names of the alerts that fire now. */
  firing(): Promise<readonly string[]>;
}

/** A real Prometheus with the shipped rules that scrapes one service; alerts fire at once, since `for` is left out. */
export async function startPrometheus(target: { url: string; token: string }): Promise<Prometheus> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const rules = await readFile(RULES, 'utf8');
  await writeFile(join(folder, 'rules.yml'), rules.replace(/^ +for: .*\n/gm, ''));
  const config = {
    global: { scrape_interval: '200ms', scrape_timeout: '200ms', evaluation_interval: '200ms' },
    rule_files: [join(folder, 'rules.yml')],
    scrape_configs: [
      {
        job_name: 'onboard',
        scrape_interval: '1s',
        scrape_timeout: '1s',
        authorization: { credentials: target.token },
        static_configs: [{ targets: [new URL(target.url).host] }],
      },
    ],
  };
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const ask = async <T>(path: string): Promise<T> => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    return ((await reply.json()) as { data: T }).data;
  };
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}.`);
    const up = await ask<{ result: { value: [number, string] }[] }>('query?query=up').catch(() => undefined);
    return up?.result[0]?.value[1] === '1';
  });
  return {
    async firing() {
      const { alerts } = await ask<{ alerts: { labels: { alertname: string }; state: string }[] }>('alerts');
      const names = alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
      return [...new Set(names)].sort();
    },
  };
}

/** Runs a file of promtool's unit tests for rules; rejects with what it printed when one fails. */
export async function testRules(file: string): Promise<string> {
  return (await promisify(execFile)('promtool', ['test', 'rules', file])).stdout;
}
