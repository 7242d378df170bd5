import type { TestProject } from 'vitest/node';
import { startPostgresCluster, type PostgresCluster } from './postgres-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/** Each project loads its own copy of this file; the process is what they have in common. */
const shared = globalThis as { onboardPostgres?: { users: number; cluster: Promise<PostgresCluster> } };

export async function setup(project: TestProject): Promise<void> {
  shared.onboardPostgres ??= { users: 0, cluster: startPostgresCluster() };
  shared.onboardPostgres.users += 1;
  project.provide('postgresUrl', (await shared.onboardPostgres.cluster).url);
}

export async function teardown(): Promise<void> {
  const held = shared.onboardPostgres;
  if (held === undefined) return;
  held.users -= 1;
  if (held.users > 0) return;
  delete shared.onboardPostgres;
  await (await held.cluster).stop();
}
