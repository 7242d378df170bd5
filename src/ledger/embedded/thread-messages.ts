/** What the service and the thread of the embedded database tell each other; all of it survives a structured clone. */

/** Where the thread finds its database. */
export interface ThreadData {
  readonly dir: string;
}

export type ThreadRequest =
  | { readonly kind: 'query'; readonly text: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'close' };

export interface QueryResult {
  readonly command: string;
  readonly rowCount: number;
  readonly rows: unknown[];
}

/** `opened` comes once and by itself; each request gets one of the others. */
export type ThreadReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'result'; readonly result: QueryResult }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'closed' };
