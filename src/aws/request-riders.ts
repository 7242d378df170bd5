import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { HttpAnswer } from './http-handler.ts';

/** What a command takes along to the request that the SDK makes of it. */
export interface Riders {
  /** Cuts the request. */
  readonly cut: AbortSignal;
  /** What has come back already: nothing is sent, and the SDK takes this for the answer. */
  readonly answer?: Promise<HttpAnswer>;
}

/**
 * The SDK takes a signal as an option of `send`, but a call with options makes it resolve its whole middleware stack
 * again: a sixth of the call's CPU. So riders go by the command's input, and a last step of the stack passes them on to
 * the request that was made of it.
 */
export interface RequestRiders {
  /** The command itself, which is then sent without options. */
  readonly put: <C extends { readonly input: object }>(command: C, riders: Riders) => C;
  readonly of: (request: object) => Riders | undefined;
  attach(client: EventBridgeClient): void;
}

export function createRequestRiders(): RequestRiders {
  const byInput = new WeakMap<object, Riders>();
  const byRequest = new WeakMap<object, Riders>();
  return {
    put(command, riders) {
      byInput.set(command.input, riders);
      return command;
    },
    of: (request) => byRequest.get(request),
    attach(client) {
      client.middlewareStack.add(
        (next) => (args) => {
          const riders = byInput.get(args.input);
          if (riders !== undefined) byRequest.set(args.request as object, riders);
          return next(args);
        },
        // After signing, which makes a new request: the last step before the handler.
        { step: 'deserialize', priority: 'low', name: 'passOnRiders' },
      );
    },
  };
}
