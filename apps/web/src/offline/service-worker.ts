// The service worker of the page: it keeps one page, and shows it when the server cannot be reached.
// Everything else comes from the network or the browser's own cache, as if there were no worker. On
// phones the notifications of a call are this worker's (`src/call/attention.ts`).
// Built into /service-worker.js, and served by apps/waterbus/src/web-app.ts with a version.

/** The used part of ServiceWorkerGlobalScope, which the DOM's types do not contain. */
interface Scope {
  addEventListener(type: 'install', listener: (event: InstallEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'notificationclick', listener: (event: NotificationClick) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<WindowClient[]> };
}

interface InstallEvent {
  waitUntil(work: Promise<unknown>): void;
  /** Service Workers, 4.5: which requests need no worker. Not in every browser. */
  addRoutes?(routes: { condition: { requestMode: RequestMode }; source: 'network' }[]): Promise<void>;
}

interface FetchEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

interface NotificationClick {
  readonly notification: Notification;
  waitUntil(work: Promise<unknown>): void;
}

interface WindowClient {
  readonly url: string;
  focus(): Promise<unknown>;
}

const scope = self as unknown as Scope;

scope.addEventListener('install', (event) => {
  event.waitUntil(keepPage());
  // Requests during a call then start no worker.
  const others = ['cors', 'no-cors', 'same-origin'] as const;
  event.addRoutes?.(others.map((requestMode) => ({ condition: { requestMode }, source: 'network' }))).catch(() => {});
});

scope.addEventListener('fetch', (event) => {
  const { method, mode, destination, url } = event.request;
  if (mode !== 'navigate' || destination !== 'document' || method !== 'GET') return;
  // Downloads, and redirects of identity providers, which open once.
  if (new URL(url).pathname.startsWith('/v1/')) return;
  event.respondWith(pageOf(event.request));
});

scope.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(showCall());
});

/** Calls have the addresses of their meetings. */
async function showCall(): Promise<void> {
  const windows = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
  await windows.find(({ url }) => /^\/(m|embed)\//.test(new URL(url).pathname))?.focus();
}

async function keepPage(): Promise<void> {
  const kept = await caches.open(CACHE);
  await kept.add(new Request(PAGE, { cache: 'no-cache' }));
  // Pages of the former worker need nothing of it.
  await scope.skipWaiting();
}

/** The network first: after an upgrade the next page is the new one. */
async function pageOf(request: Request): Promise<Response> {
  let answer: Response | undefined;
  let failure: unknown;
  try {
    answer = await fetch(request);
  } catch (error) {
    failure = error;
  }
  // Redirects, which the browser follows, have the status 0 here.
  if (answer && !AWAY.includes(answer.status)) return answer;
  const kept = await caches.match(PAGE, { cacheName: CACHE });
  if (kept) return kept;
  if (!answer) throw failure;
  return answer;
}

const CACHE = 'waterbus-offline';
const PAGE = '/offline';

/** The answers of proxies whose server is away. */
const AWAY = [502, 503, 504];
