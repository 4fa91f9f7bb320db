import type { Audience, Grants, MeetingSettings, Role, Source } from '@waterbus/protocol';

/** The rights of a participant in the call: by role and settings, and by own grants. */
export function grantsOf(role: Role, settings: MeetingSettings, own?: Partial<Grants> | null): Grants {
  const publish: Source[] = [
    ...(includes(settings.publish, role) ? (['microphone', 'camera'] as const) : []),
    ...(includes(settings.shareScreen, role) ? (['screen', 'screen-audio'] as const) : []),
  ];
  const grants = {
    publish,
    subscribe: true,
    moderate: includes('moderators', role),
    hidden: false,
    // Messages without a copy on the server: for those that may write to all with one.
    sendData: includes(settings.chat, role),
    ...own,
  };
  if (!grants.hidden) return grants;
  const { subscribe, moderate, hidden } = grants;
  return { publish: [], subscribe, moderate, hidden };
}

/** Whether a role belongs to the audience of a setting. */
export function includes(audience: Audience, role: Role): boolean {
  switch (audience) {
    case 'everyone':
      return true;
    case 'members':
      return role !== 'guest';
    case 'moderators':
      return role === 'host' || role === 'moderator';
  }
}
