import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';

/**
 * Which signal cuts which request. The SDK takes a signal as an option of `send`, but a call with options makes it
 * resolve its whole middleware stack anew: a sixth of the call's CPU. So the signal goes by the command's input, and a
 * last step of the stack passes it on to the request that was made of it.
 */
export interface CutSignals {
  /** The command itself, whose request will be cut by this signal. */
  readonly cutBy: <C extends { readonly input: object }>(command: C, cut: AbortSignal) => C;
  readonly of: (request: object) => AbortSignal | undefined;
  attach(client: EventBridgeClient): void;
}

export function createCutSignals(): CutSignals {
  const byInput = new WeakMap<object, AbortSignal>();
  const byRequest = new WeakMap<object, AbortSignal>();
  return {
    cutBy(command, cut) {
      byInput.set(command.input, cut);
      return command;
    },
    of: (request) => byRequest.get(request),
    attach(client) {
      client.middlewareStack.add(
        (next) => (args) => {
          const cut = byInput.get(args.input);
          if (cut !== undefined) byRequest.set(args.request as object, cut);
          return next(args);
        },
        // After signing, which makes a new request: the last step before the handler.
        { step: 'deserialize', priority: 'low', name: 'passOnCutSignal' },
      );
    },
  };
}
