import type { Fault } from './outcome.ts';
import type { Region } from './region.ts';
import type { SourceName } from './source-name.ts';

export interface SourceRef {
  readonly region: Region;
  readonly sourceName: SourceName;
}

interface Reply {
  readonly requestId?: string;
  readonly durationMs: number;
}

export type CreateReply = Reply &
  (
    | { readonly kind: 'created'; readonly eventSourceArn?: string }
    | { readonly kind: 'alreadyExists'; readonly code: string; readonly message: string }
    | { readonly kind: 'fault'; readonly fault: Fault }
  );

export type ReadReply<T> = Reply &
  (
    | { readonly kind: 'found'; readonly value: T }
    | { readonly kind: 'notFound' }
    | { readonly kind: 'fault'; readonly fault: Fault }
  );
