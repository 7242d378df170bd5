/**
 * Three handlers for an Express application:
 *
 *   app.post('/signup', express.json(), signup);
 *   app.get('/signup/:id', signupStatus);
 *   app.post('/signup/:id/retry', signupRetry);
 *
 * The two interfaces below are the parts of Express that they use; with Express installed, import its own.
 * Try them without it: npx tsx examples/serve.ts express-signup
 */
import { hasEnded, OnboardingClient, type CallError } from 'eventbridge-partner-onboarding/client';

interface Request {
  readonly body?: unknown;
  readonly params: Readonly<Record<string, string>>;
}

interface Response {
  status(code: number): Response;
  json(body: unknown): unknown;
}

/** What the form sends. `submissionId` is made when the form is shown, so that a second click sends it again. */
interface Signup {
  readonly submissionId: string;
  readonly customerId: string;
  readonly awsAccount: string;
  readonly region: string;
}

const client = new OnboardingClient({
  url: process.env['ONBOARD_URL'] ?? 'http://127.0.0.1:3000',
  token: process.env['ONBOARD_TOKEN'] ?? '',
});

export async function signup(request: Request, response: Response): Promise<void> {
  const { submissionId, customerId, awsAccount = '', region = '' } = (request.body ?? {}) as Partial<Signup>;
  // The service checks account and Region; these two become a part of the key and of the name.
  if (!submissionId || !customerId) {
    response.status(400).json({ error: 'submissionId and customerId are required.' });
    return;
  }
  const answer = await client.enqueue(
    {
      account: awsAccount,
      region,
      eventNamespace: `customers/${customerId}`,
      eventName: 'orders',
      customerId,
    },
    // A user is watching a spinner: five seconds for all attempts together.
    { idempotencyKey: `signup-${submissionId}`, withinMs: 5_000 },
  );
  if (answer.ok) response.status(202).json({ onboarding: answer.value.id });
  else refuse(response, answer.error);
}

/** The page asks on until `done`, which a failed or cancelled signup is too; each call waits for up to 20 seconds, so that it need not ask often. */
export async function signupStatus(request: Request, response: Response): Promise<void> {
  const answer = await client.get(request.params['id'] ?? '', { waitSeconds: 20 });
  if (!answer.ok) {
    refuse(response, answer.error);
    return;
  }
  const { status, eventSourceArn, error } = answer.value;
  response
    .status(200)
    .json({ done: hasEnded(answer.value), status, eventSourceArn, error: error?.code ?? null });
}

/** "Try again" on the page of a failed signup: 202, or 409 when only an operator can help. */
export async function signupRetry(request: Request, response: Response): Promise<void> {
  const answer = await client.retry(request.params['id'] ?? '');
  if (answer.ok) response.status(202).json({ onboarding: answer.value.id });
  else refuse(response, answer.error);
}

/** What the customer is told. Every kind of error is dealt with; the compiler would say if one were not. */
function refuse(response: Response, error: CallError): void {
  switch (error.kind) {
    case 'problem':
      if (error.status === 400) response.status(400).json({ errors: error.errors });
      else if (error.code === 'source_name_taken')
        response.status(409).json({ error: 'This name is taken.' });
      else if (error.code === 'not_retryable' || error.status === 429)
        response.status(409).json({ error: 'We are looking into it and will contact you.' });
      else if (error.status === 404) response.status(404).json({ error: 'There is no such signup.' });
      else response.status(503).json({ error: 'Please try again in a minute.' });
      return;
    case 'unreachable':
    case 'unreadable':
    case 'aborted':
      // The same form may be sent again: its key makes sure that there is one onboarding.
      response.status(503).json({ error: 'Please try again in a minute.' });
  }
}
