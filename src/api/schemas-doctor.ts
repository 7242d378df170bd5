import { z } from 'zod';

const FindingSchema = z.object({
  check: z.string().describe('what was looked at, such as redis.eviction; its first word names the part'),
  subject: z.string().nullable().describe('which of several, such as a Region'),
  status: z
    .enum(['ok', 'warn', 'fail'])
    .describe('warn: it runs, but not as it should; fail: it keeps the service from its work'),
  message: z.string(),
  fix: z.string().nullable().describe('what to do about it; null when it is well'),
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
          message: 'events:DescribePartnerEventSource is allowed, and the Region answers.',
          fix: null,
        },
      ],
    },
  });
