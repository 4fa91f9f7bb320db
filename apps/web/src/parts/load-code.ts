import { WaterbusError } from '@waterbus/client';

/**
 * Loads a part of the app once; a failed attempt may be repeated. When the server has a new version,
 * which no longer has the files of this page, the page is loaded again.
 *
 * @returns A function that rejects with `network.unreachable`.
 */
export function loadOnce<T>(load: () => Promise<T>, page: RunningPage = browserPage): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch(async (error) => {
      loading = undefined;
      if (await isOutdated(page)) page.reload();
      throw new WaterbusError('network.unreachable', String(error));
    });
    return loading;
  };
}

/** The used part of the browser. */
export interface RunningPage {
  /** The address of the script that the loaded page started with. */
  script(): string | undefined;
  /** The page as the server answers it now. */
  current(): Promise<string>;
  reload(): void;
}

async function isOutdated(page: RunningPage): Promise<boolean> {
  const script = page.script();
  // Without a network, the page remains as it is.
  const html = await page.current().catch(() => undefined);
  return script !== undefined && html !== undefined && !html.includes(script);
}

const browserPage: RunningPage = {
  script: () => document.querySelector('script[type=module][src]')?.getAttribute('src') ?? undefined,
  current: async () => {
    const response = await fetch('/', { cache: 'no-cache' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.text();
  },
  reload: () => window.location.reload(),
};
