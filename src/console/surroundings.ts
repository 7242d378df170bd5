import type { AssetUrls } from './assets.ts';
import type { Notice, Theme } from './cookies.ts';
import type { Health } from './health.ts';

/** What is the same on every page of the process. */
export interface Site {
  readonly assets: AssetUrls;
  readonly awsMode: 'sandbox' | 'live';
  readonly environment: string | undefined;
  readonly version: string;
}

/** Who looks; undefined on pages that anybody sees. */
export interface Viewer {
  readonly actor: string;
  readonly role: string;
  readonly mayOperate: boolean;
  /** What every form carries; empty for a program that shows its token with each call. */
  readonly csrf: string;
}

/** What a page is drawn with, beside its own content. */
export interface Surroundings {
  readonly site: Site;
  readonly viewer: Viewer | undefined;
  readonly health: Health;
  readonly theme: Theme;
  readonly notice: Notice | undefined;
  /** The address that was asked for, with its query. */
  readonly url: string;
  readonly now: number;
}
