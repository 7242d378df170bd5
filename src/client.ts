/**
 * Published as `eventbridge-partner-onboarding/client`: the HTTP interface for TypeScript and JavaScript. Needs nothing
 * but fetch, Web Crypto, URL, AbortSignal, timers, streams and TextDecoder. docs/client.md is its reference.
 */
export { OnboardingCallError, valueOrThrow } from './client/answers.ts';
export type { Answer, CallError, Problem, ProblemCode } from './client/answers.ts';
export { OnboardingClient } from './client/onboarding-client.ts';
export type {
  CallOptions,
  ChangeOptions,
  ClientOptions,
  EnqueueOptions,
  PageOptions,
} from './client/call-options.ts';
export type { AuditEntry, AuditFilter } from './client/audit-answers.ts';
export type { DoctorAnswer } from './client/doctor-answers.ts';
export type { FailureGroup, FailuresFilter, Figures, FiguresFilter } from './client/failure-answers.ts';
export type { Replay, ReplayFilter, ReplayPreview, ReplayRequest } from './client/replay-answers.ts';
export type { EventsOptions, FeedEvent } from './client/read-events.ts';
export { verifyWebhook } from './client/verify-webhook.ts';
export type {
  OnboardingEvent,
  VerifiedWebhook,
  WebhookEvent,
  WebhookRefusal,
  WebhookRequest,
} from './client/verify-webhook.ts';
export type { DeliveriesFilter, DeliveryAnswer } from './client/delivery-answers.ts';
export { hasEnded } from './client/wire.ts';
export type {
  EnqueueTrial,
  ImportAnswer,
  ListFilter,
  OnboardRequest,
  Readiness,
  RegionState,
  RegionStats,
  Stats,
} from './client/wire.ts';
export type { ProvisioningError } from './domain/codec.ts';
export type { Advice } from './domain/advice-topic.ts';
export type { Finding } from './domain/finding.ts';
export type { Page } from './domain/listing.ts';
export type { Attempt, Lane, Onboarding, Status } from './domain/onboarding.ts';
