import { freePort } from '@waterbus/stun/testing/free-ports';
import { runProcess, type ServerProcess } from '../system/processes.js';

/**
 * A page of WebKitGTK's MiniBrowser, driven by W3C WebDriver. Playwright drives only its own build
 * of WebKit, which it downloads.
 */
export interface WebKitPage {
  goto(url: string): Promise<void>;
  /** Runs the body of a function in the page; its result must be JSON. */
  evaluate<T>(body: string, ...args: unknown[]): Promise<T>;
  /** Waits until the body of a function returns something true, at most 20 s. */
  waitFor(what: string, body: string, ...args: unknown[]): Promise<void>;
  /** Waits for a visible element with this role and accessible name, and clicks it. */
  click(role: string, name: string): Promise<void>;
  /** Waits for the field with this label, and types. */
  fill(label: string, text: string): Promise<void>;
  /** Presses one key at the focused element; W3C WebDriver §17.4.2 lists the special ones. */
  press(key: string): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  /** PNG. */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
}

const MINI_BROWSER = '/usr/lib/{}-linux-gnu/webkit2gtk-4.1/MiniBrowser'.replace(
  '{}',
  process.arch === 'arm64' ? 'aarch64' : 'x86_64',
);
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const LONGEST_WAIT = 20_000;

/** Starts a virtual display, the driver and one page. */
export async function launchWebKit(): Promise<WebKitPage> {
  const display = `:${90 + (process.pid % 9_000)}`;
  const screen = runProcess('/usr/bin/Xvfb', [display, '-screen', '0', '1400x1000x24', '-nolisten', 'tcp']);
  const port = await freePort();
  const driver = runProcess('/usr/bin/WebKitWebDriver', [`--port=${port}`], {
    ...process.env,
    DISPLAY: display,
    // Its sandbox needs user namespaces.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
  });
  const stop = async () => {
    for (const server of [driver, screen]) await end(server);
  };
  try {
    const session = await until(() => open(`http://127.0.0.1:${port}`), driver);
    return pageOf(session, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function open(driver: string): Promise<string> {
  const options = { binary: MINI_BROWSER, args: ['--automation'] };
  const { sessionId } = await command<{ sessionId: string }>(`${driver}/session`, 'POST', {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
  });
  return `${driver}/session/${sessionId}`;
}

function pageOf(session: string, stop: () => Promise<void>): WebKitPage {
  const post = <T>(path: string, body: object) => command<T>(`${session}${path}`, 'POST', body);
  const evaluate = <T>(body: string, ...args: unknown[]) => post<T>('/execute/sync', { script: body, args });
  const find = async (what: string, body: string, ...args: unknown[]) => {
    const deadline = Date.now() + LONGEST_WAIT;
    for (;;) {
      const found = await evaluate<unknown>(body, ...args);
      if (found) return found;
      if (Date.now() > deadline)
        throw new Error(`${what} never came:\n${await evaluate('return document.body.innerText')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const element = async (what: string, body: string, ...args: unknown[]) =>
    ((await find(what, body, ...args)) as Record<string, string>)[ELEMENT];
  return {
    goto: async (url) => void (await post('/url', { url })),
    evaluate,
    waitFor: async (what, body, ...args) => void (await find(what, body, ...args)),
    click: async (role, name) => {
      const id = await element(`${role} "${name}"`, BY_ROLE, role, name);
      await post(`/element/${id}/click`, {});
    },
    fill: async (label, text) => {
      const id = await element(`field "${label}"`, BY_LABEL, label);
      await post(`/element/${id}/clear`, {});
      await post(`/element/${id}/value`, { text });
    },
    press: async (key) => {
      const actions = ['keyDown', 'keyUp'].map((type) => ({ type, value: key }));
      await post('/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
    },
    resize: async (width, height) => void (await post('/window/rect', { width, height })),
    screenshot: async () => Buffer.from(await command<string>(`${session}/screenshot`, 'GET'), 'base64'),
    close: async () => {
      await command(session, 'DELETE').catch(() => undefined);
      await stop();
    },
  };
}

const BY_ROLE = `
  const [role, name] = arguments;
  const kinds = { button: 'button, [role=button]', link: 'a[href]', heading: 'h1, h2, h3', switch: '[role=switch]' };
  const nameOf = (e) => (e.getAttribute('aria-label') ?? e.innerText ?? '').trim();
  return [...document.querySelectorAll(kinds[role])].find((e) => nameOf(e) === name && e.checkVisibility());
`;
const BY_LABEL = `
  const fields = [...document.querySelectorAll('input, textarea')].filter((e) => e.checkVisibility());
  return fields.find((e) =>
    e.getAttribute('aria-label') === arguments[0] ||
    [...(e.labels ?? [])].some((label) => label.innerText.trim() === arguments[0]));
`;

async function command<T>(url: string, method: string, body?: object): Promise<T> {
  const signal = AbortSignal.timeout(LONGEST_WAIT);
  const response = await fetch(url, { method, signal, ...(body && { body: JSON.stringify(body) }) });
  const { value } = (await response.json()) as { value: T };
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${JSON.stringify(value)}`);
  return value;
}

/** The driver listens a moment after its start. */
async function until<T>(attempt: () => Promise<T>, driver: ServerProcess): Promise<T> {
  const deadline = Date.now() + LONGEST_WAIT;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!driver.running() || Date.now() > deadline)
        throw new Error(`WebKit did not start:\n${driver.output()}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function end(server: ServerProcess): Promise<void> {
  if (server.running()) server.signal('SIGTERM');
  await server.ended;
}
