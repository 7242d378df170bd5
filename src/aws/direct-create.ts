/**
 * The create call without the SDK's middleware, which takes most of its CPU. The request's form (request-draft.ts),
 * credentials and signature are the SDK's. Only the plainest success is read here; everything else is given to the SDK as the
 * response to the same command, so that error names, retry hints and clock correction stay its own.
 */
import {
  CreatePartnerEventSourceCommand,
  type CreatePartnerEventSourceCommandOutput,
  type CreatePartnerEventSourceRequest,
  type EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import type { SignatureV4 } from '@smithy/signature-v4';
import { randomUUID } from 'node:crypto';
import { jsonExcess } from '../domain/json.ts';
import type { HttpAnswer, HttpConnections, SdkRequest } from './http-handler.ts';
import type { RequestDraft } from './request-draft.ts';
import type { RequestRiders } from './request-riders.ts';

export interface DirectCreateDeps {
  readonly sdk: EventBridgeClient;
  readonly signer: SignatureV4;
  readonly connections: HttpConnections;
  readonly riders: RequestRiders;
  readonly draft: RequestDraft;
}

export type DirectCreate = (
  input: CreatePartnerEventSourceRequest,
  cut: AbortSignal,
) => Promise<CreatePartnerEventSourceCommandOutput>;

export function createDirectCreate({
  sdk,
  signer,
  connections,
  riders,
  draft,
}: DirectCreateDeps): DirectCreate {
  const sign = async (body: string): Promise<SdkRequest> => {
    const headers = {
      ...draft.headers,
      'content-length': String(Buffer.byteLength(body)),
      'amz-sdk-invocation-id': randomUUID(),
    };
    const signingDate = new Date(Date.now() + sdk.config.systemClockOffset);
    return signer.sign({ ...draft, headers, body }, { signingDate });
  };
  return async (input, cut) => {
    const request = await sign(JSON.stringify(input));
    cut.throwIfAborted();
    const answer = connections.send(request, cut);
    const plain = await answer.then(plainSuccess, () => undefined);
    if (plain !== undefined) return plain;
    return sdk.send(riders.put(new CreatePartnerEventSourceCommand(input), { cut, answer }));
  };
}

/** Undefined for whatever is not a success in its usual shape. */
function plainSuccess({
  statusCode,
  headers,
  body,
}: HttpAnswer): CreatePartnerEventSourceCommandOutput | undefined {
  if (statusCode !== 200 || body.kind !== 'whole') return undefined;
  const arn = arnIn(Buffer.concat(body.chunks));
  if (arn === undefined) return undefined;
  const requestId = headers['x-amzn-requestid'];
  return {
    $metadata: { httpStatusCode: 200, ...(requestId === undefined ? {} : { requestId }) },
    EventSourceArn: arn,
  };
}

function arnIn(bytes: Buffer): string | undefined {
  const text = bytes.toString();
  // An object: a list or a text has no members to read.
  if (!text.startsWith('{') || jsonExcess(bytes) !== undefined) return undefined;
  try {
    const { EventSourceArn: arn } = JSON.parse(text) as { EventSourceArn?: unknown };
    return typeof arn === 'string' && arn !== '' ? arn : undefined;
  } catch {
    return undefined;
  }
}
