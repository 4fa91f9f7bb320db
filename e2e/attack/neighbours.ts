import { performance } from 'node:perf_hooks';
import type { Participant } from '@waterbus/server-ws/testing/signalling';
import { percentile } from '../faults/percentiles.js';
import { pause } from '../faults/until.js';
import { joinAsGuest, newMeeting } from './guest.js';
import { HttpClient } from './http.js';
import { type Connection, connectMedia, indexOf, publishCamera, sendVideo, subscribeTo, videoPacket } from './media.js';

/** The quality that the people in another call get in a period. */
export interface Notice {
  /** Milliseconds from send to receipt of a packet, 99th percentile. */
  mediaDelay: number;
  /** Share of the sent RTP packets that did not arrive, 0-1. */
  mediaLoss: number;
  /** Milliseconds for a request over the socket, 99th percentile. */
  signalling: number;
  /** Milliseconds for a request to the REST API, 99th percentile. */
  api: number;
  /** Failed or refused requests over socket and API. */
  failed: number;
  /** Answered requests over socket and API. */
  answered: number;
}

/** Two people in a call, one of whom sends video to the other; both use socket and REST API. */
export class Neighbours {
  readonly #delays: number[] = [];
  readonly #signalling: number[] = [];
  readonly #api: number[] = [];
  /** Send times of the packets under way, by index. */
  readonly #underWay = new Map<number, number>();
  readonly #timers: NodeJS.Timeout[] = [];
  #receiving: Connection | undefined;
  #seen = false;
  #failed = 0;
  #sent = 0;

  private constructor(
    readonly code: string,
    private readonly ada: Participant,
    private readonly ben: Participant,
    private readonly sending: Connection,
    private readonly http: HttpClient,
  ) {}

  static async meet(url: string): Promise<Neighbours> {
    const http = new HttpClient(url, '127.0.0.1');
    const { code, hostToken } = await newMeeting(http);
    const ada = await joinAsGuest(url, { code, hostToken }, { name: 'Ada' });
    const ben = await joinAsGuest(url, { code }, { name: 'Ben' });
    const sending = await connectMedia(ada);
    const neighbours = new Neighbours(code, ada, ben, sending, http);
    await publishCamera(ada, sending, SSRC);
    const receiving = await connectMedia(ben, {
      mediaNodeId: sending.mediaNodeId,
      onRtp: (packet) => neighbours.#arrived(packet),
    });
    neighbours.#receiving = receiving;
    await subscribeTo(ben, ada.id, receiving);
    neighbours.#begin();
    while (!neighbours.#seen) await pause(10);
    return neighbours;
  }

  /** Sends bytes from the address at which Ben receives media. */
  spoof(bytes: Uint8Array): void {
    this.#receiving?.packets.sendRaw(bytes);
  }

  /** Measures until `over` resolves. */
  async during(over: Promise<unknown>): Promise<Notice> {
    for (const times of [this.#delays, this.#signalling, this.#api]) times.length = 0;
    this.#underWay.clear();
    this.#failed = 0;
    const first = this.#sent;
    await over;
    const last = this.#sent;
    // Packets under way still count as received; the others are lost.
    await pause(LAST_PACKETS);
    let lost = 0;
    for (let index = first; index < last; index += 1) if (this.#underWay.has(index)) lost += 1;
    return {
      mediaDelay: ninetyNinth(this.#delays),
      mediaLoss: last === first ? 1 : lost / (last - first),
      signalling: ninetyNinth(this.#signalling),
      api: ninetyNinth(this.#api),
      failed: this.#failed,
      answered: this.#signalling.length + this.#api.length,
    };
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.sending.close();
    this.#receiving?.close();
    for (const { client } of [this.ada, this.ben]) client.socket.disconnect();
    this.http.close();
  }

  #begin(): void {
    const every = (interval: number, work: () => void) => this.#timers.push(setInterval(work, interval));
    every(PACKET_INTERVAL, () => {
      const index = this.#sent;
      this.#sent += 1;
      this.#underWay.set(index, performance.now());
      sendVideo(this.sending, videoPacket(SSRC, index), index);
    });
    every(SIGNALLING_INTERVAL, () => {
      this.#ask(this.#signalling, async () => (await this.ben.client.request('sync', {})).ok);
    });
    every(API_INTERVAL, () => {
      this.#ask(this.#api, async () => (await this.http.ask(`/v1/meetings/${this.code}`)).status === 200);
    });
  }

  #ask(times: number[], ask: () => Promise<boolean>): void {
    const begun = performance.now();
    ask().then(
      (answered) => {
        if (answered) times.push(performance.now() - begun);
        else this.#failed += 1;
      },
      () => {
        this.#failed += 1;
      },
    );
  }

  #arrived(packet: Buffer): void {
    this.#seen = true;
    const index = indexOf(packet);
    const at = this.#underWay.get(index);
    if (at === undefined) return;
    this.#underWay.delete(index);
    this.#delays.push(performance.now() - at);
  }
}

function ninetyNinth(times: number[]): number {
  return percentile(
    times.toSorted((a, b) => a - b),
    99,
  );
}

const SSRC = 0xada;
/** Milliseconds, the packet rate of a picture of some 800 kbit/s. */
const PACKET_INTERVAL = 10;
const SIGNALLING_INTERVAL = 100;
const API_INTERVAL = 100;
/** Milliseconds, longer than any useful delay of a call. */
const LAST_PACKETS = 500;
