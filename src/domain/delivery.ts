import { alertBody, type AlertNews, type AlertSite } from './alert.ts';
import { asSignupSees } from './as-signup-sees.ts';
import { SOURCE_EVENTS } from './connection.ts';
import type { DeliveryId, OnboardingId } from './ids.ts';
import type { Onboarding } from './onboarding.ts';
import type { Region } from './region.ts';

/** How an onboarding ended, and how its source fared then: what the signup system waits for. */
export const ONBOARDING_EVENTS = [
  'onboarding.provisioned',
  'onboarding.failed',
  'onboarding.cancelled',
  ...SOURCE_EVENTS,
] as const;

/** For those who run the service; `alert` is sent to ALERT_WEBHOOK_URL alone, the others to WEBHOOK_URL. */
const OPERATOR_EVENTS = [
  'region.circuitOpened',
  'region.circuitClosed',
  'deliveries.disabled',
  'webhook.test',
  'alert',
] as const;

export const EVENT_TYPES = [...ONBOARDING_EVENTS, ...OPERATOR_EVENTS] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** `webhook`: WEBHOOK_URL. `callback`: the onboarding's `callbackUrl`. `alert`: ALERT_WEBHOOK_URL. */
export const DESTINATIONS = ['webhook', 'callback', 'alert'] as const;
export type Destination = (typeof DESTINATIONS)[number];

/** `waiting`: it is to be sent, now or later. `failed`: the machine has given up; a replay sends it again. */
export const DELIVERY_STATUSES = ['waiting', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What a Region's circuit did. Instants are ISO 8601 in UTC. */
export interface CircuitNews {
  readonly region: Region;
  readonly circuit: {
    readonly state: 'open' | 'closed';
    /** The error code that opened it. */
    readonly reason: string;
    readonly openedAt: string;
    readonly closedAt: string | null;
  };
}

/** An endpoint that is sent nothing any more. Its address is in the onboarding; here only its origin stands. */
export interface EndpointNews {
  readonly origin: string;
  readonly reason: EndpointDisabled;
  readonly failingSince: string;
  readonly failures: number;
  /** The delivery that failed last; a replay of it enables the endpoint again. */
  readonly deliveryId: DeliveryId;
}

/** An operator tries WEBHOOK_URL; it says nothing of any onboarding. */
export interface TestNews {
  /** The name of the operator's token. */
  readonly sentBy: string;
}

/** How an endpoint responds, as it is kept: by its origin, never by its address. */
export interface EndpointHealth {
  readonly origin: string;
  /** In a row, since the last success. */
  readonly failures: number;
  readonly failingSince: string | null;
  /** Of a callback only as far as it was noticed: from its first failure on. */
  readonly lastSuccessAt: string | null;
  readonly disabledAt: string | null;
  readonly disabledBecause: EndpointDisabled | null;
}

/** `gone`: it answered 410. `failing`: nothing has got through for days. */
export type EndpointDisabled = 'gone' | 'failing';

export type EventData = Onboarding | CircuitNews | EndpointNews | TestNews | AlertNews;

/** A webhook delivery and how far it has come. It is written with what it tells of, in one commit. */
export interface Delivery {
  /** The `webhook-id`: the same for every attempt and every replay. */
  readonly id: DeliveryId;
  readonly type: EventType;
  /** Null for what concerns no onboarding. */
  readonly onboardingId: OnboardingId | null;
  /** Counts what is told of the onboarding, from 1: of two deliveries the higher number is the later truth. */
  readonly number: number | null;
  /** A success that AWS confirmed after the machine had given up. */
  readonly late: boolean;
  /** Until the source expires; of `source.expiring` alone. */
  readonly hoursLeft: number | null;
  readonly destination: Destination;
  readonly status: DeliveryStatus;
  /** What the last attempt came to, when it was no success. */
  readonly errorCode: string | null;
  /** Over all replays. */
  readonly attempts: number;
  readonly replays: number;
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deliveredAt: string | null;
}

/** One call of the endpoint, or one that was not made for the reason that `errorCode` names. */
export interface DeliveryAttempt {
  readonly number: number;
  readonly replay: number;
  readonly at: string;
  /** Scheme, host and port of the address; a query or a path may hold a secret. Null: there was none. */
  readonly origin: string | null;
  readonly statusCode: number | null;
  readonly errorCode: string | null;
  readonly durationMs: number;
  /** The answer's first bytes, as text. */
  readonly bodyStart: string | null;
}

export type LoggedDelivery = Delivery & { readonly log: readonly DeliveryAttempt[] };

/** Which deliveries a process leases, and for how long. */
export interface DeliveryClaim {
  /** ISO 8601: those whose time has come by then. */
  readonly now: string;
  readonly limit: number;
  /** At most so many of one origin, with those that the process has in flight already. */
  readonly perOrigin: number;
  readonly inFlight: Readonly<Record<string, number>>;
  readonly leaseMs: number;
}

/** A delivery that a process has leased: no other process gets it until the lease ends. */
export interface DeliveryRun {
  readonly delivery: Delivery;
  /** The scheme, host and port that a callback's address was written with; empty for WEBHOOK_URL, `alert` for ALERT_WEBHOOK_URL. */
  readonly origin: string;
  /** Tells this lease from a later one. */
  readonly leasedUntil: string;
  /** Null: it was for a URL of the configuration, and there is none any more. */
  readonly url: string | null;
  readonly endpointDisabled: boolean;
  /** Attempts of the present replay. */
  readonly tries: number;
  /** Milliseconds since 1970 of the event, or of the replay. */
  readonly beganAt: number;
  readonly data: EventData;
}

/**
 * The body; of an alert a text for people. A receiver that has seen a higher number of the same onboarding ignores this one. A `callbackUrl`
 * belongs to the signup side; WEBHOOK_URL is the operator's own endpoint.
 */
export function eventBody(
  { delivery, data }: Pick<DeliveryRun, 'delivery' | 'data'>,
  site: AlertSite,
): string {
  const { type, createdAt: timestamp, number, late, hoursLeft, destination } = delivery;
  if ('topic' in data) return alertBody(data, { at: timestamp, site });
  const told = destination === 'callback' && 'account' in data ? asSignupSees(data) : data;
  return JSON.stringify({
    type,
    timestamp,
    ...(number === null ? {} : { number, late }),
    ...(hoursLeft === null ? {} : { hoursLeft }),
    data: told,
  });
}

export interface DeliveryFilter {
  readonly status?: DeliveryStatus;
  readonly onboardingId?: string;
  readonly type?: EventType;
}

/** The result of one run. Fenced by id and replay, and when it is no success by the lease, which it ends. */
export interface DeliveryWrite {
  readonly id: DeliveryId;
  readonly replays: number;
  readonly leasedUntil: string;
  readonly attempt: Omit<DeliveryAttempt, 'number' | 'replay'>;
  readonly result:
    | { readonly kind: 'delivered' }
    | { readonly kind: 'retry'; readonly nextAttemptAt: string }
    | { readonly kind: 'failed' };
  /** What the attempt says of the endpoint; `none`: nothing was learnt. */
  readonly endpoint: 'works' | 'fails' | 'gone' | 'none';
}

/** `fenced`, `overtaken`: only the attempt was kept. `disabled`: why this attempt was the endpoint's last. */
export interface DeliverySaved {
  readonly verdict: 'saved' | 'overtaken' | 'fenced';
  readonly disabled: EndpointDisabled | undefined;
}

/** What waits at present, for all processes. */
export interface DeliveryBacklog {
  readonly waiting: number;
  /** Those of them whose time has come. */
  readonly due: number;
  /** How long the longest due has waited since its time came, 0 before that; null when none waits. */
  readonly oldestMs: number | null;
  /** Endpoints that failed several times in a row, lately, and are still tried. */
  readonly endpointsFailing: number;
  readonly endpointsDisabled: number;
}

/** How many there are in each status; larger numbers than {@link DELIVERIES_COUNTED} are not counted out. */
export type DeliveryCounts = Readonly<Record<DeliveryStatus, number>>;
export const DELIVERIES_COUNTED = 10_000;
