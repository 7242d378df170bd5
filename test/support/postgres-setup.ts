import type { TestProject } from 'vitest/node';
import { makeDatabase } from './make-database.ts';
import { oncePerRun } from './once-per-run.ts';
import { startPostgresCluster, type PostgresCluster } from './postgres-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    /** The name of a database with a ledger that was migrated and not stamped; tests get copies of it. */
    ledgerTemplate: string;
  }
}

interface PostgresOfRun {
  readonly cluster: PostgresCluster;
  readonly ledgerTemplate: string;
}

const postgres = oncePerRun<PostgresOfRun>('postgres', {
  async start() {
    const cluster = await startPostgresCluster();
    return { cluster, ledgerTemplate: await makeTemplate(cluster.url) };
  },
  stop: ({ cluster }) => cluster.stop(),
});

export async function setup(project: TestProject): Promise<void> {
  const { cluster, ledgerTemplate } = await postgres.use();
  project.provide('postgresUrl', cluster.url);
  project.provide('ledgerTemplate', ledgerTemplate);
}

export const teardown = postgres.release;

async function makeTemplate(clusterUrl: string): Promise<string> {
  // Loaded by the first project alone: each has its own copy of everything that a setup file imports.
  const { migrateTemplate } = await import('./migrate-template.ts');
  const { url } = await makeDatabase(clusterUrl);
  await migrateTemplate(url);
  return new URL(url).pathname.slice(1);
}
