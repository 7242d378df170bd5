import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

const SHOWN = ['bullmq', 'ioredis', '@aws-sdk/client-eventbridge', 'graphile-worker', 'pg-boss', 'fastify'];

/** Processor, memory and the versions of all that takes part, in one line. */
export function describeMachine(servers: Readonly<Record<string, string>>): string {
  const [first] = cpus();
  const versions = { node: process.versions.node, ...servers, ...packageVersions() };
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB; ${named.join(', ')}`;
}

/** When, and how busy the machine was with everything that runs on it. */
export function describeMoment(): string {
  const load = loadavg().map((value) => value.toFixed(1));
  return `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC (load averages ${load.join(', ')})`;
}

function packageVersions(): Record<string, string> {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  return Object.fromEntries(
    SHOWN.map((name) => [name, lock.packages[`node_modules/${name}`]?.version ?? 'unknown']),
  );
}
