/** The used part of a BroadcastChannel. */
export interface TabChannel {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  close(): void;
}

/** Undefined in browsers without it: then tabs do not know of each other. */
export type OpenTabChannel = () => TabChannel | undefined;

/** `ask`: which tab is in the call; `here`: this one; `move`: leave it; `gone`: done, or left. */
interface TabMessage {
  kind: 'ask' | 'here' | 'move' | 'gone';
  code: string;
}

/**
 * Announces to other tabs of this browser that this one is in the call, until the returned function is
 * called.
 *
 * @param onMove Another tab takes the call over.
 */
export function beInCall(code: string, onMove: () => void, open: OpenTabChannel = openChannel): () => void {
  const channel = open();
  let over = false;
  const post = (kind: TabMessage['kind']) => channel?.postMessage({ kind, code });
  channel?.addEventListener('message', ({ data }) => {
    const kind = kindOf(data, code);
    if (over) return;
    if (kind === 'ask') post('here');
    if (kind === 'move') onMove();
  });
  post('here');
  return () => {
    if (over) return;
    over = true;
    post('gone');
    channel?.close();
  };
}

/** The tab of this browser that is in the call, seen from another one. */
export interface OtherTab {
  /** Resolves when the other tab has left, or does not answer. */
  move(): Promise<void>;
  close(): void;
}

/** @param onChange Whether another tab is in the call. */
export function watchOtherTab(
  code: string,
  onChange: (isElsewhere: boolean) => void,
  open: OpenTabChannel = openChannel,
): OtherTab {
  const channel = open();
  const post = (kind: TabMessage['kind']) => channel?.postMessage({ kind, code });
  let moved = () => {};
  channel?.addEventListener('message', ({ data }) => {
    const kind = kindOf(data, code);
    if (kind === 'here') onChange(true);
    if (kind !== 'gone') return;
    onChange(false);
    moved();
    // A third tab may still be there.
    post('ask');
  });
  post('ask');
  return {
    move: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, LONGEST_MOVE);
        moved = () => {
          clearTimeout(timer);
          resolve();
        };
        post('move');
      }),
    close: () => channel?.close(),
  };
}

function kindOf(data: unknown, code: string): TabMessage['kind'] | undefined {
  const message = data as Partial<TabMessage> | null;
  return message?.code === code ? message.kind : undefined;
}

function openChannel(): TabChannel | undefined {
  return typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('waterbus.call');
}

/** Milliseconds: a tab that the browser has frozen does not answer. */
const LONGEST_MOVE = 3_000;
