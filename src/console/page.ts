import type { FastifyReply, FastifyRequest } from 'fastify';
import { createContext, type VNode } from 'preact';
import { useContext } from 'preact/hooks';
import type { AssetUrls } from './assets.ts';
import type { Notice, Theme } from './cookies.ts';

/** A page's own part. */
export interface Page {
  readonly title: string;
  readonly status?: number;
  readonly body: VNode;
}

/** Answers a request with a page in the console's look. */
export type Respond = (request: FastifyRequest, reply: FastifyReply, page: Page) => FastifyReply;

/** What is the same on every page of the process. */
export interface Site {
  readonly assets: AssetUrls;
  readonly awsMode: 'sandbox' | 'live';
  readonly environment: string | undefined;
  readonly version: string;
}

/** What the pages need from elsewhere, each `ok` or in a word why not. */
export interface Health {
  readonly ledger: string;
  readonly redis: string;
}

/** Who looks. */
export interface Viewer {
  readonly actor: string;
  readonly role: string;
  readonly mayOperate: boolean;
  /** What every form carries; empty for a program that shows its token with each call. */
  readonly csrf: string;
}

/** What a page is drawn with, beside its own content. */
export interface PageContext {
  readonly site: Site;
  /** Undefined on public pages. */
  readonly viewer: Viewer | undefined;
  readonly health: Health;
  readonly theme: Theme;
  readonly notice: Notice | undefined;
  /** The address that was asked for, with its query. */
  readonly url: string;
  readonly now: number;
}

const Drawn = createContext<PageContext | undefined>(undefined);
export const PageProvider = Drawn.Provider;

/** What the page that is being drawn is drawn with. */
export function usePage(): PageContext {
  const context = useContext(Drawn);
  if (context === undefined) throw new Error('A page component was rendered outside a page.');
  return context;
}
