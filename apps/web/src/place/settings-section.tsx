import { t } from '@lingui/core/macro';
import type { UpdateMeetingRequest } from '@waterbus/client';
import { useState } from 'react';
import { ArchiveSetting } from '../call/panels/archive-setting.js';
import { AudienceChoice } from '../call/panels/audience-choice.js';
import { HeardChoice } from '../call/panels/heard-choice.js';
import { PasswordSetting } from '../call/panels/password-setting.js';
import { PrivateChoice } from '../call/panels/private-choice.js';
import { StreamKeys } from '../call/panels/stream-keys.js';
import { TitleSetting } from '../call/panels/title-setting.js';
import { messageOf } from '../messages.js';
import { Switch } from '../parts/switch.js';
import { usePlace } from './use-place.js';

/** The settings of the call's own dialog, for the meeting before and after its calls. */
export function SettingsSection() {
  const { managed, meeting, role, changed } = usePlace();
  const [failure, setFailure] = useState<string>();
  // Shown until the server has answered.
  const [wanted, setWanted] = useState<UpdateMeetingRequest>({});
  const change = (next: UpdateMeetingRequest) => {
    setFailure(undefined);
    setWanted((before) => ({ ...before, ...next, settings: { ...before.settings, ...next.settings } }));
    managed.moderation
      .updateMeeting(next)
      .then(changed, (error) => setFailure(messageOf(error)))
      .finally(() => setWanted({}));
  };
  const settings = { ...meeting.settings, ...wanted.settings };
  return (
    <div className="place-columns">
      <section className="card" aria-labelledby="entry-heading">
        <h2 id="entry-heading">{t`Joining`}</h2>
        {failure && (
          <p className="form-error" role="alert">
            {failure}
          </p>
        )}
        <TitleSetting key={meeting.title} meeting={meeting} onChange={(title) => change({ title })} />
        <Switch
          label={t`Members only`}
          hint={t`Guests cannot join, and do not see that the meeting exists.`}
          on={settings.access === 'members'}
          onChange={(only) => change({ settings: { access: only ? 'members' : 'anyone' } })}
        />
        <Switch
          label={t`Lock the meeting`}
          hint={t`Only members can join.`}
          on={wanted.locked ?? meeting.locked}
          onChange={(locked) => change({ locked })}
        />
        <Switch
          label={t`Waiting room`}
          hint={t`Guests wait until they are admitted.`}
          on={wanted.waitingRoom ?? meeting.waitingRoom}
          onChange={(waitingRoom) => change({ waitingRoom })}
        />
        {role === 'host' && <PasswordSetting call={managed} required={meeting.passwordRequired} onMeeting={changed} />}
      </section>
      <div className="place-stack">
        <section className="card" aria-labelledby="rights-heading">
          <h2 id="rights-heading">{t`In the call`}</h2>
          <AudienceChoice
            label={t`Who may use microphone and camera`}
            value={settings.publish}
            onChange={(publish) => change({ settings: { publish } })}
          />
          <AudienceChoice
            label={t`Who may share the screen`}
            value={settings.shareScreen}
            onChange={(shareScreen) => change({ settings: { shareScreen } })}
          />
          <AudienceChoice
            label={t`Who may write in the chat`}
            value={settings.chat}
            onChange={(chat) => change({ settings: { chat } })}
          />
          <PrivateChoice
            value={settings.privateMessages}
            onChange={(privateMessages) => change({ settings: { privateMessages } })}
          />
          <AudienceChoice
            label={t`Who may create polls`}
            value={settings.polls ?? 'moderators'}
            onChange={(polls) => change({ settings: { polls } })}
          />
          <HeardChoice value={settings.loudest} onChange={(loudest) => change({ settings: { loudest } })} />
        </section>
        <section className="card" aria-label={t`Streams and end`}>
          <StreamKeys call={managed} />
          {role === 'host' && <ArchiveSetting call={managed} onDone={changed} />}
        </section>
      </div>
    </div>
  );
}
