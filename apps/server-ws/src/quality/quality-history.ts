import type { Clock } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import { QUALITY_RECORD_ROWS, type QualityRecord, type QualityRow } from '@waterbus/protocol';
import type { MediaDirectory } from '../media/nodes/media-directory.js';
import { minuteOf, newMinute, noteSecond, type PathTotals, qualityRow } from '../media/participant/measured-minute.js';
import type { OwnTransport } from '../media/participant/own-media.js';
import type { ParticipantMedia } from '../media/participant/participant-media.js';
import { worstOf } from '../media/participant/qualities.js';
import type { LeavingObserver } from '../participants/context.js';
import type { Registry } from '../participants/registry.js';
import type { Session } from '../participants/session.js';

/**
 * Reads the paths of all participants at home here once a minute, each room at a second of its own,
 * and appends a row for each. Every second it notes the connection quality, so that a row has the
 * worst of its minute. A row starts where the last one of the participant ended, on any home. A
 * participant that leaves has a last row, of the minute whose reading it does not await.
 */
export class QualityHistory implements LeavingObserver {
  private stopTimer = () => {};
  private isOn = false;

  constructor(
    private readonly node: {
      clock: Clock;
      logger: Logger;
      registry: Registry;
      directory: Pick<MediaDirectory, 'get'>;
      records: { add(record: QualityRecord): void };
    },
  ) {}

  start(): void {
    this.isOn = true;
    this.stopTimer = this.node.clock.after(INTERVAL, () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.isOn = false;
    this.stopTimer();
  }

  /** Reads the paths of a participant before they close, and appends its last row. */
  leaves({ participantId, roomId, media }: Parameters<LeavingObserver['leaves']>[0]): void {
    const before = media.minute;
    if (!this.isOn || !before) return;
    media.minute = undefined;
    const date = this.node.clock.date();
    const minute = Math.max(minuteOf(roomId, date), before.minute + 1);
    const own = [...media.transports.values()];
    void this.totalsOf(own).then(({ byId }) => {
      const now = own.flatMap(({ id }) => byId.get(id) ?? []);
      const row = qualityRow(participantId, before, now, date);
      if (row.seconds > 0) this.node.records.add({ roomId, minute, rows: [row] });
    });
  }

  private look(): void {
    const date = this.node.clock.date();
    const due = new Map<string, Session[]>();
    for (const session of this.node.registry.all()) {
      const { media, roomId } = session;
      if (session.ended || !note(media, date)) continue;
      const others = due.get(roomId);
      if (others) others.push(session);
      else due.set(roomId, [session]);
    }
    for (const [roomId, sessions] of due) {
      this.read(roomId, sessions, date).catch((error) =>
        this.node.logger.warn({ meetingId: roomId, error: String(error) }, 'quality not recorded'),
      );
    }
  }

  private async read(roomId: string, sessions: Session[], date: number): Promise<void> {
    const minute = minuteOf(roomId, date);
    // Before the answers, so that a slow one is not requested again the next second.
    for (const { media } of sessions) if (media.minute) media.minute.minute = minute;
    const totals = await this.totalsOf(sessions.flatMap(({ media }) => [...media.transports.values()]));
    const rows: QualityRow[] = [];
    for (const { participantId, media, ended } of sessions) {
      const own = [...media.transports.values()];
      // A new home continues the minute, or the next row covers this time as well.
      if (ended || own.some(({ mediaNodeId }) => !totals.answered.has(mediaNodeId))) continue;
      const before = media.minute;
      const now = own.flatMap(({ id }) => totals.byId.get(id) ?? []);
      media.minute = { ...newMinute(roomId, date), totals: now };
      // Without a reading before, its streams may be older.
      if (before) rows.push(qualityRow(participantId, before, now, date));
    }
    for (let first = 0; first < rows.length; first += QUALITY_RECORD_ROWS)
      this.node.records.add({ roomId, minute, rows: rows.slice(first, first + QUALITY_RECORD_ROWS) });
  }

  /** Of these transports, with one call for each media node and some hundred of them. */
  private async totalsOf(
    transports: OwnTransport[],
  ): Promise<{ byId: Map<string, PathTotals>; answered: Set<string> }> {
    const byId = new Map<string, PathTotals>();
    const answered = new Set<string>();
    const idsOf = new Map<string, string[]>();
    for (const { id, mediaNodeId } of transports) idsOf.set(mediaNodeId, [...(idsOf.get(mediaNodeId) ?? []), id]);
    const readNode = async (mediaNodeId: string, ids: string[]) => {
      const node = this.node.directory.get(mediaNodeId);
      if (!node) return;
      for (let first = 0; first < ids.length; first += MOST_TOTALS) {
        const totals = await node.pathTotals(ids.slice(first, first + MOST_TOTALS));
        for (const one of totals) byId.set(one.transportId, one);
      }
      answered.add(mediaNodeId);
    };
    // A node that cannot be reached is logged where that matters.
    await Promise.allSettled([...idsOf].map(([mediaNodeId, ids]) => readNode(mediaNodeId, ids)));
    return { byId, answered };
  }
}

/** Notes the quality of this second. Answers whether a reading is due. */
function note(media: ParticipantMedia, date: number): boolean {
  const { minute, transports, roomId } = media;
  if (!minute) return true;
  noteSecond(minute, worstOf(transports.values()), missing(media));
  return minuteOf(roomId, date) > minute.minute;
}

/** Pictures that this participant wants, and that do not arrive from their publishers. */
function missing(media: ParticipantMedia): number {
  let count = 0;
  for (const { layers } of media.consumers.values()) if (layers?.cause === 'no-media') count += 1;
  return count;
}

/** Milliseconds. */
const INTERVAL = 1000;

/** Transports of one call: some 150 KB of an answer. */
const MOST_TOTALS = 500;
