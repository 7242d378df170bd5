import type { Answer } from './answers.ts';
import type { ClientOptions } from './call-options.ts';
import { callService, type Call, type Connection } from './http-call.ts';

/** Holds the address and the token; what can be called stands in those that extend it. */
export abstract class ServiceCalls {
  readonly #connection: Connection;

  /** Throws a TypeError for an address or a token that no request could carry. */
  constructor({ url, token, fetch: ownFetch }: ClientOptions) {
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
      throw new TypeError(`url must be an absolute http:// or https:// address, not "${url}".`);
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
      throw new TypeError('token must be one line of printable ASCII without spaces.');
    // Called without a receiver: browsers refuse a fetch that was detached from its window.
    this.#connection = { url, token, fetch: ownFetch ?? ((input, init) => fetch(input, init)) };
  }

  protected get connection(): Connection {
    return this.#connection;
  }

  protected call<T>(call: Call): Promise<Answer<T>> {
    return callService(this.#connection, call);
  }
}
