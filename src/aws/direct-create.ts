/**
 * The call that every onboarding makes, without the SDK's middleware, which takes most of its CPU. What the request looks
 * like is the SDK's (request-draft.ts), and so are credentials and signature. Of the answers only the plainest success is
 * read here; whatever else comes back, a failed connection too, is handed to the SDK as the answer to the same command,
 * so that names of errors, retry hints and the correction of the clock are its own as ever.
 */
import {
  CreatePartnerEventSourceCommand,
  type CreatePartnerEventSourceCommandOutput,
  type CreatePartnerEventSourceRequest,
  type EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import type { SignatureV4 } from '@smithy/signature-v4';
import { randomUUID } from 'node:crypto';
import type { HttpAnswer, HttpConnections, SdkRequest, SdkResponse } from './http-handler.ts';
import type { RequestDraft } from './request-draft.ts';
import type { RequestRiders } from './request-riders.ts';
import { BODY_MAX_BYTES } from './response-body.ts';

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

export function createDirectCreate({ sdk, signer, connections, riders, draft }: DirectCreateDeps): DirectCreate {
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
    const judgedBySdk = (answer: Promise<SdkResponse>): ReturnType<DirectCreate> =>
      sdk.send(riders.put(new CreatePartnerEventSourceCommand(input), { cut, answer }));

    const request = await sign(JSON.stringify(input));
    cut.throwIfAborted();
    let answer: HttpAnswer;
    try {
      answer = await connections.send(request, cut);
    } catch (error) {
      return judgedBySdk(rejected(error));
    }
    if (answer.statusCode !== 200 || !isShort(answer.headers)) return judgedBySdk(Promise.resolve(answer));
    const read = await readText(answer);
    const arn = read.ok ? plainArn(read.text) : undefined;
    if (arn === undefined) return judgedBySdk(Promise.resolve({ ...answer, body: again(read) }));
    const requestId = answer.headers['x-amzn-requestid'];
    return { $metadata: { httpStatusCode: 200, ...(requestId === undefined ? {} : { requestId }) }, EventSourceArn: arn };
  };
}

/** A length is what undici holds an answer to. */
function isShort({ 'content-length': length }: SdkResponse['headers']): boolean {
  return length !== undefined && Number(length) <= BODY_MAX_BYTES;
}

type BodyRead = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: unknown };

async function readText({ body }: HttpAnswer): Promise<BodyRead> {
  try {
    return { ok: true, text: await body.text() };
  } catch (error) {
    return { ok: false, error };
  }
}

/** Undefined for whatever is not the answer in its usual shape. */
function plainArn(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const { EventSourceArn: arn } = JSON.parse(text) as { EventSourceArn?: unknown };
    return typeof arn === 'string' && arn !== '' ? arn : undefined;
  } catch {
    return undefined;
  }
}

/** The body once more, as it came: also its end, if it broke off. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream, since the SDK reads one
async function* again(read: BodyRead): AsyncGenerator<Uint8Array> {
  if (!read.ok) throw read.error;
  yield Buffer.from(read.text);
}

/** One that nobody needs to wait for: the SDK may give up before it looks. */
function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error as Error);
  promise.catch(() => undefined);
  return promise;
}
