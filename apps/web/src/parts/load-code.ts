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

/**
 * Loads a part of a running call, and tries again until it is there or the returned function is
 * called: no part is worth an error or a reload in place of the call, as `loadOnce` would cause.
 */
export function loadAgain<T>(load: () => Promise<T>, loaded: (part: T) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const attempt = () => {
    load().then(
      (part) => {
        if (!isOver) loaded(part);
      },
      () => {
        if (!isOver) timer = setTimeout(attempt, AGAIN);
      },
    );
  };
  attempt();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Milliseconds between attempts. */
const AGAIN = 2_000;

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
