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
  ImportOptions,
  PageOptions,
} from './client/options.ts';
export type { EventsOptions, FeedEvent } from './client/read-events.ts';
export { verifyWebhook } from './client/verify-webhook.ts';
export type {
  OnboardingEvent,
  VerifiedWebhook,
  WebhookEvent,
  WebhookRefusal,
  WebhookRequest,
} from './client/verify-webhook.ts';
export { hasEnded } from './client/wire.ts';
export type {
  AuditEntry,
  AuditFilter,
  DeliveriesFilter,
  DeliveryAnswer,
  DoctorAnswer,
  EnqueueTrial,
  FailureGroup,
  FailuresFilter,
  Figures,
  FiguresFilter,
  ImportAnswer,
  ListFilter,
  OnboardRequest,
  Readiness,
  RegionState,
  RegionStats,
  Replay,
  ReplayFilter,
  ReplayPreview,
  ReplayRequest,
  Stats,
} from './client/wire.ts';
export type { ProvisioningError } from './domain/codec.ts';
export type { Advice } from './domain/advice-topic.ts';
export type { Finding } from './domain/finding.ts';
export type { Page } from './domain/listing.ts';
export type { Attempt, Lane, Onboarding, Status } from './domain/onboarding.ts';
