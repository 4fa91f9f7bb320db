import { plural, t } from '@lingui/core/macro';
import type { Call, RemoteParticipant } from '@waterbus/client';

/**
 * Which of the others do not hear or understand this user, by the servers' statistics of their
 * connections: nothing gets through to them, or too little of this user's sound. Undefined while
 * all do, or while this user sends no sound.
 */
export function notHeardText(
  call: Pick<Call, 'local' | 'participants' | 'media'>,
  names: ReadonlyMap<string, string>,
): string | undefined {
  const microphone = call.local.publication('microphone');
  if (!microphone || microphone.muted || call.media.sending === 'lost') return undefined;
  const connected = call.participants.filter(({ connection }) => connection === 'connected');
  const isCut = ({ connectionQuality }: RemoteParticipant) => connectionQuality?.quality === 'lost';
  const cut = connected.filter(isCut);
  const unclear = connected.filter(
    (other) => !isCut(other) && other.connectionQuality?.unintelligible?.includes(call.local.id),
  );
  const isServerAtFault = ({ connectionQuality }: RemoteParticipant) => connectionQuality?.limitation === 'server';
  const nameOf = ({ id, name }: RemoteParticipant) => names.get(id) ?? name;
  const texts = [
    cutOffText(cut.map(nameOf)),
    unclearText(unclear.filter((other) => !isServerAtFault(other)).map(nameOf)),
    unclear.some(isServerAtFault) && t`Not everyone can hear you clearly: the server is overloaded.`,
  ];
  return texts.filter(Boolean).join(' ') || undefined;
}

/** Of people to whom nothing gets through. */
function cutOffText([one, other, ...more]: string[]): string | undefined {
  if (one === undefined) return undefined;
  if (other === undefined) return t`${one} can’t hear you right now: their connection is lost.`;
  if (more.length === 0) return t`${one} and ${other} can’t hear you right now: their connections are lost.`;
  const count = more.length + 2;
  return plural({ count }, { other: '# people can’t hear you right now: their connections are lost.' });
}

/** Of people whose connections lose too much of the user's sound. */
function unclearText([one, other, ...more]: string[]): string | undefined {
  if (one === undefined) return undefined;
  if (other === undefined) return t`${one} can’t hear you clearly: their connection is too poor.`;
  if (more.length === 0) return t`${one} and ${other} can’t hear you clearly: their connections are too poor.`;
  const count = more.length + 2;
  return plural({ count }, { other: '# people can’t hear you clearly: their connections are too poor.' });
}
