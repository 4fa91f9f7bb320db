import { t } from '@lingui/core/macro';
import type { Call, Meeting, UpdateMeetingRequest } from '@waterbus/client';
import { X } from 'lucide-react';
import { useLayoutEffect, useRef, useState } from 'react';
import { messageOf } from '../../messages.js';
import { RoundButton } from '../../parts/round-button.js';
import { Switch } from '../../parts/switch.js';
import { ArchiveSetting } from './archive-setting.js';
import { AudienceChoice } from './audience-choice.js';
import { Bans } from './bans.js';
import { HeardChoice } from './heard-choice.js';
import { Members } from './members.js';
import { PasswordSetting } from './password-setting.js';
import { PrivateChoice } from './private-choice.js';
import { StreamKeys } from './stream-keys.js';
import { TitleSetting } from './title-setting.js';

/** The settings for admission and rights. Each change applies at once, to the running call too. */
export function MeetingSettingsDialog(props: {
  call: Call;
  meeting: Meeting | undefined;
  onMeeting: (meeting: Meeting) => void;
  onClose: () => void;
}) {
  const { call, meeting, onMeeting, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [failure, setFailure] = useState<string>();
  // Shown until the server has answered.
  const [wanted, setWanted] = useState<UpdateMeetingRequest>({});
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  const change = (next: UpdateMeetingRequest) => {
    setFailure(undefined);
    setWanted((before) => ({ ...before, ...next, settings: { ...before.settings, ...next.settings } }));
    call.moderation
      .updateMeeting(next)
      .then(onMeeting, (error) => setFailure(messageOf(error)))
      .finally(() => setWanted({}));
  };
  const shown = meeting && { ...meeting, ...wanted, settings: { ...meeting.settings, ...wanted.settings } };
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby="settings-heading"
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header>
        <h2 id="settings-heading">{t`Meeting settings`}</h2>
        <RoundButton name={t`Close settings`} icon={<X />} onClick={() => dialog.current?.close()} />
      </header>
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
      {!shown && <p className="field-hint">{t`Loading the settings…`}</p>}
      {shown && (
        <>
          <TitleSetting key={meeting.title} meeting={meeting} onChange={(title) => change({ title })} />
          <Switch
            label={t`Lock the meeting`}
            hint={t`Only members can join.`}
            on={shown.locked ?? false}
            onChange={(locked) => change({ locked })}
          />
          <Switch
            label={t`Waiting room`}
            hint={t`Guests wait until they are admitted.`}
            on={shown.waitingRoom ?? false}
            onChange={(waitingRoom) => change({ waitingRoom })}
          />
          <AudienceChoice
            label={t`Who may use microphone and camera`}
            value={shown.settings.publish}
            onChange={(publish) => change({ settings: { publish } })}
          />
          <AudienceChoice
            label={t`Who may share the screen`}
            value={shown.settings.shareScreen}
            onChange={(shareScreen) => change({ settings: { shareScreen } })}
          />
          <AudienceChoice
            label={t`Who may write in the chat`}
            value={shown.settings.chat}
            onChange={(chat) => change({ settings: { chat } })}
          />
          <PrivateChoice
            value={shown.settings.privateMessages}
            onChange={(privateMessages) => change({ settings: { privateMessages } })}
          />
          <AudienceChoice
            label={t`Who may create polls`}
            value={shown.settings.polls ?? 'moderators'}
            onChange={(polls) => change({ settings: { polls } })}
          />
          <HeardChoice value={shown.settings.loudest} onChange={(loudest) => change({ settings: { loudest } })} />
          {call.local.role === 'host' && (
            <PasswordSetting call={call} required={shown.passwordRequired} onMeeting={onMeeting} />
          )}
        </>
      )}
      <Members call={call} />
      <Bans call={call} />
      <StreamKeys call={call} />
      {call.local.role === 'host' && <ArchiveSetting call={call} />}
    </dialog>
  );
}
