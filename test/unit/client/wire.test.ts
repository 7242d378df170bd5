import { expect, test } from 'vitest';
import type { z } from 'zod';
import type { TrialSchema } from '../../../src/api/routes/imports.ts';
import type { AttemptSchema, OnboardingRequestSchema } from '../../../src/api/schemas/onboardings.ts';
import type { ProblemSchema } from '../../../src/api/schemas/problem.ts';
import type { RegionSchema, StatsSchema } from '../../../src/api/schemas/regions.ts';
import type { AuditEntrySchema, AuditQuerySchema } from '../../../src/api/routes/audit.ts';
import type { DoctorSchema } from '../../../src/api/routes/health.ts';
import type { FailureGroupSchema, FiguresSchema } from '../../../src/api/schemas/failures.ts';
import type {
  ReplayPreviewSchema,
  ReplayRequestSchema,
  ReplaySchema,
} from '../../../src/api/schemas/replays.ts';
import { OnboardingSchema } from '../../../src/api/schemas/onboardings.ts';
import type { Problem } from '../../../src/client/answers.ts';
import type {
  AuditEntry,
  AuditFilter,
  DoctorAnswer,
  FailureGroup,
  Figures,
  ImportAnswer,
  OnboardRequest,
  RegionState,
  Replay,
  ReplayFilter,
  ReplayPreview,
  ReplayRequest,
  Stats,
} from '../../../src/client/wire.ts';
import type { Attempt, Onboarding } from '../../../src/domain/onboarding.ts';
import { onboardingJson } from '../../support/scripted-api.ts';

/** A type as JSON shows it: brands are texts, nothing is read-only, and what may be absent is not undefined besides. */
type Plain<T> = T extends string
  ? string extends T
    ? string
    : T extends { readonly __brand: string }
      ? string
      : T
  : T extends number | boolean | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? Plain<Item>[]
      : { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> };

type Same<A, B> = [Plain<A>, Plain<B>] extends [Plain<B>, Plain<A>] ? true : false;
/** Members of all variants of a union. */
type Members<T> = T extends unknown ? keyof T : never;

/** The compiler is the test: `npm run check` does not pass when a schema and a type of the client differ. */
test('the client’s types are those of the API’s schemas', () => {
  const same = {
    onboarding: true satisfies Same<z.output<typeof OnboardingSchema>, Onboarding>,
    attempt: true satisfies Same<z.output<typeof AttemptSchema>, Attempt>,
    region: true satisfies Same<z.output<typeof RegionSchema>, RegionState>,
    requestFields: true satisfies Same<
      Members<z.input<typeof OnboardingRequestSchema>>,
      Members<OnboardRequest>
    >,
    regionStats: true satisfies Same<
      z.output<typeof StatsSchema>['regions'][number],
      Stats['regions'][number]
    >,
    stats: true satisfies Same<keyof z.output<typeof StatsSchema>, keyof Stats>,
    imported: true satisfies Same<keyof z.output<typeof TrialSchema>, keyof ImportAnswer | 'createdAt'>,
    problemFields: true satisfies Same<
      keyof z.output<typeof ProblemSchema>,
      Exclude<keyof Problem, 'retryAfterSeconds'>
    >,
    doctor: true satisfies Same<z.output<typeof DoctorSchema>, DoctorAnswer>,
    failureGroup: true satisfies Same<keyof z.output<typeof FailureGroupSchema>, keyof FailureGroup>,
    figures: true satisfies Same<keyof z.output<typeof FiguresSchema>, keyof Figures>,
    points: true satisfies Same<z.output<typeof FiguresSchema>['points'], Figures['points']>,
    replay: true satisfies Same<keyof z.output<typeof ReplaySchema>, keyof Replay>,
    replayPreview: true satisfies Same<keyof z.output<typeof ReplayPreviewSchema>, keyof ReplayPreview>,
    replayFilter: true satisfies Same<
      keyof z.input<typeof ReplayRequestSchema>['filter'],
      keyof ReplayFilter
    >,
    replayRequest: true satisfies Same<
      keyof z.input<typeof ReplayRequestSchema>,
      keyof ReplayRequest | 'dryRun'
    >,
    audit: true satisfies Same<keyof z.output<typeof AuditEntrySchema>, keyof AuditEntry>,
    auditFilter: true satisfies Same<
      keyof z.input<typeof AuditQuerySchema>,
      keyof AuditFilter | 'limit' | 'cursor'
    >,
    // And it can tell a difference.
    shorter: false satisfies Same<z.output<typeof OnboardingSchema>, Omit<Onboarding, 'expiresAt'>>,
    wider: false satisfies Same<{ readonly status: string }, Pick<Onboarding, 'status'>>,
  };
  expect(Object.keys(same)).toHaveLength(20);
});

test('what a client may send satisfies the schema of what may be sent', () => {
  const request: OnboardRequest = {
    account: '000000000101',
    region: 'eu-west-1',
    sourceName: 'aws.partner/acme.example/orders',
    metadata: { plan: 'gold' },
  };
  const sent: z.input<typeof OnboardingRequestSchema> = { ...request, metadata: { ...request.metadata } };
  expect(sent).toEqual(request);
});

test('the onboarding that the client’s tests are served is one that the API could serve', () => {
  expect(OnboardingSchema.parse(onboardingJson())).toEqual(onboardingJson());
});
