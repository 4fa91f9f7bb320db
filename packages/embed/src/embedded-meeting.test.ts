import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EmbeddedMeeting, type EmbedOptions } from './embedded-meeting.js';
import { EmbedError, type FrameWindow, type SurroundingPage, surroundingPage } from './surrounding-page.js';

const SERVER = 'https://meet.example.org';
const PAGE = 'https://school.example.org';

/** A window that receives messages as browsers deliver them. */
class FakeWindow extends EventTarget {
  sent: { data: unknown; to: string }[] = [];
  deliver(data: unknown, source: unknown, origin: string, ports: MessagePort[] = []): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data, source, origin, ports }));
  }
}

/** A page with a frame; messages reach the other side where the target origin permits it. */
class Scene {
  readonly page = new FakeWindow();
  readonly frame = new FakeWindow();
  readonly iframe = { style: {}, isConnected: true, contentWindow: this.frame, src: '', allow: '', remove: () => {} };
  frameOrigin = SERVER;
  meeting: EmbeddedMeeting;

  constructor(options: Partial<EmbedOptions> = {}) {
    vi.stubGlobal('window', this.page);
    Object.assign(this.page, {
      postMessage: (data: unknown, to: string) => this.#send(this.frame, this.page, data, to),
    });
    Object.assign(this.frame, {
      parent: this.page,
      postMessage: (data: unknown, to: string, ports: MessagePort[]) =>
        this.#send(this.page, this.frame, data, to, ports),
    });
    const container = { ownerDocument: { createElement: () => this.iframe }, appendChild: () => {} };
    this.meeting = new EmbeddedMeeting(container as unknown as Node, {
      server: SERVER,
      code: 'abc-defg-hjk',
      ...options,
    });
  }

  #send(from: FakeWindow, to: FakeWindow, data: unknown, target: string, ports?: MessagePort[]): void {
    from.sent.push({ data, to: target });
    const [origin, own] = from === this.frame ? [this.frameOrigin, PAGE] : [PAGE, this.frameOrigin];
    if (target === '*' || target === own) to.deliver(data, from, origin, ports);
  }

  load(): Promise<SurroundingPage> {
    return surroundingPage(this.frame as unknown as FrameWindow, opened.signal);
  }
}

let opened: AbortController;
beforeEach(() => {
  opened = new AbortController();
});
afterEach(() => opened.abort());

describe('the handshake', () => {
  it('addresses the frame without options or tokens, and its first message has no content', async () => {
    const scene = new Scene({ name: 'Ada', joinToken: () => ({ token: 'secret-token' }) });
    const page = await scene.load();
    expect(scene.iframe.src).toBe(`${SERVER}/embed/abc-defg-hjk`);
    expect(new Scene({ lang: 'de' }).iframe.src).toBe(`${SERVER}/embed/abc-defg-hjk?lang=de`);
    expect(scene.frame.sent).toEqual([{ data: { waterbus: 'ready' }, to: '*' }]);
    expect(page.origin).toBe(PAGE);
    expect(page.options).toEqual({ name: 'Ada', hasJoinTokens: true });
    expect(JSON.stringify(scene.page.sent)).not.toContain('secret-token');
    expect(scene.page.sent.map(({ to }) => to)).toEqual([SERVER]);
  });

  it('names the frame in the language that it will have', () => {
    const named = (lang?: string) => {
      const { iframe } = new Scene(lang === undefined ? {} : { lang });
      return iframe as typeof iframe & { title: string; lang: string };
    };
    expect(named('ar')).toMatchObject({ lang: 'ar', title: 'اجتماع' });
    vi.stubGlobal('navigator', { languages: ['fr', 'de-AT', 'en'] });
    expect(named()).toMatchObject({ lang: 'de', title: 'Meeting' });
    expect(named('fr').lang).toBe('de');
    vi.stubGlobal('navigator', { languages: ['fr'] });
    expect(named()).toMatchObject({ lang: 'en', title: 'Meeting' });
    vi.unstubAllGlobals();
  });

  it('permits the devices to the server of the meeting alone', () => {
    const { iframe } = new Scene();
    expect(iframe.allow.split('; ')).toContain(`camera ${SERVER}`);
    expect(iframe.allow).not.toContain('*');
  });

  it('hears no other window, and no other origin in the frame', () => {
    const scene = new Scene();
    const other = new FakeWindow();
    scene.page.deliver({ waterbus: 'ready' }, other, SERVER);
    scene.page.deliver({ waterbus: 'ready' }, scene.frame, 'https://evil.example.org');
    scene.page.deliver({ waterbus: 'other' }, scene.frame, SERVER);
    scene.page.deliver(null, scene.frame, SERVER);
    expect(scene.page.sent).toEqual([]);
    scene.page.deliver({ waterbus: 'ready' }, scene.frame, SERVER);
    expect(scene.page.sent).toHaveLength(1);
  });

  it('accepts the first start of the surrounding window, from no other one', async () => {
    const scene = new Scene();
    let found: SurroundingPage | undefined;
    // The page does not answer yet.
    scene.frameOrigin = 'https://elsewhere.example.org';
    const loading = scene.load().then((page) => {
      found = page;
    });
    const { port1, port2 } = new MessageChannel();
    const start = { waterbus: 'start', options: { name: 'Eve' } };
    scene.frame.deliver(start, new FakeWindow(), 'https://evil.example.org', [port2]);
    scene.frame.deliver(start, scene.page, PAGE);
    await Promise.resolve();
    expect(found).toBeUndefined();
    scene.frame.deliver(start, scene.page, PAGE, [port2]);
    await loading;
    expect(found?.options).toEqual({ name: 'Eve', hasJoinTokens: false });
    port1.close();
  });
});

describe('commands and events', () => {
  it('arrive on the other side in their order', async () => {
    const scene = new Scene();
    const page = await scene.load();
    const commands: unknown[] = [];
    page.obey((command) => commands.push(command));
    await scene.meeting.setMicrophone(false);
    await scene.meeting.sendChat('Hello');
    await scene.meeting.setLayout('grid');
    await scene.meeting.hangUp();
    expect(commands).toEqual([
      { command: 'microphone', on: false },
      { command: 'chat', text: 'Hello' },
      { command: 'layout', layout: 'grid' },
      { command: 'hang-up' },
    ]);
    const left = new Promise((resolve) => scene.meeting.on('left', resolve));
    page.emit('left', { reason: 'left' });
    expect(await left).toEqual({ reason: 'left' });
    scene.meeting.close();
  });

  it('are refused with a code: before the call, by the call, and after the frame is gone', async () => {
    const scene = new Scene();
    const codeOf = (done: Promise<void>) => done.catch((error: EmbedError) => error.code);
    expect(await codeOf(scene.meeting.hangUp())).toBe('embed.not_joined');
    const page = await scene.load();
    expect(await codeOf(scene.meeting.hangUp())).toBe('embed.not_joined');
    const stop = page.obey(() => Promise.reject(new EmbedError('permission.denied')));
    expect(await codeOf(scene.meeting.sendChat('Hello'))).toBe('permission.denied');
    stop();
    expect(await codeOf(scene.meeting.hangUp())).toBe('embed.not_joined');
    page.obey(() => new Promise(() => {}));
    const pending = codeOf(scene.meeting.hangUp());
    scene.iframe.isConnected = false;
    scene.meeting.close();
    expect(await pending).toBe('embed.closed');
    expect(await codeOf(scene.meeting.hangUp())).toBe('embed.closed');
  });

  it('contain a join token only as the answer to a request for one', async () => {
    const tokens = ['first', 'second'];
    const scene = new Scene({ joinToken: async () => ({ token: tokens.shift()!, signalling: [SERVER] }) });
    const page = await scene.load();
    expect(await page.joinToken()).toEqual({ token: 'first', signalling: [SERVER] });
    expect(await page.joinToken()).toEqual({ token: 'second', signalling: [SERVER] });
    await expect(page.joinToken()).rejects.toMatchObject({ code: 'embed.no_join_token' });
    scene.meeting.close();
  });

  it('of another version are refused, or ignored', async () => {
    const scene = new Scene();
    const heard: unknown[] = [];
    scene.meeting.on('joined', (detail) => heard.push(detail));
    const page = await scene.load();
    const commands: unknown[] = [];
    page.obey((command) => commands.push(command));
    page.emit('levitated' as 'joined', { participantId: 'a', name: 'Ada' });
    page.emit('joined', { participantId: 'b', name: 'Ben' });
    // A newer page: the frame knows no such layout.
    await expect(scene.meeting.setLayout('circle' as 'grid')).rejects.toMatchObject({ code: 'embed.unknown_command' });
    await scene.meeting.setLayout('grid');
    expect(commands).toEqual([{ command: 'layout', layout: 'grid' }]);
    expect(heard).toEqual([{ participantId: 'b', name: 'Ben' }]);
    scene.meeting.close();
  });
});
