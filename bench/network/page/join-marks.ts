/** One event of a join. `at`: milliseconds of the machine's clock. */
export interface Mark {
  at: number;
  what: string;
}

const marks: Mark[] = [];

/** Milliseconds since 1970, of the clock that all processes of the machine share. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export function mark(what: string): void {
  marks.push({ at: now(), what });
}

export function takeMarks(): Mark[] {
  return marks.splice(0).sort((a, b) => a.at - b.at);
}

/** Marks requests, socket messages and the states of peer connections. */
export function installMarks(): void {
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as PerformanceResourceTiming[]) {
      if (entry.initiatorType !== 'fetch') continue;
      const path = new URL(entry.name).pathname;
      marks.push({ at: performance.timeOrigin + entry.startTime, what: `> ${path}` });
      marks.push({ at: performance.timeOrigin + entry.responseEnd, what: `< ${path}` });
    }
  }).observe({ type: 'resource' });

  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      mark('> socket');
      this.addEventListener('open', () => mark('< socket open'));
      this.addEventListener('message', ({ data }) => mark(`< ${gist(data)}`));
    }
    override send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
      mark(`> ${gist(data)}`);
      super.send(data as string);
    }
  };

  let connections = 0;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections += 1;
      const name = `connection ${connections}`;
      mark(`${name} made`);
      this.addEventListener('iceconnectionstatechange', () => mark(`${name} ICE ${this.iceConnectionState}`));
      this.addEventListener('connectionstatechange', () => mark(`${name} ${this.connectionState}`));
    }
  };
}

/** The packet type and the event's name of a Socket.IO message. */
function gist(data: unknown): string {
  if (typeof data !== 'string') return 'binary';
  return /^\d+(?:\["[^"]*")?/.exec(data)?.[0] ?? data.slice(0, 20);
}
