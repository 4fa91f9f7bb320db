import { EmbeddedMeeting, type EmbedOptions } from './embedded-meeting.js';
import { joinTokenOf, MEETING_EVENTS, type MeetingJoinToken, type MeetingLayout } from './messages.js';
import { EmbedError } from './surrounding-page.js';

/** The element `<waterbus-meeting>`: a meeting with the attributes of {@link EmbedOptions}. */
export interface WaterbusMeetingElement extends HTMLElement {
  /** Set before the element is in the page, or instead of the attribute `join-token`. */
  joinToken: EmbedOptions['joinToken'];
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  sendChat(text: string): Promise<void>;
  setLayout(layout: MeetingLayout): Promise<void>;
  hangUp(): Promise<void>;
}

/**
 * Defines the element `<waterbus-meeting server code name lang join-token microphone camera layout>`.
 * `join-token` is the token, or the API's whole answer as JSON. `microphone` and `camera` may be
 * `off`. Events of {@link MeetingEvents} are dispatched on the element, with `detail`. Nothing
 * happens where the name is defined already, or where there are no elements (in Node).
 */
export function defineWaterbusMeeting(): void {
  if (typeof customElements === 'undefined' || customElements.get('waterbus-meeting')) return;
  customElements.define('waterbus-meeting', elementClass());
}

/** Made late: in Node there is no HTMLElement to extend. */
function elementClass() {
  return class extends HTMLElement implements WaterbusMeetingElement {
    static observedAttributes = ['server', 'code'];
    joinToken: EmbedOptions['joinToken'];
    #meeting: EmbeddedMeeting | undefined;
    #opening = false;

    connectedCallback(): void {
      this.#openLater();
    }

    disconnectedCallback(): void {
      this.#meeting?.close();
      this.#meeting = undefined;
    }

    attributeChangedCallback(): void {
      if (this.isConnected) this.#openLater();
    }

    setMicrophone(on: boolean): Promise<void> {
      return this.#opened((meeting) => meeting.setMicrophone(on));
    }

    setCamera(on: boolean): Promise<void> {
      return this.#opened((meeting) => meeting.setCamera(on));
    }

    sendChat(text: string): Promise<void> {
      return this.#opened((meeting) => meeting.sendChat(text));
    }

    setLayout(layout: MeetingLayout): Promise<void> {
      return this.#opened((meeting) => meeting.setLayout(layout));
    }

    hangUp(): Promise<void> {
      return this.#opened((meeting) => meeting.hangUp());
    }

    /** Scripts set several attributes, one after the other. */
    #openLater(): void {
      if (this.#opening) return;
      this.#opening = true;
      queueMicrotask(() => {
        this.#opening = false;
        this.#open();
      });
    }

    #open(): void {
      this.disconnectedCallback();
      const [server, code] = [this.getAttribute('server'), this.getAttribute('code')];
      if (!this.isConnected || !server || !code || !URL.canParse(server)) return;
      const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
      root.adoptedStyleSheets = [styles()];
      this.#meeting = new EmbeddedMeeting(root, { server, code, ...this.#options() });
      for (const event of MEETING_EVENTS) {
        this.#meeting.on(event, (detail) => this.dispatchEvent(new CustomEvent(event, { detail })));
      }
    }

    #options(): Partial<EmbedOptions> {
      const token = this.getAttribute('join-token');
      const lang = this.getAttribute('lang');
      const joinToken = this.joinToken ?? (token === null ? undefined : () => tokenOf(token));
      return {
        name: this.getAttribute('name') ?? undefined,
        ...(lang && { lang }),
        layout: (this.getAttribute('layout') as MeetingLayout | null) ?? undefined,
        ...(this.getAttribute('microphone') === 'off' && { microphone: false }),
        ...(this.getAttribute('camera') === 'off' && { camera: false }),
        joinToken,
      };
    }

    async #opened(act: (meeting: EmbeddedMeeting) => Promise<void>): Promise<void> {
      if (!this.#meeting) throw new EmbedError('embed.closed');
      await act(this.#meeting);
    }
  };
}

function tokenOf(attribute: string): MeetingJoinToken {
  try {
    return joinTokenOf(JSON.parse(attribute)) ?? { token: attribute };
  } catch {
    return { token: attribute };
  }
}

/** No `<style>`: the page's content security policy may refuse it. */
function styles(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  // On a phone, 16:9 would leave no room for the picture beside the toolbar. With a height of the
  // page's own the ratio would make it wider than the page.
  sheet.replaceSync(
    `:host { display: block; aspect-ratio: 16 / 9; min-height: 420px; max-width: 100%; }
    :host([hidden]) { display: none; }`,
  );
  return sheet;
}
