import type { Page } from '../domain/listing.ts';
import type { Attempt, Onboarding } from '../domain/onboarding.ts';
import type { Answer } from './answers.ts';
import type { AuditEntry, AuditFilter } from './audit-answers.ts';
import type { CallOptions, ChangeOptions, PageOptions, ReasonGiven } from './call-options.ts';
import { changing, onboardingPath, regionPath, replayPath } from './call-paths.ts';
import type { DeliveriesFilter, DeliveryAnswer } from './delivery-answers.ts';
import type { DoctorAnswer } from './doctor-answers.ts';
import type { FailureGroup, FailuresFilter, Figures, FiguresFilter } from './failure-answers.ts';
import type { Replay, ReplayPreview, ReplayRequest } from './replay-answers.ts';
import { ServiceCalls } from './service-calls.ts';
import type { ImportAnswer, Readiness, RegionState, Stats } from './wire.ts';

/** The DOM's and Node's names for a stream of bytes agree. */
type Csv = string | ReadableStream<Uint8Array>;

/** What operators and dashboards call. Each call is made once; every reason is kept in the audit. */
export abstract class OperatorCalls extends ServiceCalls {
  attempts(id: string, options: CallOptions = {}): Promise<Answer<{ items: readonly Attempt[] }>> {
    return this.call({ ...onboardingPath('GET', id, '/attempts'), ...options });
  }

  /** Queues a failed onboarding again; 409 says why not. */
  replay(id: string, request: ReasonGiven, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    return this.call({ ...onboardingPath('POST', id, '/replay'), json: request, ...options });
  }

  /** The same checks as `replay`, nothing written: the value is what would be replayed. */
  tryReplay(id: string, request: ReasonGiven, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    const query = { dryRun: true };
    return this.call({ ...onboardingPath('POST', id, '/replay'), json: request, query, ...options });
  }

  /** Ends an onboarding that has not been provisioned; its name is free then. 409 `attempt_running`: try again. */
  cancel(id: string, request: ReasonGiven, options: ChangeOptions = {}): Promise<Answer<Onboarding>> {
    return this.call({ ...changing(onboardingPath('POST', id, '/cancel').path, options), json: request });
  }

  /** The failed ones by error code, each with what to do about it; the biggest group first. */
  failures(
    filter: FailuresFilter = {},
    options: CallOptions = {},
  ): Promise<Answer<{ items: readonly FailureGroup[] }>> {
    return this.call({ method: 'GET', path: 'v1/failures', query: { ...filter }, ...options });
  }

  /** Counts for a chart; the window is the last 15 minutes unless it is named. */
  figures(filter: FiguresFilter = {}, options: CallOptions = {}): Promise<Answer<Figures>> {
    return this.call({ method: 'GET', path: 'v1/figures', query: { ...filter }, ...options });
  }

  /** Replays all failed onboardings that match: the set is fixed now, and queued in the background. */
  createReplay(request: ReplayRequest, options: CallOptions = {}): Promise<Answer<Replay>> {
    return this.call({ method: 'POST', path: 'v1/replays', json: request, ...options });
  }

  /** What `createReplay` would replay, with advice for each error code; nothing is written. */
  previewReplay(request: ReplayRequest, options: CallOptions = {}): Promise<Answer<ReplayPreview>> {
    const query = { dryRun: true };
    return this.call({ method: 'POST', path: 'v1/replays', json: request, query, ...options });
  }

  replayProgress(id: string, options: CallOptions = {}): Promise<Answer<Replay>> {
    return this.call({ ...replayPath('GET', id), ...options });
  }

  /** Puts no more of it into the queue; what is there already goes on. 409 `replay_ended`. */
  cancelReplay(id: string, request: ReasonGiven, options: ChangeOptions = {}): Promise<Answer<Replay>> {
    return this.call({ ...changing(replayPath('POST', id, '/cancel').path, options), json: request });
  }

  /** One page of bulk replays, newest first. */
  listReplays(
    filter: { status?: Replay['status'] } = {},
    { signal, ...page }: PageOptions = {},
  ): Promise<Answer<Page<Replay>>> {
    return this.call({ method: 'GET', path: 'v1/replays', query: { ...filter, ...page }, signal });
  }

  /** Sends a CSV, streamed when given as a stream: good rows go through, bad ones come back by row, field and reason. */
  importCsv(csv: Csv, options: ChangeOptions = {}): Promise<Answer<ImportAnswer>> {
    return this.call({ ...changing('v1/imports', options), csv, timeoutMs: null });
  }

  /** Pauses a Region until it is resumed: nothing there calls AWS, and no onboarding fails by it. */
  pauseRegion(
    region: string,
    request: ReasonGiven,
    options: ChangeOptions = {},
  ): Promise<Answer<RegionState>> {
    return this.call({ ...regionPath(region, 'pause', options), json: request });
  }

  resumeRegion(
    region: string,
    request: ReasonGiven,
    options: ChangeOptions = {},
  ): Promise<Answer<RegionState>> {
    return this.call({ ...regionPath(region, 'resume', options), json: request });
  }

  /** Lets a Region's queue run to its end; what comes in waits outside of it until the Region is resumed. */
  drain(region: string, request: ReasonGiven, options: ChangeOptions = {}): Promise<Answer<RegionState>> {
    return this.call({ ...regionPath(region, 'drain', options), json: request });
  }

  /** One page of the webhook deliveries, newest first, each with its attempts. */
  listDeliveries(
    filter: DeliveriesFilter = {},
    { signal, ...page }: PageOptions = {},
  ): Promise<Answer<Page<DeliveryAnswer>>> {
    return this.call({ method: 'GET', path: 'v1/deliveries', query: { ...filter, ...page }, signal });
  }

  /** Sends a webhook again, with the same id, and enables its endpoint. */
  replayDelivery(
    id: string,
    request: ReasonGiven,
    options: ChangeOptions = {},
  ): Promise<Answer<DeliveryAnswer>> {
    return this.call({
      ...changing(`v1/deliveries/${encodeURIComponent(id)}/replay`, options),
      json: request,
    });
  }

  /** One page of what operators did, newest first. */
  audit(filter: AuditFilter = {}, { signal, ...page }: PageOptions = {}): Promise<Answer<Page<AuditEntry>>> {
    return this.call({ method: 'GET', path: 'v1/audit', query: { ...filter, ...page }, signal });
  }

  stats(options: CallOptions = {}): Promise<Answer<Stats>> {
    return this.call({ method: 'GET', path: 'v1/stats', ...options });
  }

  /** `ok` while the service can serve, degraded or not. */
  ready(options: CallOptions = {}): Promise<Answer<Readiness>> {
    return this.call({ method: 'GET', path: 'readyz', ...options });
  }

  /** What the service finds when it looks at Redis, its ledger and AWS; it calls AWS, and creates nothing there. */
  doctor(options: CallOptions = {}): Promise<Answer<DoctorAnswer>> {
    return this.call({ method: 'GET', path: 'v1/doctor', ...options });
  }
}
