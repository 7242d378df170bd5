import type { LossDecision } from '../domain/check.ts';
import type { Page } from '../domain/listing.ts';
import type { Attempt, Onboarding } from '../domain/onboarding.ts';
import type { Answer } from './answers.ts';
import { callService, downloadFrom, jsonBody, path, type Call, type Connection } from './http-call.ts';
import {
  refusedJson,
  urlFault,
  type CallOptions,
  type ChangeOptions,
  type ClientOptions,
  type ImportOptions,
  type PageOptions,
  type ReasonGiven,
} from './options.ts';
import type {
  AuditEntry,
  AuditFilter,
  DeliveriesFilter,
  DeliveryAnswer,
  DeliveryBacklog,
  DoctorAnswer,
  FailureGroup,
  FailuresFilter,
  Figures,
  FiguresFilter,
  ImportAnswer,
  Readiness,
  RegionState,
  Replay,
  ReplayPreview,
  ReplayRequest,
  Stats,
} from './wire.ts';

/** The DOM's and Node's names for a stream of bytes agree. */
type Csv = string | ReadableStream<Uint8Array>;

/** What operators and dashboards call. Each call is made once; every reason is kept in the audit. */
export abstract class OperatorCalls {
  protected readonly connection: Connection;

  /** Throws a TypeError for an address or a token that no request could carry. */
  constructor({ url, token, fetch: ownFetch }: ClientOptions) {
    const fault = urlFault(url);
    if (fault !== undefined) throw new TypeError(`url ${fault}`);
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
      throw new TypeError(
        `token must be one line of printable ASCII without spaces${token === '' ? ', and is empty' : ''}.`,
      );
    // Called without a receiver: browsers refuse a fetch that was detached from its window.
    this.connection = { url, token, fetch: ownFetch ?? ((input, init) => fetch(input, init)) };
  }

  attempts(id: string, options: CallOptions = {}): Promise<Answer<{ items: readonly Attempt[] }>> {
    return this.read(path`v1/onboardings/${id}/attempts`, options);
  }

  /** Queues a failed onboarding again; 409 says why not. */
  replay(id: string, request: ReasonGiven, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    return this.change(path`v1/onboardings/${id}/replay`, request, options);
  }

  /** The same checks as `replay`, nothing written: the value is what would be replayed. */
  tryReplay(id: string, request: ReasonGiven, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    return this.change(path`v1/onboardings/${id}/replay`, request, { ...options, dryRun: true });
  }

  /** Ends an onboarding that has not been provisioned; its name is free then. 409 `attempt_running`: try again. */
  cancel(id: string, request: ReasonGiven, options: ChangeOptions = {}): Promise<Answer<Onboarding>> {
    return this.change(path`v1/onboardings/${id}/cancel`, request, options);
  }

  /** The failed ones by error code, each with what to do about it; the biggest group first. */
  failures(
    filter: FailuresFilter = {},
    options: CallOptions = {},
  ): Promise<Answer<{ items: readonly FailureGroup[] }>> {
    return this.read('v1/failures', { ...filter, ...options });
  }

  /** Counts for a chart; the window is the last 15 minutes unless it is named. */
  figures(filter: FiguresFilter = {}, options: CallOptions = {}): Promise<Answer<Figures>> {
    return this.read('v1/figures', { ...filter, ...options });
  }

  /** Replays all failed onboardings that match: the set is fixed now, and queued in the background. */
  createReplay(request: ReplayRequest, options: CallOptions = {}): Promise<Answer<Replay>> {
    return this.change('v1/replays', request, options);
  }

  /** What `createReplay` would replay, with advice for each error code; nothing is written. */
  previewReplay(request: ReplayRequest, options: CallOptions = {}): Promise<Answer<ReplayPreview>> {
    return this.change('v1/replays', request, { ...options, dryRun: true });
  }

  replayProgress(id: string, options: CallOptions = {}): Promise<Answer<Replay>> {
    return this.read(path`v1/replays/${id}`, options);
  }

  /** Puts no more of it into the queue; what is there already continues. 409 `replay_ended`. */
  cancelReplay(id: string, request: ReasonGiven, options: ChangeOptions = {}): Promise<Answer<Replay>> {
    return this.change(path`v1/replays/${id}/cancel`, request, options);
  }

  /** One page of bulk replays, newest first. */
  listReplays(
    filter: { status?: Replay['status'] } = {},
    page: PageOptions = {},
  ): Promise<Answer<Page<Replay>>> {
    return this.read('v1/replays', { ...filter, ...page });
  }

  /** Sends a CSV, streamed when given as a stream: good rows go through, bad ones come back by row, field and reason. */
  importCsv(csv: Csv, { signal, ...options }: ImportOptions = {}): Promise<Answer<ImportAnswer>> {
    return this.call({ ...upload(csv, options), signal, timeoutMs: null });
  }

  /** All rejected rows of an import as CSV, to be corrected and sent again. */
  importRejects(id: string, { signal }: CallOptions = {}): Promise<Answer<ReadableStream<Uint8Array>>> {
    const at = path`v1/imports/${id}/errors`;
    return downloadFrom(this.connection, { method: 'GET', path: at, query: { format: 'csv' }, signal });
  }

  /** The same of a dry run, while the CSV is sent. */
  tryImportRejects(
    csv: Csv,
    { signal, ...options }: Omit<ImportOptions, 'dryRun'> = {},
  ): Promise<Answer<ReadableStream<Uint8Array>>> {
    const { query, ...call } = upload(csv, { ...options, dryRun: true });
    return downloadFrom(this.connection, { ...call, query: { ...query, errors: 'csv' }, signal });
  }

  /** Pauses a Region until it is resumed: nothing there calls AWS, and no onboarding fails by it. */
  pauseRegion(
    region: string,
    request: ReasonGiven,
    options: ChangeOptions = {},
  ): Promise<Answer<RegionState>> {
    return this.change(path`v1/regions/${region}/pause`, request, options);
  }

  resumeRegion(
    region: string,
    request: ReasonGiven,
    options: ChangeOptions = {},
  ): Promise<Answer<RegionState>> {
    return this.change(path`v1/regions/${region}/resume`, request, options);
  }

  /** Judges the missing sources that stopped a Region's looks: `confirm` believes it, `dismiss` looks at all again. */
  judgeLosses(
    region: string,
    request: ReasonGiven & { readonly action: LossDecision },
    options: ChangeOptions = {},
  ): Promise<Answer<RegionState>> {
    return this.change(path`v1/regions/${region}/losses`, request, options);
  }

  /** Lets a Region's queue run to its end; what comes in waits outside of it until the Region is resumed. */
  drain(region: string, request: ReasonGiven, options: ChangeOptions = {}): Promise<Answer<RegionState>> {
    return this.change(path`v1/regions/${region}/drain`, request, options);
  }

  /** One page of the webhook deliveries, newest first, each with its attempts. */
  listDeliveries(
    filter: DeliveriesFilter = {},
    page: PageOptions = {},
  ): Promise<Answer<Page<DeliveryAnswer>>> {
    return this.read('v1/deliveries', { ...filter, ...page });
  }

  /** Sends a webhook again, with the same id, and enables its endpoint. */
  replayDelivery(
    id: string,
    request: ReasonGiven,
    options: ChangeOptions = {},
  ): Promise<Answer<DeliveryAnswer>> {
    return this.change(path`v1/deliveries/${id}/replay`, request, options);
  }

  /** Makes every waiting webhook due now; the value is what waited. */
  sendDeliveriesNow(request: ReasonGiven, options: ChangeOptions = {}): Promise<Answer<DeliveryBacklog>> {
    return this.change('v1/deliveries/send-now', request, options);
  }

  /** Sends WEBHOOK_URL a `webhook.test` event; 409 `no_webhook_url`. */
  sendTestDelivery(request: ReasonGiven, options: CallOptions = {}): Promise<Answer<DeliveryAnswer>> {
    return this.change('v1/deliveries/test', request, options);
  }

  /** One page of what operators did, newest first. */
  audit(filter: AuditFilter = {}, page: PageOptions = {}): Promise<Answer<Page<AuditEntry>>> {
    return this.read('v1/audit', { ...filter, ...page });
  }

  stats(options: CallOptions = {}): Promise<Answer<Stats>> {
    return this.read('v1/stats', options);
  }

  /** `ok` while the service can serve, degraded or not. */
  ready(options: CallOptions = {}): Promise<Answer<Readiness>> {
    return this.read('readyz', options);
  }

  /** What the service finds when it looks at Redis, its ledger and AWS; it calls AWS, and creates nothing there. */
  doctor(options: CallOptions = {}): Promise<Answer<DoctorAnswer>> {
    return this.read('v1/doctor', options);
  }

  protected call<T>(call: Call): Promise<Answer<T>> {
    return callService(this.connection, call);
  }

  /** @param options whatever is not the signal is the query */
  protected read<T>(at: string, { signal, ...query }: CallOptions & object): Promise<Answer<T>> {
    return this.call({ method: 'GET', path: at, query, signal });
  }

  protected async change<T>(
    at: string,
    json: unknown,
    { dryRun, signal }: ChangeOptions,
  ): Promise<Answer<T>> {
    const refusal = refusedJson(json);
    if (refusal !== undefined) return refusal;
    const body = jsonBody(JSON.stringify(json));
    return this.call({ method: 'POST', path: at, query: dryRunQuery(dryRun), body, signal });
  }
}

/** Columns and fields become `map.account=…` and `default.region=…`. */
function upload(
  content: Csv,
  { dryRun, map = {}, defaults = {}, ...options }: Omit<ImportOptions, 'signal'>,
) {
  const named = (kind: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([field, value]) => [`${kind}.${field}`, value] as const);
  const fields = Object.fromEntries([...named('map', map), ...named('default', defaults)]);
  return {
    method: 'POST',
    path: 'v1/imports',
    query: { ...dryRunQuery(dryRun), ...options, ...fields },
    body: { type: 'text/csv; charset=utf-8', content },
  } as const;
}

const dryRunQuery = (dryRun: boolean | undefined): { dryRun?: true } => (dryRun === true ? { dryRun } : {});
