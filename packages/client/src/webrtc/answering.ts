/**
 * Answers the server's offers without blocking the page. While Chromium creates an answer, the
 * page's main thread waits for the threads of media: 20 to 100 ms with a hundred streams, for each
 * participant that comes or goes. Without an argument, `setLocalDescription` sets the same answer
 * and does not wait (WebRTC §4.4.1.6). mediasoup-client only reads the media sections of an answer,
 * and only changes those of stereo sound.
 */
export class Answering {
  #isPending = false;
  #offer = '';
  #waiting: (() => void)[] = [];

  /** `isImplicit`: whether this browser may create the answers itself. */
  constructor(connection: AnsweringConnection, isImplicit: boolean) {
    const setRemote = connection.setRemoteDescription.bind(connection);
    const setLocal = connection.setLocalDescription.bind(connection);
    const create = connection.createAnswer.bind(connection);
    connection.setRemoteDescription = async (description) => {
      this.#offer = description.sdp ?? '';
      this.#isPending = true;
      await setRemote(description).catch((error) => this.#end(error));
    };
    connection.createAnswer = async () => {
      // mediasoup-client reads the fingerprint of the first answer.
      const isOwn = !isImplicit || !connection.currentLocalDescription || STEREO.test(this.#offer);
      return isOwn ? create().catch((error) => this.#end(error)) : outlineOf(this.#offer);
    };
    connection.setLocalDescription = async (description) => {
      await setLocal(isOutline(description) ? undefined : description).catch((error) => this.#end(error));
      this.#settled();
    };
  }

  /** The threads of media are at work: a synchronous read of a receiver waits for their end. */
  get isPending(): boolean {
    return this.#isPending;
  }

  /** Acts at once, or after the pending answer: to stop a track waits for those threads, too. */
  afterwards(act: () => void): void {
    if (this.#isPending) this.#waiting.push(act);
    else act();
  }

  #settled(): void {
    this.#isPending = false;
    for (const act of this.#waiting.splice(0)) act();
  }

  #end(error: unknown): never {
    this.#settled();
    throw error;
  }
}

/** The used part of a connection. */
export interface AnsweringConnection {
  readonly currentLocalDescription: { sdp?: string } | null;
  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>;
  createAnswer(): Promise<RTCSessionDescriptionInit>;
  setLocalDescription(description?: RTCSessionDescriptionInit): Promise<void>;
}

/** A session with the media sections of the offer, and nothing in them but their identification. */
function outlineOf(offer: string): RTCSessionDescriptionInit {
  const sections = offer.match(SECTION) ?? [];
  return { type: 'answer', sdp: `v=0\r\n${ORIGIN}s=-\r\nt=0 0\r\n${sections.join('')}` };
}

function isOutline(description: RTCSessionDescriptionInit | undefined): boolean {
  return description?.type === 'answer' && !!description.sdp?.includes(ORIGIN);
}

/** Marks an outline; mediasoup-client writes it as it read it. */
const ORIGIN = 'o=outline 0 0 IN IP4 0.0.0.0\r\n';
const SECTION = /^(?:m=.*|a=mid:.*)\r\n/gm;
/** mediasoup-client answers it with `stereo` (RFC 7587 section 6.1). */
const STEREO = /^a=fmtp:.*sprop-stereo=1/m;
