import type { Audience, Grants, MeetingSettings, Role, Source } from '@waterbus/protocol';

/** What a participant may do in the call: by role and settings, and by what was granted to this one alone. */
export function grantsOf(role: Role, settings: MeetingSettings, own?: Partial<Grants> | null): Grants {
  const publish: Source[] = [
    ...(includes(settings.publish, role) ? (['microphone', 'camera'] as const) : []),
    ...(includes(settings.shareScreen, role) ? (['screen', 'screen-audio'] as const) : []),
  ];
  const grants = { publish, subscribe: true, moderate: includes('moderators', role), hidden: false, ...own };
  return grants.hidden ? { ...grants, publish: [] } : grants;
}

/** Whether a role belongs to those whom a setting names. */
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
