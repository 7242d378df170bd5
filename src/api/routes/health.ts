import { z } from 'zod';
import { examine } from '../../operations/doctor.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import type { Readiness } from '../../operations/readiness.ts';
import { packageVersion } from '../../runtime/package.ts';
import type { Right } from '../http/auth.ts';
import type { TypedApp } from '../http/typed-app.ts';

const ReadinessSchema = z.object({
  status: z.enum(['ok', 'degraded', 'unavailable']),
  parts: z.record(z.string(), z.string()),
});

const FindingSchema = z.object({
  check: z.string().describe('what was checked, such as redis.eviction; its first word names the part'),
  subject: z.string().nullable().describe('which of several, such as a Region'),
  status: z
    .enum(['ok', 'warn', 'fail'])
    .describe('warn: works, but needs attention; fail: prevents the service from working'),
  message: z.string(),
  fix: z.string().nullable().describe('how to fix it; null when ok'),
});

export const DoctorSchema = z
  .object({
    version: z.string().describe('of the service'),
    at: z.iso.datetime().describe('the service’s clock, ISO 8601 in UTC'),
    findings: z.array(FindingSchema),
  })
  .meta({
    id: 'Doctor',
    example: {
      version: '0.1.0',
      at: '2026-11-25T09:47:08.359Z',
      findings: [
        {
          check: 'redis.eviction',
          subject: null,
          status: 'warn',
          message:
            'Redis may evict queue data (maxmemory-policy allkeys-lru); set maxmemory-policy noeviction.',
          fix: 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
        },
        {
          check: 'aws.describe',
          subject: 'eu-west-1',
          status: 'ok',
          message: 'events:DescribePartnerEventSource is allowed, and the Region responds.',
          fix: null,
        },
      ],
    },
  });

/** Prometheus' text exposition format. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** How a process is seen from outside: whether it can serve, and its metrics. */
export interface Observability {
  readonly readiness: () => Promise<Readiness>;
  readonly scrape: () => Promise<string>;
}

/** How the process is, for whatever watches it. `metricsAccess`: who may see the metrics. */
export function healthRoutes(
  app: TypedApp,
  { readiness, scrape }: Observability,
  metricsAccess: Right | 'open',
): void {
  app.get(
    '/healthz',
    {
      config: { access: 'open' },
      schema: {
        summary: '200 while the process lives',
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    {
      config: { access: 'open' },
      schema: {
        summary: '503 while starting, stopping or unable to serve',
        response: { 200: ReadinessSchema, 503: ReadinessSchema },
      },
    },
    async (_request, reply) => {
      const now = await readiness();
      return reply.code(now.status === 'unavailable' ? 503 : 200).send(now);
    },
  );
  app.get(
    '/metrics',
    {
      config: { access: metricsAccess },
      schema: {
        summary: 'Figures for Prometheus',
        produces: ['text/plain'],
        response: { 200: z.string() },
      },
    },
    async (_request, reply) => reply.type(METRICS_TYPE).send(await scrape()),
  );
}

export function doctorRoutes(app: TypedApp, deps: OperatorDeps): void {
  const version = packageVersion();
  app.get(
    '/v1/doctor',
    {
      // It calls AWS, so it is not open to all who may read.
      config: { access: 'operate' },
      schema: {
        summary: 'Check Redis, the ledger and AWS, and report problems with their fix',
        description:
          'Changes nothing and creates nothing at AWS: it makes two reads per Region of a source that cannot exist. Takes up to 10 seconds.',
        response: { 200: DoctorSchema },
      },
    },
    async () => {
      const findings = await examine(deps);
      return { version, at: new Date(deps.clock.now()).toISOString(), findings };
    },
  );
}
