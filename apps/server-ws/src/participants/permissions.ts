import { CodedError, type Grants, type MediaKind, type Source } from '@waterbus/protocol';

/** Permission is checked where it is used (R7): these checks precede publishing and subscribing. */

/**
 * The effective grants: a hidden participant publishes and sends nothing, because that would show
 * it.
 */
export function effective(grants: Grants): Grants {
  if (!grants.hidden) return grants;
  const { subscribe, moderate, hidden } = grants;
  return { publish: [], subscribe, moderate, hidden };
}

export function checkPublish(grants: Grants, source: Source, kind: MediaKind): void {
  if (!grants.publish.includes(source))
    throw new CodedError('permission.denied', `publishing ${source} is not granted`);
  if (kindOf[source] !== kind) throw new CodedError('request.invalid', `${source} is not ${kind}`);
}

export function checkPublishAny(grants: Grants): void {
  if (grants.publish.length === 0) throw new CodedError('permission.denied', 'publishing is not granted');
}

export function checkSubscribe(grants: Grants): void {
  if (!grants.subscribe) throw new CodedError('permission.denied', 'subscribing is not granted');
}

export function checkSendData(grants: Grants): void {
  if (!grants.sendData) throw new CodedError('permission.denied', 'sending data is not granted');
}

export function checkSetMetadata(grants: Grants): void {
  if (!grants.setMetadata) throw new CodedError('permission.denied', 'changing metadata is not granted');
}

export function checkModerate(grants: Grants): void {
  if (!grants.moderate) throw new CodedError('permission.denied', 'moderating is not granted');
}

const kindOf: Record<Source, MediaKind> = {
  microphone: 'audio',
  camera: 'video',
  screen: 'video',
  'screen-audio': 'audio',
};
