import type { Message } from '@waterbus/client';
import { describe, expect, it } from 'vitest';
import {
  addOutgoing,
  type ChatLog,
  dropOutgoing,
  emptyLog,
  fillGap,
  gapAfter,
  markOutgoing,
  merge,
  mergeOlder,
  reacted,
  readUpTo,
  unreadOf,
} from './chat-log.js';

const message = (seq: number, more: Partial<Message> = {}): Message => ({
  id: `message-${seq}`,
  seq,
  clientId: `client-${seq}`,
  author: { userId: null, participantId: 'ben', name: 'Ben', avatarUrl: null },
  text: `Text ${seq}`,
  createdAt: '2030-01-01T12:00:00.000Z',
  editedAt: null,
  deletedAt: null,
  ...more,
});
const messages = (...seqs: number[]) => seqs.map((seq) => message(seq));
const seqs = (log: ChatLog) => log.messages.map(({ seq }) => seq);

describe('merging', () => {
  it('keeps each message once, sorted, in any order of arrival', () => {
    const log = merge(merge(merge(emptyLog, messages(3, 2)), messages(2, 4)), messages(1, 3));
    expect(seqs(log)).toEqual([1, 2, 3, 4]);
  });

  it('applies edits and deletions, and never returns to an older state', () => {
    const original = message(1);
    const edited = message(1, { text: 'Better', editedAt: '2030-01-01T12:01:00.000Z' });
    const again = message(1, { text: 'Best', editedAt: '2030-01-01T12:02:00.000Z' });
    const deleted = message(1, { text: '', deletedAt: '2030-01-01T12:01:30.000Z' });
    const after = (...states: Message[]) => states.reduce((log, state) => merge(log, [state]), emptyLog).messages[0];
    expect(after(original, edited)).toBe(edited);
    expect(after(edited, original)).toBe(edited);
    expect(after(again, edited)).toBe(again);
    expect(after(again, deleted)).toBe(deleted);
    expect(after(deleted, again)).toBe(deleted);
  });

  it('never returns to older reactions, whatever brings them', () => {
    const of = (version: number) => ({ version, list: [{ emoji: '👍', count: version, by: [] }] });
    const log = reacted(merge(emptyLog, [message(1, { reactions: of(1) })]), 1, of(3));
    expect(reacted(log, 1, of(2)).messages[0]?.reactions).toEqual(of(3));
    const edited = message(1, { text: 'Better', editedAt: '2030-01-01T12:01:00.000Z', reactions: of(2) });
    expect(merge(log, [edited]).messages[0]).toMatchObject({ text: 'Better', reactions: of(3) });
    expect(merge(log, [message(1, { reactions: of(4) })]).messages[0]?.reactions).toEqual(of(4));
    // Of a server of an earlier version.
    expect(merge(log, [message(1)]).messages[0]?.reactions).toEqual(of(3));
  });

  it('detects from its pages whether there are older ones', () => {
    const newest = mergeOlder(emptyLog, { items: messages(9, 8), more: true });
    expect(merge(newest, messages(9)).hasOlder).toBe(true);
    const all = mergeOlder(newest, { items: messages(7, 6), more: false });
    expect(all.hasOlder).toBe(false);
    expect(seqs(all)).toEqual([6, 7, 8, 9]);
  });
});

describe('R1: a gap', () => {
  it('is detected, and closed page by page', () => {
    let log = merge(merge(emptyLog, messages(1, 2)), messages(7));
    expect(gapAfter(log)).toBe(2);
    log = fillGap(log, 2, messages(3, 4));
    expect(gapAfter(log)).toBe(4);
    log = fillGap(log, 4, messages(5, 6, 7));
    expect(gapAfter(log)).toBeUndefined();
    expect(seqs(log)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('that this user may not read is requested once', () => {
    const log = merge(merge(emptyLog, messages(1, 2)), messages(6));
    expect(gapAfter(fillGap(log, 2, messages(5, 6)))).toBeUndefined();
    expect(gapAfter(fillGap(log, 2, []))).toBeUndefined();
  });

  it('is not reported before the first known message', () => {
    expect(gapAfter(merge(emptyLog, messages(5, 6)))).toBeUndefined();
    expect(gapAfter(emptyLog)).toBeUndefined();
  });
});

describe('outgoing messages', () => {
  it('fail, are retried under the same id, and are removed once stored', () => {
    let log = addOutgoing(emptyLog, 'client-5', 'Text 5');
    log = markOutgoing(log, 'client-5', 'No network');
    expect(log.outgoing).toEqual([{ clientId: 'client-5', text: 'Text 5', about: {}, failure: 'No network' }]);
    log = markOutgoing(log, 'client-5', undefined);
    expect(log.outgoing[0]?.failure).toBeUndefined();
    expect(merge(log, messages(4)).outgoing).toHaveLength(1);
    log = merge(log, messages(5));
    expect([log.outgoing.length, ...seqs(log)]).toEqual([0, 5]);
  });

  it('can be dropped', () => {
    const log = addOutgoing(addOutgoing(emptyLog, 'a', 'A'), 'b', 'B');
    expect(dropOutgoing(log, 'a').outgoing.map(({ clientId }) => clientId)).toEqual(['b']);
  });
});

describe('unread', () => {
  const isOwn = ({ author }: Message) => author.participantId === 'ada';
  it('are the messages of others since the last read one, without deleted ones', () => {
    const own = message(3, { author: { userId: null, participantId: 'ada', name: 'Ada', avatarUrl: null } });
    const deleted = message(4, { text: '', deletedAt: '2030-01-01T12:01:30.000Z' });
    const log = readUpTo(merge(emptyLog, [...messages(1, 2, 5), own, deleted]), 1);
    expect(unreadOf(log, isOwn).map(({ seq }) => seq)).toEqual([2, 5]);
    expect(unreadOf(readUpTo(log, 5), isOwn)).toEqual([]);
    expect(readUpTo(readUpTo(log, 5), 2).readSeq).toBe(5);
  });
});
