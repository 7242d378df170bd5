/**
 * The PartnerGateway of Amazon EventBridge, through the AWS SDK: one client per Region, and all knowledge of AWS's names,
 * response shapes and pitfalls.
 *
 * Invariants: every request takes a slot of the Region's shared quota and ends within `timeoutMs`. Nothing is retried, except
 * once after the SDK has corrected a wrong clock. AWS's responses are values; only an abort, a failing rate gate and bugs are
 * thrown.
 */
import {
  DescribePartnerEventSourceCommand,
  ListPartnerEventSourceAccountsCommand,
} from '@aws-sdk/client-eventbridge';
import type { Turn } from '../domain/job.ts';
import type { ReadReply, SourceAccount, SourceRef } from '../domain/outcome.ts';
import type { PartnerGateway } from '../ports.ts';
import { type Caller, type CallerDeps, type CallResult, createCaller } from './call.ts';
import {
  type AccountsPage,
  readAccountsPage,
  readArn,
  unreadable,
  UnreadableAnswerError,
} from './read-answer.ts';
import { createRegionClients, type RegionClientsOptions } from './region-clients.ts';

export type PartnerGatewayOptions = Omit<CallerDeps, 'clients'> &
  Omit<RegionClientsOptions, 'maxSockets'> & {
    /** Connections per Region; at least the calls that are made at a time, else some wait inside their bound. Default 50. */
    readonly maxSockets?: number;
  };

const MAX_SOCKETS = 50;

/** The most that AWS allows (API reference, ListPartnerEventSourceAccounts, `Limit`). */
const PAGE_SIZE = 100;
/** No source has 10,000 accounts: a longer list is one that does not end. */
const PAGES_MAX = 100;

/** See the port for the calls. `timeoutMs` (≥ 1) bounds one request, from taking a connection to the last byte. */
export function createPartnerGateway(options: PartnerGatewayOptions): PartnerGateway {
  const clients = createRegionClients({ ...options, maxSockets: options.maxSockets ?? MAX_SOCKETS });
  const call = createCaller({ ...options, clients });
  return {
    async create({ region, sourceName, account }, signal, turn) {
      const result = await call(
        {
          region,
          turn,
          expects: 'alreadyExists',
          send: (client, cut) => client.create({ Name: sourceName, Account: account }, cut),
          read: (output) => readArn(output.EventSourceArn, { region, sourceName }, output.$metadata),
        },
        signal,
      );
      if (result.kind !== 'answered') return result;
      const { value, ...reply } = result;
      return { ...reply, kind: 'created', ...value };
    },
    async describe({ region, sourceName }, signal, turn) {
      const command = () => new DescribePartnerEventSourceCommand({ Name: sourceName });
      const result = await call(
        {
          region,
          turn,
          expects: 'notFound',
          send: (client, cut) => client.sdk.send(client.cutBy(command(), cut)),
          read: (output) => readArn(output.Arn, { region, sourceName }, output.$metadata),
        },
        signal,
      );
      return result.kind === 'answered' ? { ...result, kind: 'found' } : result;
    },
    listAccounts: (source, signal, turn) => listAccounts(call, { ...source, turn }, signal),
    close: () => clients.close(),
  };
}

/** All pages as one answer; the duration is that of all requests, the request id that of the last. */
async function listAccounts(
  call: Caller,
  source: SourceRef & { turn: Turn | undefined },
  signal: AbortSignal,
): Promise<ReadReply<readonly SourceAccount[]>> {
  const accounts: SourceAccount[] = [];
  const tokens = new Set<string>();
  let token: string | undefined;
  let durationMs = 0;
  do {
    const page = await listPage(call, { ...source, token }, signal);
    durationMs += page.durationMs;
    if (page.kind !== 'answered') return { ...page, durationMs };
    accounts.push(...page.value.accounts);
    token = page.value.nextToken;
    if (token === undefined) return { ...page, durationMs, kind: 'found', value: accounts };
    if (tokens.has(token)) break;
    tokens.add(token);
  } while (tokens.size < PAGES_MAX);
  const fault = unreadable(new UnreadableAnswerError('the list of accounts does not end.'));
  return { kind: 'fault', durationMs, fault };
}

function listPage(
  call: Caller,
  { region, sourceName, turn, token }: SourceRef & { turn: Turn | undefined; token: string | undefined },
  signal: AbortSignal,
): Promise<CallResult<AccountsPage, 'notFound'>> {
  const command = () =>
    new ListPartnerEventSourceAccountsCommand({
      EventSourceName: sourceName,
      Limit: PAGE_SIZE,
      ...(token === undefined ? {} : { NextToken: token }),
    });
  return call(
    {
      region,
      turn,
      expects: 'notFound',
      send: (client, cut) => client.sdk.send(client.cutBy(command(), cut)),
      read: (output) => readAccountsPage(output),
    },
    signal,
  );
}
