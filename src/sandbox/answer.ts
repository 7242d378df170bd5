/** What goes back on the wire, decided before anything is sent. Broken answers are answers, too. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      /** The error's name, or undefined for a success: what the call book counts. */
      readonly error?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'raw';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
    }
  /** The connection is cut without an answer. */
  | { readonly kind: 'reset' }
  /** No answer ever; ends when the client gives up or the sandbox closes. */
  | { readonly kind: 'hang' };

export const ok = (body: unknown): Answer => ({ kind: 'json', status: 200, body });

/** An answer's short name for the call book: `ok`, AWS's error name, or how the wire was broken. */
export function answerName(answer: Answer): string {
  switch (answer.kind) {
    case 'json':
      return answer.error ?? 'ok';
    case 'raw':
      return answer.status === 200 ? 'garbage' : 'html';
    case 'reset':
    case 'hang':
      return answer.kind;
  }
}
